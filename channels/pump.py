"""The loop that works the lanes of one kind: lease, handle job after job, give back.

A pump has a number of slots; each works one lane at a time. A slot that is through with a lane
takes the next one in the same transaction, so a busy pump costs one transaction per job beside the
handler's own. Any number of pumps may run, in any number of processes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
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
        left = asyncio.Event()  # a slot has left its lane, to a rest or a timer: look when that ends

        async def serve(work: Work) -> None:
            try:
                await self._serve(work, stop)
            finally:
                free.release()
                left.set()

        async with self.database.listen(self.kind) as wakeups, asyncio.TaskGroup() as serving:
            while True:
                await free.acquire()
                if stop.is_set():
                    return
                work, pause = await self._look()
                if work is not None:
                    serving.create_task(serve(work))
                else:
                    free.release()
                    await _first(stop.wait(), left.wait(), wakeups.wait(pause.total_seconds()))
                    left.clear()

    async def _look(self) -> tuple[Work | None, timedelta]:
        """Work for a free slot or else how long to wait, unless woken, before looking again."""
        now = _now()
        try:
            work, ready_at = await self.database.run(_take_or_await, self.kind, self.owner, now)
        except Unavailable as error:
            log.warning("lanes out of reach", kind=self.kind, reason=str(error))
            return None, SOON
        # A lane whose row another transaction has locked just now is ready and yet not to be had.
        return work, min(max(ready_at - now, MOMENT), lanes.LEASE) if ready_at else lanes.LEASE

    async def _serve(self, work: Work | None, stop: asyncio.Event) -> None:
        """Work one lane after the other until there is none left."""
        while work is not None:
            lease = work.lease
            async with self._kept(lease):
                while work is not None and work.lease == lease:
                    work = await self._handle(work, stop)

    async def _handle(self, work: Work, stop: asyncio.Event) -> Work | None:
        """Handle one job and settle what became of it; the next one."""
        try:
            await self._attempt(work)
            return await self.database.run(_proceed, work, _now(), stop.is_set())
        except Unavailable as error:
            log.warning("lane out of reach", lane=work.lease.lane, reason=str(error))
            await self._give_back(work.lease, stop)
            return None

    async def _give_back(self, lease: Lease, stop: asyncio.Event) -> None:
        """Give the lane back when the database is there again: a lapsed lease would look like a crash."""
        with suppress(LeaseLost):
            while not stop.is_set():
                await asyncio.sleep(SOON.total_seconds())
                with suppress(Unavailable):
                    await self.database.run(lanes.park, lease, _now())
                    return

    async def _attempt(self, work: Work) -> None:
        ids = {"lane": work.lease.lane, "job": work.job.id}
        try:
            try:
                await self.handler(work.lease, work.job)
            except LeaseLost:
                raise
            except Unavailable as error:
                # Whoever owns the thing that is away says so, once; here it would be a line for each lane.
                log.debug("lane parked", reason=str(error), **ids)
                await self.database.run(lanes.park, work.lease, error.retry_at or _now() + SOON)
            except Exception as error:
                log.exception("attempt failed", **ids)
                await self.database.run(_fail, work, f"{type(error).__name__}: {error}", _now())
        except LeaseLost as error:
            log.warning("lease lost", reason=str(error), **ids)

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
                await asyncio.wait_for(done.wait(), lanes.LEASE.total_seconds() / 3)
            except TimeoutError:
                with suppress(Unavailable, LeaseLost):  # the next may come through; a commit will tell
                    await self.database.run(lanes.heartbeat, lease, _now())


def _take(session: Session, kind: str, owner: str, now: datetime) -> Work | None:
    """Lease the next lane and get its first job."""
    while (lease := lanes.lease(session, kind, owner, now)) is not None:
        if (job := lanes.next_job(session, lease, now)) is not None:
            return Work(lease, job)
        lanes.release(session, lease, now)
    return None


def _take_or_await(
    session: Session, kind: str, owner: str, now: datetime
) -> tuple[Work | None, datetime | None]:
    """Work or, without any, when there will be some."""
    work = _take(session, kind, owner, now)
    return work, None if work else lanes.next_ready(session, kind, now)


def _proceed(session: Session, work: Work, now: datetime, stopping: bool) -> Work | None:
    """The lane's next job or, when that lane is through, another lane's."""
    lease = work.lease
    try:
        job = lanes.next_job(session, lease, now)
        if job is not None and job.id == work.job.id:
            _fail(session, work, "its handler left it unfinished", now)
        elif job is not None and work.served < JOBS_PER_LEASE and not stopping:
            return Work(lease, job, work.served + 1)
        lanes.release(session, lease, now)
    except LeaseLost:
        pass  # the lane rests, or is somebody else's
    return None if stopping else _take(session, lease.kind, lease.owner, now)


def _fail(session: Session, work: Work, error: str, now: datetime) -> None:
    """Count the failed attempt: try again after a rest or, after the last one, bury the job."""
    failures = work.job.attempts + 1
    if failures < lanes.ATTEMPTS:
        lanes.retry(session, work.lease, work.job, error, now, backoff(failures, random.random()))
    else:
        lanes.bury(session, work.lease, work.job, error, now)


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
