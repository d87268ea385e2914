"""After closing: follow-up and survey."""

from __future__ import annotations

revision = '3ad82e5f7b90'
down_revision = '23b9f6c1e075'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
