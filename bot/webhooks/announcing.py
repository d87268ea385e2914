"""Announces what has happened, and forgets old deliveries. Any number of these loops may run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from bot.db import Database
from channels.lanes import Unavailable
from handoff.webhooks import announcing, keeping

_TICK = 0.5  # seconds between two looks: the list says nobody when something is put on it
_SWEEP = timedelta(minutes=10)

log = structlog.get_logger()


async def run(database: Database, keep_days: int, stop: asyncio.Event) -> None:
    """Until ``stop`` is set: announce what is pending, every `_TICK` seconds."""
    swept = datetime.min.replace(tzinfo=UTC)
    while not stop.is_set():
        now = datetime.now(UTC)
        try:
            await announce(database, stop)
            if now - swept > _SWEEP:
                await database.run(keeping.forget, now - timedelta(days=keep_days))
                swept = now
        except Unavailable as error:
            log.warning("database out of reach", reason=str(error))
        except Exception:  # it must not end the other loops; what is pending stays so
            log.exception("not announced")
        try:
            await asyncio.wait_for(stop.wait(), _TICK)
        except TimeoutError:
            continue


async def announce(database: Database, stop: asyncio.Event) -> None:
    """All that is pending now, batch by batch so that others get their turn. Raises `Unavailable`."""
    while not stop.is_set() and await database.read(announcing.waits):
        if await database.run(announcing.announce_pending, datetime.now(UTC)) == 0:
            break  # another process has the rest in hand
