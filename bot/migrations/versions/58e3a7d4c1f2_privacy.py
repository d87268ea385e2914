"""Privacy: legal hold, erasures, what was hidden."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '58e3a7d4c1f2'
down_revision = '4c6f1b0d92ea'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        'hidden',
        sa.Column('message_id', sa.Integer(), nullable=False),
        sa.Column('kind', text(), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.ForeignKeyConstraint(['message_id'], ['message.id']),
        sa.PrimaryKeyConstraint('message_id', 'kind'),
    )
    op.create_table(
        'legal_hold',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('reference', text(), nullable=True),
        sa.Column('conversation', text(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('by', text(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.Column('released_by', text(), nullable=True),
        sa.Column('released_at', moment(), nullable=True),
        sa.Column('release_reason', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_legal_hold_conversation'), 'legal_hold', ['conversation'], unique=False)
    op.create_index(op.f('ix_legal_hold_reference'), 'legal_hold', ['reference'], unique=False)
    op.create_table(
        'erasure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.Column('by', text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('cases', sa.JSON(), nullable=False),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.Column('files', sa.JSON(), nullable=False),
        sa.Column('models', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )


def downgrade() -> None:
    op.drop_table('erasure')
    op.drop_index(op.f('ix_legal_hold_reference'), table_name='legal_hold')
    op.drop_index(op.f('ix_legal_hold_conversation'), table_name='legal_hold')
    op.drop_table('legal_hold')
    op.drop_table('hidden')
