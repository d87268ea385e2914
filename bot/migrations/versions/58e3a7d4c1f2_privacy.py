"""Privacy: legal hold, erasures, what was masked."""

from __future__ import annotations

revision = '58e3a7d4c1f2'
down_revision = '4c6f1b0d92ea'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
