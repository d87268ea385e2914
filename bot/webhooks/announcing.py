"""Announces what has happened, and forgets old deliveries. Any number of these loops may run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot import loops
from bot.db import Database
from handoff.webhooks import announcing, keeping

_TICK = 0.5  # seconds between two looks: the list says nobody when something is put on it
_SWEEP = timedelta(minutes=10)


async def run(database: Database, keep_days: int, stop: asyncio.Event) -> None:
    """Until ``stop`` is set: announce what is pending, every `_TICK` seconds."""
    swept = datetime.min.replace(tzinfo=UTC)

    async def look() -> None:
        nonlocal swept
        now = datetime.now(UTC)
        await announce(database, stop)
        if now - swept > _SWEEP:
            await database.run(keeping.forget, now - timedelta(days=keep_days))
            swept = now

    await loops.repeat(look, _TICK, stop)


async def announce(database: Database, stop: asyncio.Event) -> None:
    """All that is pending now, batch by batch so that others get their turn. Raises `Unavailable`."""
    while not stop.is_set() and await database.read(announcing.waits):
        if await database.run(announcing.announce_pending, datetime.now(UTC)) == 0:
            break  # another process has the rest in hand
