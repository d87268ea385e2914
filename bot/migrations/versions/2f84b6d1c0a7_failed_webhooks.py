"""Webhooks that failed are found by their state, of whichever receiver."""

from __future__ import annotations

from alembic import op

revision = '2f84b6d1c0a7'
down_revision = '9d28c5a1f6e0'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('webhook_delivery_by_state', table_name='webhook_delivery')
    op.create_index('webhook_delivery_by_state', 'webhook_delivery', ['state', 'endpoint', 'id'])


def downgrade() -> None:
    op.drop_index('webhook_delivery_by_state', table_name='webhook_delivery')
    op.create_index('webhook_delivery_by_state', 'webhook_delivery', ['endpoint', 'state', 'id'])
