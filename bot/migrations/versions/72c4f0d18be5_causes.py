"""Signals: rises that were found."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '72c4f0d18be5'
down_revision = '6a1d9e40b7f3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
