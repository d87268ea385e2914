"""What Alembic runs for every command; `bot.migrating` hands it a connection in a transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from bot import tables  # noqa: F401  (fills the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
