"""Webhooks: who is told, and each delivery."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from handoff.webhooks.record import FEED

revision = '85d07ae2c4b1'
down_revision = '7fb31c96a0d2'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        'webhook_endpoint',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('description', text(), nullable=False),
        sa.Column('types', sa.JSON(), nullable=False),
        sa.Column('details', sa.Boolean(), nullable=False),
        sa.Column('key', text(), nullable=False),
        sa.Column('old_key', text(), nullable=True),
        sa.Column('old_until', moment(), nullable=True),
        sa.Column('state', text(), nullable=False),
        sa.Column('state_at', moment(), nullable=False),
        sa.Column('state_by', text(), nullable=False),
        sa.Column('state_reason', text(), nullable=False),
        sa.Column('created_at', moment(), nullable=False),
        sa.Column('created_by', text(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('failing_since', moment(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_table(
        'webhook_pending',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('event_id', sa.Integer(), nullable=True),
        sa.Column('uid', text(), nullable=True),
        sa.Column('type', text(), nullable=True),
        sa.Column('data', sa.JSON(), nullable=True),
        sa.Column('at', moment(), nullable=True),
        sa.ForeignKeyConstraint(['event_id'], ['event.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('event_id'),
        sa.UniqueConstraint('uid'),
    )
    op.create_table(
        'webhook_message',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('uid', text(), nullable=False),
        sa.Column('event_id', sa.Integer(), nullable=True),
        sa.Column('type', text(), nullable=False),
        sa.Column('at', moment(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['event_id'], ['event.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('event_id'),
        sa.UniqueConstraint('uid'),
    )
    op.create_index(op.f('ix_webhook_message_at'), 'webhook_message', ['at'], unique=False)
    op.create_table(
        'webhook_delivery',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('endpoint', sa.Integer(), nullable=False),
        sa.Column('message', sa.Integer(), nullable=False),
        sa.Column('state', text(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('serial', sa.Integer(), nullable=False),
        sa.Column('next_at', moment(), nullable=True),
        sa.Column('created_at', moment(), nullable=False),
        sa.Column('settled_at', moment(), nullable=True),
        sa.ForeignKeyConstraint(['endpoint'], ['webhook_endpoint.id']),
        sa.ForeignKeyConstraint(['message'], ['webhook_message.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('endpoint', 'message'),
    )
    op.create_index('webhook_delivery_by_state', 'webhook_delivery', ['endpoint', 'state', 'id'], unique=False)
    op.create_index(op.f('ix_webhook_delivery_message'), 'webhook_delivery', ['message'], unique=False)
    op.create_index(op.f('ix_webhook_delivery_settled_at'), 'webhook_delivery', ['settled_at'], unique=False)
    op.create_table(
        'webhook_attempt',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('delivery', sa.Integer(), nullable=False),
        sa.Column('reference', text(), nullable=True),
        sa.Column('at', moment(), nullable=False),
        sa.Column('seconds', sa.Float(), nullable=False),
        sa.Column('status', sa.Integer(), nullable=True),
        sa.Column('answer', text(), nullable=False),
        sa.Column('error', text(), nullable=False),
        sa.ForeignKeyConstraint(['delivery'], ['webhook_delivery.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_webhook_attempt_delivery'), 'webhook_attempt', ['delivery'], unique=False)
    op.create_index(op.f('ix_webhook_attempt_reference'), 'webhook_attempt', ['reference'], unique=False)
    for statement in FEED[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.execute('DROP TRIGGER webhook_feed' + (' ON event' if op.get_bind().dialect.name == 'postgresql' else ''))
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION recourse_webhook_feed()')
    for table in ('attempt', 'delivery', 'message', 'pending', 'endpoint'):
        op.drop_table(f'webhook_{table}')
