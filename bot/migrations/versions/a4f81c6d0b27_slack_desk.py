"""Where cases are shown in Slack, and which agents its users are."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = 'a4f81c6d0b27'
down_revision = 'e1c4a97d25f3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'slack_case',
        sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('ts', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('shown', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('seq', sa.Integer(), nullable=True),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('remark', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('pending', sa.JSON(), nullable=True),
        sa.Column('pending_since', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('reference'),
    )
    op.create_index('slack_case_by_thread', 'slack_case', ['channel', 'ts'], unique=False)
    op.create_table(
        'slack_user',
        sa.Column('user', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('agent_id', sa.Integer(), nullable=False),
        sa.Column('linked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['agent_id'], ['agent.id']),
        sa.PrimaryKeyConstraint('user'),
    )
    op.create_index(op.f('ix_slack_user_agent_id'), 'slack_user', ['agent_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_slack_user_agent_id'), table_name='slack_user')
    op.drop_table('slack_user')
    op.drop_index('slack_case_by_thread', table_name='slack_case')
    op.drop_table('slack_case')
