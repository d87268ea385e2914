"""Dead letters, metrics, clearing up.

Mutation: leave the limit out of `purge`. Seen to fail, too, when `revive` does not make the lane ready, and
when `purge` takes dead letters along.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.db import Database
from bot.worker import forget
from channels import lanes, upkeep
from channels.lanes import Job, JobState
from channels.upkeep import MEMORY, Backlog

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def bury_one(session: Session) -> int:
    """A lane with a dead letter; its id."""
    job_id = lanes.put(session, "in:web:1", {}, dedup="web:1", now=NOW)
    assert job_id
    lease = lanes.lease(session, "in", "me", NOW)
    assert lease
    job = lanes.next_job(session, lease, NOW)
    assert job
    lanes.bury(session, lease, job, "poison", NOW)
    lanes.release(session, lease, NOW)
    return job_id


def get_job(session: Session, job_id: int) -> Job:
    return session.get_one(Job, job_id)


def finish_all(session: Session, now: datetime) -> None:
    while lease := lanes.lease(session, "in", "me", now):
        while job := lanes.next_job(session, lease, now):
            lanes.finish(session, lease, job, now)
        lanes.release(session, lease, now)


def keys(session: Session) -> list[str]:
    return sorted(session.exec(select(Job.dedup_key)))


async def test_revived(database: Database) -> None:
    """A revived dead letter is tried again, from the first attempt."""
    job_id = await database.run(bury_one)
    assert await database.run(lanes.lease, "in", "me", NOW) is None
    assert await database.run(upkeep.revive, job_id, NOW + SECOND)
    job = await database.read(get_job, job_id)
    assert (job.state, job.attempts) == (JobState.READY, 0)
    assert await database.run(lanes.lease, "in", "me", NOW + SECOND)
    assert not await database.run(upkeep.revive, job_id, NOW)


async def test_discarded(database: Database) -> None:
    """A discarded dead letter is settled, keeps its error and cannot be revived."""
    job_id = await database.run(bury_one)
    assert await database.run(upkeep.discard, job_id, NOW + SECOND)
    job = await database.read(get_job, job_id)
    assert (job.state, job.last_error, job.finished) == (JobState.DONE, "poison", NOW + SECOND)
    assert not await database.run(upkeep.revive, job_id, NOW)


async def test_backlog(database: Database) -> None:
    """Only what is due and not done counts, of one kind, from the time it was due."""
    assert await database.read(upkeep.backlog, "in", NOW) == Backlog(0, 0, timedelta())
    await database.run(bury_one)
    await database.run(lanes.put, "in:web:1", {}, dedup="a", now=NOW)
    await database.run(lanes.put, "in:web:2", {}, dedup="b", now=NOW, due=NOW + 2 * SECOND)
    await database.run(lanes.put, "in:web:3", {}, dedup="c", now=NOW, due=NOW + 9 * SECOND)
    await database.run(lanes.put, "out:web:1", {}, dedup="d", now=NOW - SECOND)
    assert await database.read(upkeep.backlog, "in", NOW + 5 * SECOND) == Backlog(2, 1, 5 * SECOND)


async def test_purge(database: Database) -> None:
    """Jobs that were done long ago are forgotten; dead letters and waiting jobs are not."""
    await database.run(bury_one)
    await database.run(lanes.put, "in:web:1", {}, dedup="old", now=NOW)
    await database.run(finish_all, NOW)
    await database.run(lanes.put, "in:web:1", {}, dedup="newer", now=NOW)
    await database.run(finish_all, NOW + SECOND)
    await database.run(lanes.put, "in:web:1", {}, dedup="waiting", now=NOW)
    assert await database.run(upkeep.purge, NOW + SECOND, NOW + 2 * MEMORY) == 1
    assert await database.read(keys) == ["newer", "waiting", "web:1"]


async def test_purge_in_batches(database: Database) -> None:
    """A heap is forgotten piece by piece, the oldest first; the worker goes on until there is none."""
    for number in range(7):
        await database.run(lanes.put, f"in:web:{number}", {}, dedup=f"{number}", now=NOW)
        await database.run(finish_all, NOW + number * SECOND)
    later = NOW + 2 * MEMORY
    assert await database.run(upkeep.purge, NOW + SECOND * 6, later, 2) == 2
    assert await database.read(keys) == ["2", "3", "4", "5", "6"]
    assert await forget(database, NOW + SECOND * 6, later, asyncio.Event()) == 4
    assert await database.read(keys) == ["6"]


async def test_purge_too_soon(database: Database) -> None:
    """The memory against redelivery lasts a week at least."""
    with pytest.raises(ValueError, match="7 days"):
        await database.run(upkeep.purge, NOW, NOW + MEMORY - SECOND)
