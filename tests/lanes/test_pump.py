"""The loop that works the lanes.

Seen to fail when `_proceed` goes on with the lane after a failed attempt instead of leaving it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlmodel import Session

from bot.db import Database
from channels import lanes
from channels.lanes import Job, Lease
from channels.pump import Handler, Pump


def put(session: Session, lane: str, n: int) -> None:
    lanes.put(session, lane, {"n": n}, dedup=f"{lane}:{n}", now=datetime.now(UTC))


@asynccontextmanager
async def pumping(database: Database, handler: Handler, slots: int = 4) -> AsyncIterator[None]:
    stop = asyncio.Event()
    pump = asyncio.create_task(Pump(database, "in", handler, slots, "me").run(stop))
    try:
        yield
    finally:
        stop.set()
        await pump


async def test_each_once_and_in_order(database: Database) -> None:
    """Many lanes at once: every lane's jobs are handled in their order, each once."""
    handled: dict[str, list[int]] = {}
    done = asyncio.Event()

    async def handler(lease: Lease, job: Job) -> None:
        await database.run(lanes.finish, lease, job, datetime.now(UTC))
        handled.setdefault(job.lane, []).append(job.payload["n"])
        if sum(map(len, handled.values())) == 100:
            done.set()

    async with pumping(database, handler):
        for n in range(10):
            for lane in range(10):
                await database.run(put, f"in:web:{lane}", n)
        await done.wait()
    assert handled == {f"in:web:{lane}": list(range(10)) for lane in range(10)}
