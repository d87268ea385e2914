"""The loops that do the work: messages in, messages out, timers, files."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from bot import receipts
from bot.db import Database
from bot.engine import Engine
from bot.fetching import Fetcher
from bot.metrics import timed
from bot.sending import Sender
from bot.settings import Settings
from bot.turn import Turn
from bot.workers import beat, leave
from channels.channel import Channel
from channels.lanes import Job, Lease, Unavailable
from channels.pump import Pump
from handoff import queue

_TICK = 5.0  # seconds between two looks at what is due and two signs of life

log = structlog.get_logger()


async def work(
    database: Database,
    engine: Engine,
    channels: Mapping[str, Channel],
    settings: Settings,
    stop: asyncio.Event,
) -> None:
    """Work until ``stop`` is set; then finish what is in hand and give the lanes back."""
    owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    turn = Turn(database, engine, settings)
    sender = Sender(database, channels)
    fetcher = Fetcher(database, channels, settings.data_dir)

    async def receipt(lease: Lease, job: Job) -> None:
        await database.run(receipts.write, lease, job, settings, datetime.now(UTC))

    async with asyncio.TaskGroup() as loops:
        for kind, handler, slots in (
            ("in", timed(turn.take), 16),
            ("out", sender.take, 16),
            ("clock", receipt, 4),
            ("file", fetcher.take, 4),
        ):
            loops.create_task(Pump(database, kind, handler, slots, owner).run(stop))
        loops.create_task(_tick(database, owner, stop))
    with suppress(Unavailable):
        await database.run(leave, owner)


async def _tick(database: Database, owner: str, stop: asyncio.Event) -> None:
    """What must be looked at now and then: cases whose due date brings them back, our sign of life."""
    while not stop.is_set():
        try:
            now = datetime.now(UTC)
            await database.run(beat, owner, now)
            await database.run(queue.bring_back, now)
        except Unavailable as error:
            log.warning("database out of reach", reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), _TICK)
        except TimeoutError:
            continue
