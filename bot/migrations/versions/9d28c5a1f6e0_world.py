"""The operator's own world: answers to their own questions."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '9d28c5a1f6e0'
down_revision = '90e6b3f7d1a4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
