"""The loop that works the lanes of one kind: lease, handle job after job, give back.

A pump has a number of slots; each works one lane at a time. A slot that is through with a lane
takes the next one in the same transaction, so a busy pump costs one transaction per job beside the
handler's own. Any number of pumps may run, in any number of processes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from channels import lanes
from channels.backoff import backoff
from channels.lanes import Job, Lease, LeaseLost, Unavailable
from channels.wakeups import Database

JOBS_PER_LEASE = 10
"""After so many jobs a busy lane goes behind the others."""

HEARTBEAT = lanes.LEASE / 3
SOON = timedelta(seconds=1)
MOMENT = timedelta(milliseconds=20)

log = structlog.get_logger()

Handler = Callable[[Lease, Job], Awaitable[None]]
"""Handles one job and commits its effects together with `lanes.finish`.

It may raise `Unavailable` (the lane rests, no attempt is counted), `LeaseLost` (somebody else does
the job) or anything else: a failed attempt at this job. What it does outside its transaction may
happen again.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A job in hand. ``served`` counts the jobs of this lease."""

    lease: Lease
    job: Job
    served: int = 1


@dataclass(frozen=True)
class Pump:
    """Works the lanes of one ``kind`` with at most ``slots`` handlers at once.

    ``owner`` names this worker, anew for each start of a process.
    """

    database: Database
    kind: str
    handler: Handler
    slots: int
    owner: str

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish the jobs in hand and give the lanes back."""
        free = asyncio.Semaphore(self.slots)

        async def serve(work: Work) -> None:
            try:
                await self._serve(work, stop)
            finally:
                free.release()

        async with self.database.listen(self.kind) as wakeups, asyncio.TaskGroup() as serving:
            while True:
                await free.acquire()
                if stop.is_set():
                    return
                try:
                    work = await self.database.run(_take, self.kind, self.owner, _now())
                    pause = lanes.LEASE if work else await self._pause()
                except Unavailable as error:
                    log.warning("lanes out of reach", kind=self.kind, reason=str(error))
                    work, pause = None, SOON
                if work is not None:
                    serving.create_task(serve(work))
                else:
                    free.release()
                    await _first(stop.wait(), wakeups.wait(pause.total_seconds()))

    async def _pause(self) -> timedelta:
        """How long until a lane can be leased without anybody saying so: a timer, a lapsed lease."""
        now = _now()
        ready_at = await self.database.run(lanes.next_ready, self.kind, now)
        # A lane whose row another transaction has locked just now is ready and yet not to be had.
        return min(max(ready_at - now, MOMENT), lanes.LEASE) if ready_at else lanes.LEASE

    async def _serve(self, work: Work | None, stop: asyncio.Event) -> None:
        """Work one lane after the other until there is none left."""
        while work is not None:
            lease = work.lease
            async with self._kept(lease):
                while work is not None and work.lease == lease:
                    work = await self._handle(work, stop)

    async def _handle(self, work: Work, stop: asyncio.Event) -> Work | None:
        """Handle one job and settle what became of it; the next one."""
        ids = {"lane": work.lease.lane, "job": work.job.id}
        try:
            try:
                await self.handler(work.lease, work.job)
            except Unavailable as error:
                log.warning("lane parked", reason=str(error), **ids)
                await self.database.run(lanes.park, work.lease, error.retry_at or _now() + SOON)
            except LeaseLost as error:
                log.warning("lease lost", reason=str(error), **ids)
            except Exception as error:
                log.exception("attempt failed", **ids)
                await self.database.run(_fail, work, error, random.random(), _now())
            return await self.database.run(_proceed, self.kind, work, _now(), stop.is_set())
        except Unavailable as error:
            # The lease lapses by itself, and whoever reaches the database first goes on.
            log.warning("lane left behind", reason=str(error), **ids)
            return None

    @asynccontextmanager
    async def _kept(self, lease: Lease) -> AsyncIterator[None]:
        """Renew the lease for as long as the lane is worked."""
        done = asyncio.Event()
        beating = asyncio.create_task(self._beat(lease, done))
        try:
            yield
        finally:
            done.set()
            await beating

    async def _beat(self, lease: Lease, done: asyncio.Event) -> None:
        while not done.is_set():
            try:
                await asyncio.wait_for(done.wait(), HEARTBEAT.total_seconds())
            except TimeoutError:
                try:
                    await self.database.run(lanes.heartbeat, lease, _now())
                except Unavailable:
                    continue  # the next beat may come through
                except LeaseLost:
                    return  # the handler will find out when it commits


def _take(session: Session, kind: str, owner: str, now: datetime) -> Work | None:
    """Lease the next lane and get its first job."""
    while (lease := lanes.lease(session, kind, owner, now)) is not None:
        if (job := lanes.next_job(session, lease, now)) is not None:
            return Work(lease, job)
        lanes.release(session, lease, now)
    return None


def _proceed(
    session: Session, kind: str, work: Work, now: datetime, stopping: bool
) -> Work | None:
    """The lane's next job or, when that lane is through, another lane's."""
    try:
        if not stopping and work.served < JOBS_PER_LEASE:
            job = lanes.next_job(session, work.lease, now)
            if job is not None:
                return Work(work.lease, job, work.served + 1)
        lanes.release(session, work.lease, now)
    except LeaseLost:
        pass  # parked, to be retried, or somebody else's
    return None if stopping else _take(session, kind, work.lease.owner, now)


def _fail(session: Session, work: Work, error: Exception, chance: float, now: datetime) -> None:
    """Count the failed attempt: try again after a rest or, after the last one, bury the job."""
    text = f"{type(error).__name__}: {error}"
    failures = work.job.attempts + 1
    if failures < lanes.ATTEMPTS:
        lanes.retry(session, work.lease, work.job, text, now, backoff(failures, chance))
    else:
        lanes.bury(session, work.lease, work.job, text, now)


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of these is over."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _now() -> datetime:
    return datetime.now(UTC)
