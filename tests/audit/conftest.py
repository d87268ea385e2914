"""Databases whose every change is signed, and a hand that changes them from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.audit import postgresql, sqlite
from bot.audit.beginning import begin
from bot.audit.sealing import kept
from bot.audit.verifying import Report, verify
from bot.db import Database, Signing
from complaints.audit import Keys

KEYS = Keys.of(b"a secret key of sixteen bytes or more")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


async def signed(url: str, keys: Keys = KEYS) -> Database:
    """The database, opened as the program opens it."""
    database = await Database.open(url, Signing(sqlite.arming(keys), postgresql.settings(keys)))
    await database.run(begin, keys, NOW)
    return database


@pytest.fixture
async def audited_sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    async with await signed(sqlite_url) as database:
        yield database


@pytest.fixture
async def audited(database_url: str) -> AsyncIterator[Database]:
    """On each kind of database in turn."""
    async with await signed(database_url) as database:
        yield database


async def outside(url: str, *statements: str) -> None:
    """What somebody does who can write the database, and has not got the key."""
    async with await Database.open(url) as database:
        for statement in statements:
            await database.run(lambda session, this: session.connection().execute(text(this)), statement)


async def verified(database: Database, folder: Path, keys: Keys = KEYS, head: str | None = None) -> Report:
    """What `recourse audit verify` comes to."""
    return await database.read(verify, keys, kept(folder), head)
