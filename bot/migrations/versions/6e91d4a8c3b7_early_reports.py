"""Reports of delivery that came before the message was known by the platform's name."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '6e91d4a8c3b7'
down_revision = '5b0c7e19d2f4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'early_report',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('provider_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('channel', 'provider_id', 'state'),
    )
    op.create_index(op.f('ix_early_report_at'), 'early_report', ['at'], unique=False)


def downgrade() -> None:
    op.drop_table('early_report')
