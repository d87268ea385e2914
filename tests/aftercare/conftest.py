"""SQLite where the database does not matter."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.db import Database


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    """An open SQLite database with all tables and no rows."""
    async with await Database.open(sqlite_url) as database:
        yield database
