"""Webhooks: who is told, and each delivery."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '85d07ae2c4b1'
down_revision = '7fb31c96a0d2'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
