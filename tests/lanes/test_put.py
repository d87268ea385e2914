"""What goes into a lane, and in which order it comes out.

Seen to fail when `put` takes the position from the clock alone instead of the lane's tail.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.db import Database
from channels import lanes

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def put(
    session: Session, n: int, now: datetime = NOW, due: datetime | None = None, order: int | None = None
) -> int | None:
    return lanes.put(session, "in:web:1", {"n": n}, dedup=f"web:{n}", now=now, due=due, order=order)


def drain(session: Session, now: datetime) -> list[int]:
    """Finish all that is due; the payloads in their order."""
    lease = lanes.lease(session, "in", "me", now)
    assert lease
    handled = []
    while job := lanes.next_job(session, lease, now):
        handled.append(job.payload["n"])
        lanes.finish(session, lease, job, now)
    lanes.release(session, lease, now)
    return handled


async def test_redelivery_is_no_job(database: Database) -> None:
    """The same dedup key is accepted once, also after the job is done."""
    assert await database.run(put, 1)
    assert await database.run(put, 1) is None
    assert await database.run(drain, NOW) == [1]
    assert await database.run(put, 1) is None


async def test_order_of_commits(database: Database) -> None:
    """Jobs come out as they were committed, even if all clocks say the same."""
    for n in range(20):
        await database.run(put, n)
    assert await database.run(drain, NOW) == list(range(20))
