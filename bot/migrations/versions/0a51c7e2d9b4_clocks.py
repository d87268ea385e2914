"""Clocks: what was warned of, pauses, extensions, updates sent."""

from __future__ import annotations

revision = '0a51c7e2d9b4'
down_revision = 'd3a9c51e7b40'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
