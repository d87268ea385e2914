"""The audit trail: digests and the chain over them."""

from __future__ import annotations

revision = '4c6f1b0d92ea'
down_revision = '3ad82e5f7b90'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
