"""How fast messages are accepted and their work begins; see the figures with ``pytest -s``.

The limits are wide, for busy machines. Seen to fail when `put` does not notify.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from bot.db import Database
from channels import lanes
from channels.lanes import Job, Lease
from channels.pump import Pump

MESSAGES = 100
IDLE = 0.5  # seconds


def put(session: Session, n: int) -> None:
    now = datetime.now(UTC)
    lanes.put(session, f"in:web:{n % 20}", {}, dedup=f"web:{n}", now=now)


@pytest.mark.alone
async def test_figures(database: Database, request: pytest.FixtureRequest) -> None:
    """One message after the other, with time to breathe; then idle; then all at once."""
    stop, begun = asyncio.Event(), asyncio.Semaphore(0)
    accepted: list[float] = []
    started: list[float] = []

    async def handler(lease: Lease, job: Job) -> None:
        started.append(time.perf_counter())
        await database.run(lanes.finish, lease, job, datetime.now(UTC))
        begun.release()

    pump = asyncio.create_task(Pump(database, "in", handler, 8, "me").run(stop))
    sent = []
    for n in range(MESSAGES):
        sent.append(time.perf_counter())
        await database.run(put, n)
        accepted.append(time.perf_counter())
        await begun.acquire()
        await asyncio.sleep(0.005)

    idle = time.process_time()
    await asyncio.sleep(IDLE)
    idle = (time.process_time() - idle) / IDLE

    rush = time.perf_counter()
    await asyncio.gather(*(database.run(put, MESSAGES + n) for n in range(3 * MESSAGES)))
    for _ in range(3 * MESSAGES):
        await begun.acquire()
    rush = time.perf_counter() - rush
    stop.set()
    await pump

    accepting = milliseconds(sent, accepted)
    starting = milliseconds(sent, started[:MESSAGES])
    print(  # noqa: T201  (for people)
        f"\n{request.node.name}: accepted {percentiles(accepting)}, work started {percentiles(starting)}, "
        f"{3 * MESSAGES / rush:.0f} messages/s, idle {idle:.1%} of a core"
    )
    assert statistics.median(accepting) < 40
    assert statistics.median(starting) < 80
    assert idle < 0.2


def milliseconds(starts: list[float], ends: list[float]) -> list[float]:
    """From each start to its end."""
    return [(end - start) * 1000 for start, end in zip(starts, ends, strict=True)]


def percentiles(times: list[float]) -> str:
    """The median and the 99th percentile."""
    cuts = statistics.quantiles(times, n=100)
    return f"{cuts[49]:.1f} / {cuts[98]:.1f} ms"
