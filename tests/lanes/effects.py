"""What a job in these tests does: leave a row behind, in the transaction that finishes it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlmodel import Field, Session, SQLModel, col, func, select

from bot.db import Database
from channels import lanes
from channels.lanes import Job, Lease
from channels.wakeups import notify


class Effect(SQLModel, table=True):
    """The trace of one handled job, numbered in the order of the commits in its lane."""

    __tablename__ = "test_effect"
    __table_args__ = ({"info": {"audited": False}},)

    id: int | None = Field(default=None, primary_key=True)
    lane: str
    n: int
    worker: str


def put(session: Session, lane: str, n: int, pause: float = 0) -> None:
    """Put message ``n`` into the lane; its worker will take ``pause`` seconds over it."""
    lanes.put(session, lane, {"n": n, "pause": pause}, dedup=f"{lane}:{n}", now=datetime.now(UTC))


def perform(session: Session, lease: Lease, job: Job) -> None:
    """Leave the trace and finish the job."""
    session.add(Effect(lane=job.lane, n=job.payload["n"], worker=lease.owner))
    lanes.finish(session, lease, job, datetime.now(UTC))
    notify(session, "performed")


def performed(session: Session) -> dict[str, list[int]]:
    """What was done in each lane, in order."""
    traces: dict[str, list[int]] = {}
    for effect in session.exec(select(Effect).order_by(col(Effect.id))):
        traces.setdefault(effect.lane, []).append(effect.n)
    return traces


async def until_performed(database: Database, jobs: int) -> dict[str, list[int]]:
    """What was done, as soon as it is so many jobs; ``TimeoutError`` if that takes too long."""

    def count(session: Session) -> int:
        return session.exec(select(func.count()).select_from(Effect)).one()

    async with asyncio.timeout(40), database.listen("performed") as ear:
        while await database.read(count) < jobs:
            await ear.wait(timeout=1)
    return await database.read(performed)


def workers(session: Session) -> set[str]:
    """Who did something."""
    return set(session.exec(select(Effect.worker).distinct()))
