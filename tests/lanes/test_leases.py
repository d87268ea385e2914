"""Who may work a lane, and for how long.

Seen to fail when `SETTLE_JOB` does not compare the token, when `park` counts an attempt, and when
`release` leaves ``ready_at`` as it was (a busy lane then starves the others) or does not lock first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.util import await_only
from sqlmodel import Session, select

from bot.db import Database
from channels import lanes
from channels.lanes import ATTEMPTS, LEASE, Job, JobState, Lane, Lease, LeaseLost

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def put(session: Session, lane: str, n: int = 0) -> None:
    lanes.put(session, lane, {"n": n}, dedup=f"{lane}/{n}", now=NOW)


def take(session: Session, now: datetime, owner: str = "me") -> tuple[Lease, Job] | None:
    lease = lanes.lease(session, "in", owner, now)
    if lease is None:
        return None
    job = lanes.next_job(session, lease, now)
    assert job
    return lease, job


def only_job(session: Session) -> Job:
    return session.exec(select(Job)).one()


async def taken(database: Database, now: datetime, owner: str = "me") -> tuple[Lease, Job]:
    found = await database.run(take, now, owner)
    assert found
    return found


async def test_one_worker_at_a_time(database: Database) -> None:
    """A leased lane is nobody else's until the lease ends; a heartbeat prolongs it."""
    await database.run(put, "in:web:1")
    lease, _ = await taken(database, NOW)
    await database.run(lanes.heartbeat, lease, NOW + LEASE / 2)
    assert await database.run(take, NOW + LEASE) is None
    assert await database.read(lanes.next_ready, "in", NOW + LEASE) == NOW + LEASE * 1.5
    assert await database.run(take, NOW + LEASE * 1.5)


async def test_kinds_are_apart(database: Database) -> None:
    """Whoever works incoming lanes never gets an outgoing one."""
    await database.run(put, "out:web:1")
    assert await database.run(take, NOW) is None
    assert await database.run(lanes.lease, "out", "me", NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda session, lease, job: lanes.finish(session, lease, job, NOW),
        lambda session, lease, job: lanes.bury(session, lease, job, "error", NOW),
        lambda session, lease, job: lanes.retry(session, lease, job, "error", NOW, SECOND),
        lambda session, lease, job: lanes.park(session, lease, NOW + SECOND),
        lambda session, lease, job: lanes.release(session, lease, NOW),
        lambda session, lease, job: lanes.heartbeat(session, lease, NOW),
    ],
    ids=["finish", "bury", "retry", "park", "release", "heartbeat"],
)
async def test_fenced_off(database: Database, change: Callable[[Session, Lease, Job], None]) -> None:
    """Once the lane was taken over, even by itself, a worker can change nothing any more."""
    await database.run(put, "in:web:1")
    late = await taken(database, NOW)
    lease, job = await taken(database, NOW + LEASE)
    with pytest.raises(LeaseLost):
        await database.run(change, *late)
    assert await database.read(lanes.next_job, late[0], NOW) is None
    await database.run(change, lease, job)


async def test_undone_with_its_effects(database: Database) -> None:
    """What a fenced worker wrote in the same transaction is gone."""
    await database.run(put, "in:web:1")
    late = await taken(database, NOW)
    await taken(database, NOW + LEASE)

    def answer_and_finish(session: Session, lease: Lease, job: Job) -> None:
        put(session, "out:web:1")
        lanes.finish(session, lease, job, NOW)

    with pytest.raises(LeaseLost):
        await database.run(answer_and_finish, *late)
    assert await database.run(lanes.lease, "out", "me", NOW) is None


async def test_finished_once(database: Database) -> None:
    """A commit whose answer got lost is not repeated: the second time the job is settled already."""
    await database.run(put, "in:web:1")
    lease, job = await taken(database, NOW)
    await database.run(lanes.finish, lease, job, NOW)
    with pytest.raises(LeaseLost):
        await database.run(lanes.finish, lease, job, NOW)


