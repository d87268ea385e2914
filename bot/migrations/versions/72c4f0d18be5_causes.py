"""Signals: rises that were found."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '72c4f0d18be5'
down_revision = '6a1d9e40b7f3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_index('complaint_by_phone', 'complaint', ['phone'], unique=False)
    op.create_index('complaint_by_email', 'complaint', ['email'], unique=False)
    op.create_index('complaint_by_answer', 'complaint', ['responded_at'], unique=False)
    op.create_table(
        'signal',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', text(), nullable=False),
        sa.Column('product', text(), nullable=False),
        sa.Column('category', text(), nullable=False),
        sa.Column('cause', text(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('opened_at', moment(), nullable=False),
        sa.Column('days', sa.Integer(), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('expected', sa.Float(), nullable=False),
        sa.Column('chance', sa.Float(), nullable=False),
        sa.Column('looked_at', moment(), nullable=False),
        sa.Column('week_count', sa.Integer(), nullable=False),
        sa.Column('week_expected', sa.Float(), nullable=False),
        sa.Column('ended_at', moment(), nullable=True),
        sa.Column('root_cause', text(), nullable=True),
        sa.Column('named_by', text(), nullable=True),
        sa.Column('named_at', moment(), nullable=True),
        sa.Column('dismissed_by', text(), nullable=True),
        sa.Column('dismissed_at', moment(), nullable=True),
        sa.Column('dismissed_because', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('signal_by_day', 'signal', ['since'], unique=False)
    op.create_table(
        'signal_case',
        sa.Column('signal_id', sa.Integer(), nullable=False),
        sa.Column('complaint_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id']),
        sa.ForeignKeyConstraint(['signal_id'], ['signal.id']),
        sa.PrimaryKeyConstraint('signal_id', 'complaint_id'),
    )
    op.create_index('signal_of_case', 'signal_case', ['complaint_id'], unique=False)
    op.create_table(
        'signal_look',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.Column('series', sa.Integer(), nullable=False),
        sa.Column('threshold', sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint('day'),
    )


def downgrade() -> None:
    op.drop_table('signal_look')
    op.drop_index('signal_of_case', 'signal_case')
    op.drop_table('signal_case')
    op.drop_index('signal_by_day', 'signal')
    op.drop_table('signal')
    op.drop_index('complaint_by_answer', 'complaint')
    op.drop_index('complaint_by_email', 'complaint')
    op.drop_index('complaint_by_phone', 'complaint')
