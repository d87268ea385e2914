"""Doors: imports, complaints taken down by others."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '90e6b3f7d1a4'
down_revision = '85d07ae2c4b1'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        'case_export',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.Column('actor', text(), nullable=False),
        sa.Column('form', text(), nullable=False),
        sa.Column('query', sa.JSON(), nullable=False),
        sa.Column('cases', sa.Integer(), nullable=False),
        sa.Column('ended_at', moment(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_table(
        'case_export_part',
        sa.Column('export_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('first_case', sa.Integer(), nullable=False),
        sa.Column('last_case', sa.Integer(), nullable=False),
        sa.Column('runs', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['export_id'], ['case_export.id']),
        sa.PrimaryKeyConstraint('export_id', 'position'),
    )
    op.create_index('case_export_part_by_case', 'case_export_part', ['first_case', 'last_case'], unique=False)
    op.create_table(
        'by_hand',
        sa.Column('task_id', sa.Integer(), nullable=False),
        sa.Column('message_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['message_id'], ['message.id']),
        sa.ForeignKeyConstraint(['task_id'], ['task.id']),
        sa.PrimaryKeyConstraint('task_id'),
        sa.UniqueConstraint('message_id'),
    )
    op.create_table(
        'imported_case',
        sa.Column('source', text(), nullable=False),
        sa.Column('number', text(), nullable=False),
        sa.Column('complaint_id', sa.Integer(), nullable=False),
        sa.Column('digest', text(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id']),
        sa.PrimaryKeyConstraint('source', 'number'),
        sa.UniqueConstraint('complaint_id'),
    )


def downgrade() -> None:
    op.drop_table('imported_case')
    op.drop_table('by_hand')
    op.drop_index('case_export_part_by_case', table_name='case_export_part')
    op.drop_table('case_export_part')
    op.drop_table('case_export')
