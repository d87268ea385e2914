"""The loop that works the lanes, within one process.

Seen to fail when `_fail` never buries, when `_beat` sends no heartbeat, when nobody looks again after a
slot has left its lane, when a look follows each that found something, and when a lease has no end to
its jobs. Mutation: in `Pump.run` wait for stop, alarm and wake-up with three tasks and
``asyncio.wait_for``, and cancel those that are left: `test_never_asleep_beside_work`. Mutation: in
`lanes.finish` do not call ``lease.settled``: `test_what_comes_next_is_found_in_the_same_transaction`.
Or leave out ``alarm.pause``: `test_unavailable_for_all`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.db import Database
from channels import backoff, lanes, pump
from channels.lanes import Job, JobState, Lease, Unavailable
from channels.pump import Found, Handler, Pump
from channels.wakeups import notify
from tests.lanes.effects import perform, performed, put, until_performed


@asynccontextmanager
async def pumping(database: Database, handler: Handler, slots: int = 4) -> AsyncIterator[None]:
    """A pump at work for the length of the block; then it drains."""
    stop = asyncio.Event()
    working = asyncio.create_task(Pump(database, "in", handler, slots, "me").run(stop))
    try:
        yield
    finally:
        stop.set()
        await working


def soon(session: Session, lane: str, n: int, seconds: float) -> None:
    now = datetime.now(UTC)
    due = now + timedelta(seconds=seconds)
    lanes.put(session, lane, {"n": n}, dedup=f"{lane}:{n}", now=now, due=due)


def job_of(session: Session, n: int) -> Job:
    return next(job for job in session.exec(select(Job)) if job.payload["n"] == n)


@pytest.fixture
def performing(database: Database) -> Handler:
    """A handler that does nothing but leave its trace."""

    async def handler(lease: Lease, job: Job) -> None:
        await database.run(perform, lease, job)

    return handler


async def test_each_once_and_in_order(database: Database, performing: Handler) -> None:
    """Many lanes at once: every job is handled once, in its lane's order."""

    def put_all(session: Session, lane: str) -> None:
        for n in range(25):
            put(session, lane, n)

    async with pumping(database, performing):
        for i in range(8):
            await database.run(put_all, f"in:web:{i}")
        assert await until_performed(database, 200) == {f"in:web:{i}": list(range(25)) for i in range(8)}


async def test_lanes_run_in_parallel(database: Database) -> None:
    """A slow job holds up its own lane only, and never more jobs run than there are slots."""
    running: set[str] = set()
    most = 0

    async def handler(lease: Lease, job: Job) -> None:
        nonlocal most
        running.add(lease.lane)
        most = max(most, len(running))
        await asyncio.sleep(0.2)  # long beside the transactions, on a busy machine too
        running.remove(lease.lane)
        await database.run(perform, lease, job)

    async with pumping(database, handler, slots=3):
        for i in range(5):
            await database.run(put, f"in:web:{i}", 0)
        await until_performed(database, 5)
    assert most == 3


