"""Whoever waits is woken by commits, from this process or another, and misses none.

Seen to fail when `Ear.wait` forgets what came before it, when `Sqlite._watch` never looks, and when a
unit of work that failed wakes others.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import lanes
from channels.wakeups import notify
from tests.postgres_server import PostgresServer


async def test_commit_wakes(database: Database) -> None:
    """Listeners of the topic wake, others do not."""
    async with database.listen("desk", "in") as desk, database.listen("out") as out:
        await database.run(notify, "desk")
        assert await desk.wait(1)
        assert not await desk.wait(0.05)
        assert not await out.wait(0)


async def test_nothing_is_missed(database: Database) -> None:
    """What happens between looking and waiting ends the wait at once."""
    async with database.listen("desk") as desk:
        for _ in range(3):
            await database.run(notify, "desk")
        await asyncio.sleep(0.05)
        assert await desk.wait(0)


async def test_failure_wakes_nobody(database: Database) -> None:
    """A unit of work that is undone has told nothing."""

    def notify_and_fail(session: Session) -> None:
        notify(session, "desk")
        raise RuntimeError

    async with database.listen("desk") as desk:
        with pytest.raises(RuntimeError):
            await database.run(notify_and_fail)
        assert not await desk.wait(0.05)


def write_and_notify(session: Session) -> None:
    now = datetime.now(UTC)
    lanes.put(session, "in:1", {}, dedup=str(now), now=now)
    notify(session, "desk")


async def test_other_process(database_url: str) -> None:
    """A commit of another process wakes within moments."""
    async with (
        await Database.open(database_url) as here,
        await Database.open(database_url) as there,
        here.listen("desk") as desk,
    ):
        for _ in range(3):
            waiting = asyncio.create_task(desk.wait(5))
            await asyncio.sleep(0.05)
            begun = time.monotonic()
            await there.run(write_and_notify)
            assert await waiting
            assert time.monotonic() - begun < 2  # unwoken, it takes 5


async def test_ear_is_mended(postgres: PostgresServer, postgres_url: str) -> None:
    """After the server has restarted, everybody looks again, and hears again."""
    async with await Database.open(postgres_url) as database, database.listen("desk") as desk:
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.start)
        assert await desk.wait(5)
        await database.run(notify, "desk")
        assert await desk.wait(5)
