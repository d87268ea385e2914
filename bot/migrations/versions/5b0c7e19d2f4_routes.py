"""Where each message came from or goes, such as a thread: a conversation may go on in another meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '5b0c7e19d2f4'
down_revision = '2f84b6d1c0a7'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of messages from before nobody knows it: they go where their conversation is held.
    op.add_column('message', sa.Column('route', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('message', 'route')
