"""Which messages were refused for good, and what was decided about dead letters."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '9b3e5f17c2d4'
down_revision = '7d1f0a3be642'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('message', sa.Column('refused', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        'letter_decision',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('job', sa.BigInteger(), nullable=False),
        sa.Column('conversation', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('decision', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_letter_decision_job'), 'letter_decision', ['job'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_letter_decision_job'), table_name='letter_decision')
    op.drop_table('letter_decision')
    op.drop_column('message', 'refused')
