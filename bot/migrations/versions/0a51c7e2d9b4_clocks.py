"""Clocks: what was warned of, pauses, extensions, updates sent."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0a51c7e2d9b4'
down_revision = 'd3a9c51e7b40'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_TIME = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    for name in ('policy', 'policy_version'):
        op.add_column('complaint', sa.Column(name, _TEXT(), nullable=False, server_default=''))
    op.add_column('complaint', sa.Column('clock', sa.JSON(), nullable=False, server_default='{}'))
    for name in ('clock_at', 'paused_since'):
        op.add_column('complaint', sa.Column(name, _TIME(), nullable=True))
    for name in ('pause_reason', 'update_task'):
        op.add_column('complaint', sa.Column(name, _TEXT(), nullable=True))
    op.add_column('message', sa.Column('template', sa.JSON(), nullable=True))
    # What was promised before is watched from now on; what was missed long ago is not told of all at once.
    for date in ('respond_by', 'update_by'):
        op.execute(
            f"UPDATE complaint SET clock_at = {date} WHERE {date} > CURRENT_TIMESTAMP "
            "AND status NOT IN ('responded', 'closed', 'withdrawn')"
        )
    op.create_index('complaint_to_look_at', 'complaint', ['clock_at'], unique=False)
    op.create_index('complaint_paused', 'complaint', ['paused_since'], unique=False)


def downgrade() -> None:
    op.drop_index('complaint_paused', table_name='complaint')
    op.drop_index('complaint_to_look_at', table_name='complaint')
    op.drop_column('message', 'template')
    for name in (
        'update_task', 'pause_reason', 'paused_since', 'clock_at', 'clock', 'policy_version', 'policy',
    ):  # fmt: skip
        op.drop_column('complaint', name)
