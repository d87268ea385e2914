"""Proofs: codes sent to the channel on record, and what they entitle to."""

from __future__ import annotations

revision = '23b9f6c1e075'
down_revision = '17e0d4b8a3c6'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
