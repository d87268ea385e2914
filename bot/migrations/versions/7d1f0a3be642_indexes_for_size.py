"""Indexes that keep every look-up as quick with millions of rows; the queue in its order."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '7d1f0a3be642'
down_revision = '7d41b0c2e9f5'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('handoff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('precedence', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('due', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.drop_index(batch_op.f('ix_handoff_state'))
        batch_op.drop_index(batch_op.f('ix_handoff_back_at'))

    op.execute("""
        UPDATE handoff SET
            precedence = (
                SELECT CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END
                FROM complaint WHERE complaint.reference = handoff.reference
            ),
            due = (SELECT respond_by FROM complaint WHERE complaint.reference = handoff.reference)
    """)
    with op.batch_alter_table('handoff', schema=None) as batch_op:
        batch_op.alter_column('precedence', nullable=False)
        batch_op.alter_column('due', nullable=False)
        batch_op.create_index(
            'handoff_in_order', ['state', 'precedence', 'due', 'waiting_since', 'reference'], unique=False
        )
        batch_op.create_index('handoff_to_bring_back', ['state', 'back_at'], unique=False)

    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaint_status'))
        batch_op.create_index('complaint_by_arrival', ['received_at'], unique=False)

    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_complaint_id'))
        batch_op.create_index('event_by_kind', ['kind', 'at'], unique=False)

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('message_by_state', ['conversation', 'state', 'seq'], unique=False)

    with op.batch_alter_table('understanding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_understanding_doubt'))
        batch_op.create_index('understanding_by_doubt', ['doubt', 'at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('understanding', schema=None) as batch_op:
        batch_op.drop_index('understanding_by_doubt')
        batch_op.create_index(batch_op.f('ix_understanding_doubt'), ['doubt'], unique=False)

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('message_by_state')

    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index('event_by_kind')
        batch_op.create_index(batch_op.f('ix_event_complaint_id'), ['complaint_id'], unique=False)

    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.drop_index('complaint_by_arrival')
        batch_op.create_index(batch_op.f('ix_complaint_status'), ['status'], unique=False)

    with op.batch_alter_table('handoff', schema=None) as batch_op:
        batch_op.drop_index('handoff_to_bring_back')
        batch_op.drop_index('handoff_in_order')
        batch_op.create_index(batch_op.f('ix_handoff_back_at'), ['back_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_handoff_state'), ['state'], unique=False)
        batch_op.drop_column('due')
        batch_op.drop_column('precedence')