async def test_poison(database: Database, performing: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that fails every time is dead after its attempts, and the next one goes on."""
    monkeypatch.setattr(backoff, "FIRST", timedelta(milliseconds=5))
    tries = 0

    async def handler(lease: Lease, job: Job) -> None:
        nonlocal tries
        if job.payload["n"] == 0:
            tries += 1
            raise ValueError("poison")
        await performing(lease, job)

    async with pumping(database, handler):
        for n in range(2):
            await database.run(put, "in:web:1", n)
        assert await until_performed(database, 1) == {"in:web:1": [1]}
    poison = await database.read(job_of, 0)
    assert tries == poison.attempts == lanes.ATTEMPTS
    assert (poison.state, poison.last_error) == (JobState.DEAD, "ValueError: poison")


async def test_unavailable(database: Database, performing: Handler) -> None:
    """While something is away the lane waits in order, and no attempt is counted."""
    refusals = 2 * lanes.ATTEMPTS

    async def handler(lease: Lease, job: Job) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise Unavailable("engine down", datetime.now(UTC) + timedelta(milliseconds=10))
        await performing(lease, job)

    async with pumping(database, handler):
        for n in range(2):
            await database.run(put, "in:web:1", n)
        assert await until_performed(database, 2) == {"in:web:1": [0, 1]}
    assert (await database.read(job_of, 0)).attempts == 0


async def test_unavailable_for_all(database: Database, performing: Handler) -> None:
    """What every lane needs is asked for by some of them, and not by one lane after the other."""
    away, asked = True, 0

    async def handler(lease: Lease, job: Job) -> None:
        nonlocal asked
        asked += 1
        if away:
            raise Unavailable("engine down", datetime.now(UTC) + timedelta(seconds=0.3), for_all=True)
        await performing(lease, job)

    for n in range(100):
        await database.run(put, f"in:web:{n}", n)
    async with pumping(database, handler):
        await asyncio.sleep(1.2)
        assert 8 <= asked <= 40
        away = False
        await until_performed(database, 100)


async def test_forgetful_handler(
    database: Database, performing: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler that returns without finishing its job does not spin: each time is an attempt."""
    monkeypatch.setattr(backoff, "FIRST", timedelta(milliseconds=5))

    async def handler(lease: Lease, job: Job) -> None:
        if job.payload["n"] != 0:
            await performing(lease, job)

    async with pumping(database, handler):
        for n in range(2):
            await database.run(put, "in:web:1", n)
        assert await until_performed(database, 1) == {"in:web:1": [1]}
    forgotten = await database.read(job_of, 0)
    assert (forgotten.state, forgotten.attempts) == (JobState.DEAD, lanes.ATTEMPTS)


async def test_timers(database: Database, performing: Handler) -> None:
    """A timer goes off when it is due, in order with the messages, and nobody polls for it."""
    async with pumping(database, performing):
        await database.run(soon, "in:web:1", 1, 0.3)
        begun = time.monotonic()
        await database.run(put, "in:web:1", 0)
        assert await until_performed(database, 2) == {"in:web:1": [0, 1]}
        assert 0.25 < time.monotonic() - begun < 3  # unasked, a pump looks after 5 s


async def test_looks_only_for_work(
    database: Database, performing: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No look is made in vain: one takes the job, and one gives the lane back."""
    looks = []

    def take(session: Session, kind: str, owner: str, now: datetime) -> Found:
        looks.append(found := look(session, kind, owner, now))
        return found

    look = pump._take
    monkeypatch.setattr(pump, "_take", take)
    async with pumping(database, performing):
        await asyncio.sleep(0.3)
        looks.clear()  # the one at the start
        for n in range(5):
            await database.run(put, "in:web:1", n)
            await until_performed(database, n + 1)
            await asyncio.sleep(0.3)
        assert [look.work is not None for look in looks] == [True, False] * 5


async def test_what_comes_next_is_found_in_the_same_transaction(
    database: Database, performing: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy pump costs no transaction beside those of its handlers."""
    units: list[str] = []
    run = database.run

    async def counted(unit: Any, /, *args: Any, **kwargs: Any) -> Any:
        units.append(unit.__name__)
        return await run(unit, *args, **kwargs)

    for n in range(5):
        await database.run(put, "in:web:1", n)
        await database.run(put, "in:web:2", n)
    monkeypatch.setattr(database, "run", counted)
    async with pumping(database, performing, slots=1):
        await until_performed(database, 10)
    assert units.count("perform") == 10
    assert "_proceed" not in units
    assert units.count("_take") <= 3


async def test_never_asleep_beside_work(database: Database, performing: Handler) -> None:
    """Whatever comes together, puts, ends of jobs and rests, no wake-up is lost among it."""
    performed_now: dict[str, asyncio.Event] = {}

    async def handler(lease: Lease, job: Job) -> None:
        await performing(lease, job)
        performed_now[lease.lane].set()

    async def one_after_the_other(lane: str) -> float:
        worst = 0.0
        for n in range(150):
            await asyncio.sleep(random.random() / 100)
            performed_now[lane] = asyncio.Event()
            begun = time.monotonic()
            await database.run(put, lane, n)
            await performed_now[lane].wait()
            worst = max(worst, time.monotonic() - begun)
        return worst

    async def others() -> None:
        """What is put into lanes of other workers: wake-ups about nothing."""
        while True:
            await database.run(notify, "in")
            await asyncio.sleep(random.random() / 500)

    async with pumping(database, handler, slots=2):
        noise = asyncio.create_task(others())
        worst = max(await asyncio.gather(*(one_after_the_other(f"in:web:{i}") for i in range(4))))
        noise.cancel()
    assert worst < 3  # unasked, a pump looks after 5 s


async def test_long_job_keeps_its_lane(
    database: Database, performing: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job may take longer than a lease: heartbeats keep the lane."""
    monkeypatch.setattr(lanes, "LEASE", timedelta(seconds=0.5))
    begun = []

    async def handler(lease: Lease, job: Job) -> None:
        begun.append(job.payload["n"])
        await asyncio.sleep(1.2)
        await performing(lease, job)

    async with pumping(database, handler), pumping(database, handler):
        await database.run(put, "in:web:1", 0)
        await until_performed(database, 1)
    assert begun == [0]


async def test_busy_lane_starves_nobody(database: Database) -> None:
    """A thousand jobs in one lane, and others still get their turn within a few leases."""
    before_calm: list[int] = []
    calm = asyncio.Event()

    def flood(session: Session) -> None:
        for n in range(1000):
            put(session, "in:web:busy", n)

    async def handler(lease: Lease, job: Job) -> None:
        await database.run(perform, lease, job)
        if lease.lane != "in:web:busy":
            before_calm.append(len((await database.read(performed))["in:web:busy"]))
            if len(before_calm) == 20:
                calm.set()

    await database.run(flood)
    async with pumping(database, handler, slots=1):
        for i in range(20):
            await database.run(put, f"in:web:{i}", 0)
        async with asyncio.timeout(20):
            await calm.wait()
    assert max(before_calm) < 200


async def test_drains(database: Database, performing: Handler) -> None:
    """When it stops, a pump finishes what is in hand, leaves the rest, and gives its lanes back."""
    in_hand = asyncio.Event()

    async def handler(lease: Lease, job: Job) -> None:
        in_hand.set()
        await asyncio.sleep(0.1)
        await performing(lease, job)

    async with pumping(database, handler):
        for n in range(3):
            await database.run(put, "in:web:1", n)
        await in_hand.wait()
    assert await database.read(performed) == {"in:web:1": [0]}
    assert await database.run(lanes.lease, "in", "another", datetime.now(UTC))
