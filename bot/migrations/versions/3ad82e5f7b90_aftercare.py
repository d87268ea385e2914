"""After closing: follow-up and survey."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '3ad82e5f7b90'
down_revision = '23b9f6c1e075'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'survey',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('closing', sa.Integer(), nullable=False),
        sa.Column('conversation', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('language', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('grade', sa.Integer(), nullable=True),
        sa.Column('graded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column('comment', sa.Text(), nullable=True),
        sa.Column('commented_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column('commented', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('reference', 'closing'),
    )
    op.create_index('survey_by_conversation', 'survey', ['conversation', 'asked_at'], unique=False)
    op.create_index('survey_by_date', 'survey', ['asked_at'], unique=False)


def downgrade() -> None:
    op.drop_index('survey_by_date', table_name='survey')
    op.drop_index('survey_by_conversation', table_name='survey')
    op.drop_table('survey')
