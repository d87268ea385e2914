"""What goes into a lane, and in which order it comes out.

Seen to fail when `put` takes a position from the clock alone instead of from the lane's tail, and
when it ignores ``order``.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import lanes

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def put(
    session: Session,
    n: int,
    now: datetime = NOW,
    due: datetime | None = None,
    order: int | None = None,
) -> int | None:
    return lanes.put(session, "in:web:1", {"n": n}, dedup=f"web:{n}", now=now, due=due, order=order)


def drain(session: Session, now: datetime) -> list[int]:
    """Finish all that is due; the payloads in their order."""
    lease = lanes.lease(session, "in", "me", now)
    if lease is None:
        return []
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
    assert await database.run(drain, NOW) == []


async def test_order_is_commit_order(database: Database) -> None:
    """Whoever commits first is first, even if all clocks say the same, or the contrary."""
    committed: list[int] = []

    def put_slowly(session: Session, n: int) -> None:
        lanes.put(session, "in:web:1", {"n": n}, dedup=f"web:{n}", now=NOW - n * SECOND)
        time.sleep(0.01)

    async def accept(n: int) -> None:
        await database.run(put_slowly, n)
        committed.append(n)

    await asyncio.gather(*(accept(n) for n in range(20)))
    assert await database.run(drain, NOW) == committed


async def test_timer_stands_by_its_due_time(database: Database) -> None:
    """A timer comes after what arrived before it was due and before what arrived later."""
    await database.run(put, 2, due=NOW + 5 * SECOND)
    await database.run(put, 1, now=NOW + 4 * SECOND)
    await database.run(put, 3, now=NOW + 6 * SECOND)
    assert await database.run(drain, NOW + 7 * SECOND) == [1, 2, 3]


async def test_timer_holds_nobody_up(database: Database) -> None:
    """What arrives before a timer is due is handled at once, and the timer when it is due."""
    await database.run(put, 2, due=NOW + 5 * SECOND)
    await database.run(put, 1, now=NOW + SECOND)
    assert await database.run(drain, NOW + 2 * SECOND) == [1]
    assert await database.run(drain, NOW + 4 * SECOND) == []
    assert await database.read(lanes.next_ready, "in", NOW + 4 * SECOND) == NOW + 5 * SECOND
    assert await database.run(drain, NOW + 5 * SECOND) == [2]


async def test_cancelled_timer(database: Database) -> None:
    """A timer that is not due can be cancelled and armed again; one that is due cannot."""
    await database.run(put, 1, due=NOW + SECOND)
    assert await database.run(lanes.cancel, "web:1", NOW)
    assert not await database.run(lanes.cancel, "web:1", NOW)
    assert await database.run(put, 1, due=NOW + SECOND)
    assert not await database.run(lanes.cancel, "web:1", NOW + SECOND)
    assert await database.run(drain, NOW + SECOND) == [1]


async def test_overtaken_on_the_way(database: Database) -> None:
    """Messages that the platform delivered in parallel come out in the platform's order."""
    await database.run(put, 0)
    for n in (3, 1, 2, 5, 4):
        await database.run(put, n, order=n)
    await database.run(put, 6)
    assert await database.run(drain, NOW) == [0, 1, 2, 3, 4, 5, 6]


async def test_lane_without_kind(database: Database) -> None:
    """A lane that no pump would ever work is refused."""
    with pytest.raises(ValueError, match="<kind>:<conversation>"):
        await database.run(lanes.put, "web", {}, dedup="web:1", now=NOW)
