"""Proofs: codes sent to the channel on record, and what they entitle to."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '23b9f6c1e075'
down_revision = '17e0d4b8a3c6'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'proof',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('asker', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('token', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('nonce', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('sent', sa.Boolean(), nullable=False),
        sa.Column('settled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column('proven_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    for column in ('asker', 'token', 'reference', 'asked_at'):
        op.create_index(op.f(f'ix_proof_{column}'), 'proof', [column], unique=False)


def downgrade() -> None:
    op.drop_table('proof')
