"""Reports: indexes for counting; what management reviews decide."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '6a1d9e40b7f3'
down_revision = '58e3a7d4c1f2'
branch_labels = None
depends_on = None


RECEIVED = [
    'received_at', 'kind', 'status', 'acknowledged_at', 'channel', 'category', 'severity', 'language', 'recurring',
    'first_answer_at', 'reference', 'id',
]
ANSWERED = [
    'responded_at', 'kind', 'status', 'received_at', 'respond_by', 'decision', 'remedy', 'compensation',
    'remedy_currency', 'first_answer_at', 'channel', 'category', 'severity', 'language', 'reference', 'id',
]


FIRST_ANSWER = """
    UPDATE complaint SET first_answer_at = answer.first FROM (
        SELECT complaint_id, min(at) AS first FROM event
        WHERE kind IN ('replied', 'bulk_replied', 'informed') GROUP BY complaint_id
    ) AS answer WHERE answer.complaint_id = complaint.id
"""


def upgrade() -> None:
    op.add_column('complaint', sa.Column('first_answer_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute(FIRST_ANSWER)
    op.create_index('complaint_received_in', 'complaint', RECEIVED, unique=False)
    op.create_index('complaint_answered_in', 'complaint', ANSWERED, unique=False)
    op.drop_index('event_by_kind', table_name='event')
    op.create_index('event_by_kind', 'event', ['kind', 'at', 'complaint_id'], unique=False)
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        'review_point',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('owner', text(), nullable=False),
        sa.Column('due', sa.Date(), nullable=True),
        sa.Column('by', text(), nullable=False),
        sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('state', text(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('ended_by', text(), nullable=True),
        sa.Column('ended_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('review_point_by_period', 'review_point', ['until', 'since'], unique=False)


def downgrade() -> None:
    op.drop_index('complaint_answered_in', table_name='complaint')
    op.drop_index('complaint_received_in', table_name='complaint')
    op.drop_index('review_point_by_period', table_name='review_point')
    op.drop_table('review_point')
    op.drop_index('event_by_kind', table_name='event')
    op.create_index('event_by_kind', 'event', ['kind', 'at'], unique=False)
    op.drop_column('complaint', 'first_answer_at')
