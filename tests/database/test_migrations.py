"""The migrations lead to what the tables say.

Seen to fail when a column is added to a table and to no migration.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import Session, SQLModel

from bot.db import Database
from bot.migrating import MIGRATIONS, migrate

pytestmark = pytest.mark.skipif(
    not list(MIGRATIONS.glob("versions/*.py")), reason="there is no migration yet"
)


def differences(session: Session) -> list[Any]:
    """What a new migration would have to do, but for the tables of the tests."""
    context = MigrationContext.configure(session.connection(), opts={"include_object": _of_the_program})
    return list(compare_metadata(context, SQLModel.metadata))


def _of_the_program(_item: object, name: str | None, kind: str, *_: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("test_"))


async def test_agree_with_tables(blank_url: str) -> None:
    """An empty database, migrated, has all tables, columns and indexes, and no others."""
    await asyncio.to_thread(migrate, blank_url)
    async with await Database.open(blank_url) as database:
        assert await database.read(differences) == []


async def test_at_once(blank_url: str) -> None:
    """Processes that start together migrate together, and again when there is nothing to do."""
    await asyncio.gather(*(asyncio.to_thread(migrate, blank_url) for _ in range(3)))
    await asyncio.to_thread(migrate, blank_url)
