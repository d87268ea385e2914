"""Whether a message was sent again although the outcome of the try before was unknown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '7d41b0c2e9f5'
down_revision = 'c210fa8b9ca9'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What lies in the outbox during the upgrade has not been repeated as far as anybody knows.
    op.add_column('message', sa.Column('repeated', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('message', 'repeated')
