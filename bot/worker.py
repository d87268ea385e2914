"""The loops that do the work: messages in, messages out, timers, files."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from bot import aftercare, case_clock, crowds, desk_clock, loops, proving, receipts, signal_clock, slack_desk
from bot.db import Database
from bot.engine import Engine
from bot.fetching import Fetcher
from bot.metrics import timed
from bot.privacy import keeping
from bot.sending import Sender
from bot.settings import Settings
from bot.turn import Turn
from bot.webhooks import announcing
from bot.webhooks.posting import Poster
from bot.webhooks.sending import SLOTS, HookSender
from bot.workers import beat, leave
from channels import upkeep
from channels.channel import Channel
from channels.lanes import Job, Lease, Unavailable
from channels.pacing import Pace
from channels.pump import Pump
from complaints.world import world
from handoff.dispatch import rules
from handoff.webhooks import endpoints

_TICK = 5.0  # seconds between two looks at what is due and two signs of life
_BATCHES = 10
_BREATH = 0.05  # seconds


async def work(
    database: Database,
    engine: Engine,
    channels: Mapping[str, Channel],
    settings: Settings,
    stop: asyncio.Event,
) -> None:
    """Work until ``stop`` is set; then finish what is in hand and give the lanes back."""
    rules.put_in_force(settings.desk)
    world.put_in_force(settings.world)
    owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    turn = Turn(database, engine, settings)
    sender = Sender(database, channels, Pace(settings.workers or 1))
    fetcher = Fetcher(database, channels, settings.data_dir)

    async def timer(lease: Lease, job: Job) -> None:
        if "crowd" in job.payload:
            await crowds.take(database, settings, lease, job)
        elif "proof" in job.payload:
            await database.run(proving.send, lease, job, settings, datetime.now(UTC))
        else:
            await database.run(receipts.write, lease, job, settings, datetime.now(UTC))

    async with Poster(settings.webhook_reach) as poster, asyncio.TaskGroup() as loops:
        for kind, handler, slots in (
            ("in", timed(turn.take), 16),
            ("out", sender.take, 16),
            ("clock", timer, 4),
            ("file", fetcher.take, 4),
            (endpoints.LANE, HookSender(database, poster, settings.secret_key).take, SLOTS),
            *slack_desk.work(database, channels, settings),
        ):
            loops.create_task(Pump(database, kind, handler, slots, owner).run(stop))
        loops.create_task(desk_clock.run(database, settings.desk, stop))
        loops.create_task(case_clock.run(database, stop))
        loops.create_task(aftercare.run(database, settings, stop))
        loops.create_task(keeping.run(database, settings, stop))
        loops.create_task(announcing.run(database, settings.keep_days, stop))
        loops.create_task(signal_clock.run(database, settings.signal_alarms, stop))
        loops.create_task(slack_desk.catch_up(database, settings))
        loops.create_task(_tick(database, owner, settings.keep_days, stop))
    with suppress(Unavailable):
        await database.run(leave, owner)


async def _tick(database: Database, owner: str, keep_days: int, stop: asyncio.Event) -> None:
    """What is done now and then: our sign of life, old jobs."""

    async def look() -> None:
        now = datetime.now(UTC)
        await database.run(beat, owner, now)
        await forget(database, now - timedelta(days=keep_days), now, stop)

    await loops.repeat(look, _TICK, stop)


async def forget(database: Database, before: datetime, now: datetime, stop: asyncio.Event) -> int:
    """Forget what was done before, batch by batch so that others get their turn; how many.

    No more than `_BATCHES` at a time: a year's heap is gone within hours, and nobody notices.
    """
    forgotten = 0
    for _ in range(_BATCHES):
        batch = await database.run(upkeep.purge, before, now)
        forgotten += batch
        if batch < upkeep.BATCH or stop.is_set():
            break
        await asyncio.sleep(_BREATH)
    return forgotten
