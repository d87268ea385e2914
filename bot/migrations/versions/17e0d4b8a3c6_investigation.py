"""Investigation and decision: tasks, evidence, letters."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '17e0d4b8a3c6'
down_revision = '0a51c7e2d9b4'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_TIME = sqlmodel.sql.sqltypes.UTCDateTime
_OF_COMPLAINT = (
    ('remedy_currency', _TEXT),
    ('cause_kind', _TEXT),
    ('decision_reasons', sa.Text),
    ('decided_by', _TEXT),
)


def upgrade() -> None:
    for name, kind in _OF_COMPLAINT:
        op.add_column('complaint', sa.Column(name, kind(), nullable=True))

    op.create_table(
        'task',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('complaint_id', sa.Integer(), nullable=False),
        sa.Column('kind', _TEXT(), nullable=False),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('owner', _TEXT(), nullable=True),
        sa.Column('due', _TIME(), nullable=True),
        sa.Column('state', _TEXT(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('made_by', _TEXT(), nullable=False),
        sa.Column('made_at', _TIME(), nullable=False),
        sa.Column('ended_by', _TEXT(), nullable=True),
        sa.Column('ended_at', _TIME(), nullable=True),
        sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_task_complaint_id'), 'task', ['complaint_id'], unique=False)
    op.create_index('task_by_owner', 'task', ['owner', 'state', 'due'], unique=False)

    op.create_table(
        'evidence',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('complaint_id', sa.Integer(), nullable=False),
        sa.Column('remark', sa.Text(), nullable=False),
        sa.Column('name', _TEXT(), nullable=True),
        sa.Column('media_type', _TEXT(), nullable=True),
        sa.Column('size', sa.Integer(), nullable=True),
        sa.Column('path', _TEXT(), nullable=True),
        sa.Column('digest', _TEXT(), nullable=False),
        sa.Column('added_by', _TEXT(), nullable=False),
        sa.Column('added_at', _TIME(), nullable=False),
        sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_evidence_complaint_id'), 'evidence', ['complaint_id'], unique=False)

    op.create_table(
        'conflict',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('reference', _TEXT(), nullable=False),
        sa.Column('agent', _TEXT(), nullable=False),
        sa.Column('kind', _TEXT(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('declared_by', _TEXT(), nullable=False),
        sa.Column('at', _TIME(), nullable=False),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('reference', 'agent'),
    )
    op.create_index(op.f('ix_conflict_agent'), 'conflict', ['agent'], unique=False)

    op.create_table(
        'letter',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('complaint_id', sa.Integer(), nullable=False),
        sa.Column('state', _TEXT(), nullable=False),
        sa.Column('language', _TEXT(), nullable=False),
        sa.Column('decision', _TEXT(), nullable=False),
        sa.Column('remedy', _TEXT(), nullable=True),
        sa.Column('cost', sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column('currency', _TEXT(), nullable=True),
        sa.Column('carried_out_by', sa.Date(), nullable=True),
        sa.Column('found', sa.Text(), nullable=False),
        sa.Column('reasons', sa.Text(), nullable=False),
        sa.Column('cause_kind', _TEXT(), nullable=True),
        sa.Column('cause', _TEXT(), nullable=True),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('written_by', _TEXT(), nullable=False),
        sa.Column('written_at', _TIME(), nullable=False),
        sa.Column('checked_by', _TEXT(), nullable=True),
        sa.Column('checked_at', _TIME(), nullable=True),
        sa.Column('first_message', sa.Integer(), nullable=True),
        sa.Column('last_message', sa.Integer(), nullable=True),
        sa.Column('delivered_at', _TIME(), nullable=True),
        sa.Column('failed_at', _TIME(), nullable=True),
        sa.Column('error', _TEXT(), nullable=True),
        sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_letter_complaint_id'), 'letter', ['complaint_id'], unique=False)
    op.create_index('letter_by_state', 'letter', ['state', 'checked_at'], unique=False)


def downgrade() -> None:
    for table in ('letter', 'conflict', 'evidence', 'task'):
        op.drop_table(table)
    for name, _ in reversed(_OF_COMPLAINT):
        op.drop_column('complaint', name)
