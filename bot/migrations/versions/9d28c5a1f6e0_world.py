"""The operator's own world: answers to their own questions."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '9d28c5a1f6e0'
down_revision = '90e6b3f7d1a4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        'own_answer',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('complaint_id', sa.Integer(), nullable=False),
        sa.Column('question', text(), nullable=False),
        sa.Column('kind', text(), nullable=False),
        sa.Column('state', text(), nullable=False),
        sa.Column('label', text(), nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
        sa.Column('said', sa.Text(), nullable=False),
        sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('complaint_id', 'question'),
    )
    op.add_column('complaint', sa.Column('subcategory', text(), nullable=True))


def downgrade() -> None:
    op.drop_column('complaint', 'subcategory')
    op.drop_table('own_answer')
