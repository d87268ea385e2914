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
    pass


def downgrade() -> None:
    pass
