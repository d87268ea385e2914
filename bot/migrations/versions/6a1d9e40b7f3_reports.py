"""Reports: indexes for counting."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '6a1d9e40b7f3'
down_revision = '58e3a7d4c1f2'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
