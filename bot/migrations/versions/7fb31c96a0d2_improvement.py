"""Improvement: actions, audits, training."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '7fb31c96a0d2'
down_revision = '72c4f0d18be5'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        'improvement_action',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', text(), nullable=False),
        sa.Column('state', text(), nullable=False),
        sa.Column('problem', sa.Text(), nullable=False),
        sa.Column('plan', sa.Text(), nullable=False),
        sa.Column('owner', text(), nullable=False),
        sa.Column('due', sa.Date(), nullable=False),
        sa.Column('product', text(), nullable=True),
        sa.Column('category', text(), nullable=True),
        sa.Column('cause', text(), nullable=True),
        sa.Column('weeks', sa.Integer(), nullable=False),
        sa.Column('follows', sa.Integer(), nullable=True),
        sa.Column('made_by', text(), nullable=False),
        sa.Column('made_at', moment(), nullable=False),
        sa.Column('done_by', text(), nullable=True),
        sa.Column('done_at', moment(), nullable=True),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('checked_by', text(), nullable=True),
        sa.Column('checked_at', moment(), nullable=True),
        sa.Column('overdue_told', moment(), nullable=True),
        sa.Column('check_told', moment(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('improvement_action_by_state', 'improvement_action', ['state', 'due'], unique=False)
    op.create_index('improvement_action_by_owner', 'improvement_action', ['owner', 'state'], unique=False)
    op.create_table(
        'improvement_step',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('action_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('kind', text(), nullable=False),
        sa.Column('actor', text(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('data', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['action_id'], ['improvement_action.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('action_id', 'position'),
    )
    op.create_table(
        'improvement_case',
        sa.Column('action_id', sa.Integer(), nullable=False),
        sa.Column('reference', text(), nullable=False),
        sa.Column('by', text(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.ForeignKeyConstraint(['action_id'], ['improvement_action.id']),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('action_id', 'reference'),
    )
    op.create_index(op.f('ix_improvement_case_reference'), 'improvement_case', ['reference'], unique=False)
    op.create_table(
        'case_audit',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('title', text(), nullable=False),
        sa.Column('criteria', sa.Text(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=False),
        sa.Column('closed_only', sa.Boolean(), nullable=False),
        sa.Column('way', text(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('seed', text(), nullable=False),
        sa.Column('population', sa.Integer(), nullable=False),
        sa.Column('population_digest', text(), nullable=False),
        sa.Column('drawn_by', text(), nullable=False),
        sa.Column('drawn_at', moment(), nullable=False),
        sa.Column('conclusion', sa.Text(), nullable=False),
        sa.Column('closed_by', text(), nullable=True),
        sa.Column('closed_at', moment(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_table(
        'case_audit_sample',
        sa.Column('audit_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('reference', text(), nullable=False),
        sa.Column('stratum', text(), nullable=False),
        sa.ForeignKeyConstraint(['audit_id'], ['case_audit.id']),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('audit_id', 'position'),
        sa.UniqueConstraint('audit_id', 'reference'),
    )
    op.create_index(op.f('ix_case_audit_sample_reference'), 'case_audit_sample', ['reference'], unique=False)
    op.create_table(
        'case_audit_answer',
        sa.Column('audit_id', sa.Integer(), nullable=False),
        sa.Column('reference', text(), nullable=False),
        sa.Column('question', text(), nullable=False),
        sa.Column('decision', text(), nullable=False),
        sa.Column('proposed', text(), nullable=True),
        sa.Column('evidence', sa.JSON(), nullable=False),
        sa.Column('remark', sa.Text(), nullable=False),
        sa.Column('by', text(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.ForeignKeyConstraint(['audit_id'], ['case_audit.id']),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('audit_id', 'reference', 'question'),
    )
    op.create_index(op.f('ix_case_audit_answer_reference'), 'case_audit_answer', ['reference'], unique=False)
    op.create_table(
        'case_audit_finding',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('audit_id', sa.Integer(), nullable=False),
        sa.Column('reference', text(), nullable=True),
        sa.Column('kind', text(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('action_id', sa.Integer(), nullable=True),
        sa.Column('by', text(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.ForeignKeyConstraint(['action_id'], ['improvement_action.id']),
        sa.ForeignKeyConstraint(['audit_id'], ['case_audit.id']),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_case_audit_finding_audit_id'), 'case_audit_finding', ['audit_id'], unique=False)
    op.create_index(op.f('ix_case_audit_finding_reference'), 'case_audit_finding', ['reference'], unique=False)
    op.create_table(
        'training_record',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person', text(), nullable=False),
        sa.Column('topic', text(), nullable=False),
        sa.Column('trained_on', sa.Date(), nullable=False),
        sa.Column('trainer', text(), nullable=False),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('remark', sa.Text(), nullable=False),
        sa.Column('recorded_by', text(), nullable=False),
        sa.Column('recorded_at', moment(), nullable=False),
        sa.Column('withdrawn_by', text(), nullable=True),
        sa.Column('withdrawn_at', moment(), nullable=True),
        sa.Column('withdrawn_because', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('training_record_of', 'training_record', ['person', 'topic'], unique=False)


def downgrade() -> None:
    op.drop_index('training_record_of', table_name='training_record')
    op.drop_table('training_record')
    op.drop_index(op.f('ix_case_audit_finding_reference'), table_name='case_audit_finding')
    op.drop_index(op.f('ix_case_audit_finding_audit_id'), table_name='case_audit_finding')
    op.drop_table('case_audit_finding')
    op.drop_index(op.f('ix_case_audit_answer_reference'), table_name='case_audit_answer')
    op.drop_table('case_audit_answer')
    op.drop_index(op.f('ix_case_audit_sample_reference'), table_name='case_audit_sample')
    op.drop_table('case_audit_sample')
    op.drop_table('case_audit')
    op.drop_index(op.f('ix_improvement_case_reference'), table_name='improvement_case')
    op.drop_table('improvement_case')
    op.drop_table('improvement_step')
    op.drop_index('improvement_action_by_owner', table_name='improvement_action')
    op.drop_index('improvement_action_by_state', table_name='improvement_action')
    op.drop_table('improvement_action')