async def test_failed_attempt(database: Database) -> None:
    """A failed attempt is counted, and the lane, with all that is behind, rests for a while."""
    await database.run(put, "in:web:1", 1)
    await database.run(put, "in:web:1", 2)
    lease, job = await taken(database, NOW)
    await database.run(lanes.retry, lease, job, "no answer", NOW, SECOND)
    assert await database.run(take, NOW) is None
    assert await database.read(lanes.next_ready, "in", NOW) == NOW + SECOND
    _, job = await taken(database, NOW + SECOND)
    assert (job.payload["n"], job.attempts, job.last_error) == (1, 1, "no answer")


async def test_unavailable_is_no_attempt(database: Database) -> None:
    """A parked lane rests, even if something new comes in, and no attempt is counted."""
    await database.run(put, "in:web:1", 1)
    lease, job = await taken(database, NOW)
    await database.run(lanes.park, lease, NOW + SECOND)
    await database.run(put, "in:web:1", 2)
    assert await database.run(take, NOW) is None
    _, job = await taken(database, NOW + SECOND)
    assert (job.payload["n"], job.attempts) == (1, 0)


async def test_dead_letter(database: Database) -> None:
    """A dead letter keeps its error and stands in nobody's way."""
    await database.run(put, "in:web:1", 1)
    await database.run(put, "in:web:1", 2)
    lease, job = await taken(database, NOW)
    await database.run(lanes.bury, lease, job, "poison", NOW)
    following = await database.run(lanes.next_job, lease, NOW)
    assert following and following.payload["n"] == 2
    buried = await database.read(Session.get_one, Job, job.id)
    assert (buried.state, buried.attempts, buried.last_error) == (JobState.DEAD, 1, "poison")


async def test_job_that_kills_its_worker(database: Database) -> None:
    """A vanished worker counts as an attempt: a job that takes every worker down dies in the end.

    Before that it comes to a handler that sees all attempts used up.
    """
    await database.run(put, "in:web:1")
    for n in range(ATTEMPTS + 1):
        _, job = await taken(database, NOW + n * LEASE, f"worker {n}")
        assert job.attempts == n
    lease = await database.run(lanes.lease, "in", "me", NOW + (ATTEMPTS + 1) * LEASE)
    assert lease
    assert await database.run(lanes.next_job, lease, NOW + (ATTEMPTS + 1) * LEASE) is None
    job = await database.read(only_job)
    assert (job.state, job.last_error) == (JobState.DEAD, f"the worker worker {ATTEMPTS} vanished")


async def test_longest_ready_first(database: Database) -> None:
    """A lane that is given back with work left goes behind the others."""
    for n in range(3):
        await database.run(put, "in:web:busy", n)
    await database.run(put, "in:web:calm")
    order = []
    for second in range(3):
        now = NOW + second * SECOND
        lease, job = await taken(database, now)
        await database.run(lanes.finish, lease, job, now)
        await database.run(lanes.release, lease, now + SECOND / 2)
        order.append(job.lane)
    assert order == ["in:web:busy", "in:web:calm", "in:web:busy"]


async def test_nothing_is_overlooked(postgres_url: str) -> None:
    """What is committed while a worker gives the lane back makes the lane ready again."""
    putting = asyncio.Event()

    def put_slowly(session: Session) -> None:
        put(session, "in:web:1", 2)
        putting.set()
        await_only(asyncio.sleep(0.1))

    async with await Database.open(postgres_url) as database:
        await database.run(put, "in:web:1", 1)
        lease, job = await taken(database, NOW)
        await database.run(lanes.finish, lease, job, NOW)
        arriving = asyncio.create_task(database.run(put_slowly))
        await putting.wait()
        await database.run(lanes.release, lease, NOW)
        await arriving
        _, job = await taken(database, NOW)
    assert job.payload["n"] == 2


async def test_times_are_utc(database: Database) -> None:
    """Times come back aware, in UTC, whatever zone they were given in."""
    elsewhere = NOW.astimezone().replace(microsecond=123456)
    await database.run(lanes.put, "in:web:1", {}, dedup="web:1", now=elsewhere)
    job = await database.read(only_job)
    assert job.created == elsewhere
    assert job.created.utcoffset() == timedelta()
    lane = await database.read(Session.get_one, Lane, "in:web:1")
    assert lane.ready_at == elsewhere
