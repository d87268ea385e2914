"""Investigation and decision: tasks, evidence, letters."""

from __future__ import annotations

revision = '17e0d4b8a3c6'
down_revision = '0a51c7e2d9b4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
