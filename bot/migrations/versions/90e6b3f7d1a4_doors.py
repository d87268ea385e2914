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
    pass


def downgrade() -> None:
    pass
