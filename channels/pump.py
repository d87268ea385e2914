"""The loop that works the lanes of one kind: lease, handle job after job, give back.

A pump has a number of slots; each works one lane at a time. A slot that is through with a lane
takes the next one in the transaction that settles its last job, so a busy pump costs no transaction
beside the handlers' own. Every look for work also says when there will be more, so that none is made in vain.
Any number of pumps may run, in any number of processes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog
from sqlmodel import Session

from channels import lanes
from channels.backoff import backoff
from channels.lanes import Job, Lease, LeaseLost, Unavailable
from channels.wakeups import Database, Listener

JOBS_PER_LEASE = 10
"""After so many jobs a busy lane goes behind the others."""

SOON = timedelta(seconds=1)
MOMENT = timedelta(milliseconds=20)

log = structlog.get_logger()

Handler = Callable[[Lease, Job], Awaitable[None]]
"""Handles one job and commits its effects together with `lanes.finish`.

It may raise `Unavailable` (the lane rests, or all of them do; no attempt is counted), `LeaseLost`
(somebody else does the job) or anything else: a failed attempt at this job. What it does outside its
transaction may happen again.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A job in hand. ``served`` counts the jobs of this lease."""

    lease: Lease
    job: Job
    served: int = 1


class Found(NamedTuple):
    """What a look came to: work, if there is any, and when there will be more, if that is known."""

    work: Work | None = None
    more_at: datetime | None = None


class _Ahead:
    """What comes after a job, found in the very transaction that settles it."""

    def __init__(self, work: Work, resting: Callable[[], bool]) -> None:
        self._work, self._resting = work, resting
        self.found: Found | None = None
        """``None`` if no such transaction has been committed; each attempt at one replaces the last."""

    def look(self, session: Session, now: datetime) -> None:
        """Called by `lanes.finish` and `lanes.bury`."""
        self.found = _proceed(session, self._work, now, self._resting())


class _Alarm:
    """When to look for work again: as soon as somebody says so, or at the earliest moment that was named.

    One event and one timer of the loop, and no task: a wait that is cancelled while another ends can
    swallow either (`asyncio.wait_for` did here: a busy pump slept for seconds beside lanes that were ready).
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        self._at = _now()
        self._timer: asyncio.TimerHandle | None = None
        self._pause = self._at

    def pause(self, until: datetime) -> None:
        """Look at nothing before this moment, and then look."""
        self._pause = max(self._pause, until)
        self.set(self._pause)

    @property
    def paused(self) -> bool:
        """Whether that moment has not come."""
        return _now() < self._pause

    def rest(self) -> None:
        """Before a look: what becomes ready meanwhile is named by whoever sees it."""
        self._rung.clear()
        self._arm(self._pause if self.paused else _now() + lanes.GLANCES * lanes.LEASE)

    def set(self, at: datetime | None) -> None:
        """Look at this moment at the latest; ``None`` names none."""
        if at is not None and at < self._at:
            self._arm(at)

    def ring(self) -> None:
        """Look now."""
        self._rung.set()

    async def rings(self) -> None:
        """Return when it is time."""
        await self._rung.wait()

    def stop(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, at: datetime) -> None:
        self.stop()
        self._at = at
        if (pause := (at - _now()).total_seconds()) > 0:
            self._timer = self._loop.call_later(pause, self.ring)
        else:
            self.ring()


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
        alarm = _Alarm()

        async def serve(work: Work) -> None:
            try:
                await self._serve(work, stop, alarm)
            finally:
                free.release()

        async with self.database.listen(self.kind) as wakeups, asyncio.TaskGroup() as serving:
            ears = [serving.create_task(_hear(wakeups, alarm)), serving.create_task(_heed(stop, alarm))]
            while True:
                await free.acquire()
                if stop.is_set():
                    break
                if (work := await self._look(alarm)) is not None:
                    serving.create_task(serve(work))
                else:
                    free.release()
                await alarm.rings()
            for ear in ears:
                ear.cancel()
        alarm.stop()

    async def _look(self, alarm: _Alarm) -> Work | None:
        """Work for a free slot."""
        now = _now()
        alarm.rest()
        if alarm.paused:
            return None
        try:
            work, more_at = await self.database.run(_take, self.kind, self.owner, now)
        except Unavailable as error:
            log.warning("lanes out of reach", kind=self.kind, reason=str(error))
            alarm.set(now + SOON)
            return None
        # A lane whose row another transaction has locked just now is ready and yet not to be had.
        alarm.set(more_at if work or more_at is None else max(more_at, now + MOMENT))
        return work

    async def _serve(self, work: Work | None, stop: asyncio.Event, alarm: _Alarm) -> None:
        """Work one lane after the other until there is none left."""
        while work is not None:
            lease = work.lease
            async with self._kept(lease):
                while work is not None and work.lease == lease:
                    work = await self._handle(work, stop, alarm)

    async def _handle(self, work: Work, stop: asyncio.Event, alarm: _Alarm) -> Work | None:
        """Handle one job and settle what became of it; the next one."""

        def resting() -> bool:
            return stop.is_set() or alarm.paused

        ahead = _Ahead(work, resting)
        try:
            await self._attempt(work, ahead, alarm)
            found = ahead.found
            if found is None:
                found = await self.database.run(_proceed, work, _now(), resting())
        except Unavailable as error:
            log.warning("lane out of reach", lane=work.lease.lane, reason=str(error))
            await self._give_back(work.lease, stop)
            alarm.set(_now())
            return None
        alarm.set(found.more_at)
        return found.work

    async def _give_back(self, lease: Lease, stop: asyncio.Event) -> None:
        """Give the lane back when the database is there again: a lapsed lease would look like a crash."""
        with suppress(LeaseLost):
            while not stop.is_set():
                await asyncio.sleep(SOON.total_seconds())
                with suppress(Unavailable):
                    await self.database.run(lanes.park, lease, _now())
                    return

    async def _attempt(self, work: Work, ahead: _Ahead, alarm: _Alarm) -> None:
        ids = {"lane": work.lease.lane, "job": work.job.id}
        try:
            try:
                try:
                    await self.handler(replace(work.lease, settled=ahead.look), work.job)
                except BaseException:
                    ahead.found = None  # what it saw was rolled back
                    raise
            except LeaseLost:
                raise
            except Unavailable as error:
                # Whoever owns the thing that is away says so, once; here it would be a line for each lane.
                log.debug("lane parked", reason=str(error), **ids)
                retry_at = error.retry_at or _now() + SOON
                if error.for_all:
                    alarm.pause(retry_at)
                await self.database.run(lanes.park, work.lease, retry_at)
            except Exception as error:
                log.exception("attempt failed", **ids)
                await self.database.run(_fail, work, f"{type(error).__name__}: {error}", _now())
        except LeaseLost as error:
            log.warning("lease lost", reason=str(error), **ids)

    @asynccontextmanager
    async def _kept(self, lease: Lease) -> AsyncIterator[None]:
        """Renew the lease for as long as the lane is worked; most jobs are done before the first time."""
        loop, pause = asyncio.get_running_loop(), lanes.LEASE.total_seconds() / 3
        beating: asyncio.Task[None] | None = None
        timer: asyncio.TimerHandle

        def beat() -> None:
            nonlocal timer, beating
            if beating is None or beating.done():
                beating = loop.create_task(self._beat(lease))
            timer = loop.call_later(pause, beat)

        timer = loop.call_later(pause, beat)
        try:
            yield
        finally:
            timer.cancel()
            if beating is not None:
                await beating

    async def _beat(self, lease: Lease) -> None:
        with suppress(Unavailable, LeaseLost):  # the next may come through; a commit will tell
            await self.database.run(lanes.heartbeat, lease, _now())


def _take(session: Session, kind: str, owner: str, now: datetime) -> Found:
    """Lease the next lane and get its first job."""
    work = None
    while work is None and (lease := lanes.lease(session, kind, owner, now)) is not None:
        if (job := lanes.next_job(session, lease, now)) is not None:
            work = Work(lease, job)
        else:
            lanes.release(session, lease, now)
    return Found(work, lanes.next_ready(session, kind, now))


def _proceed(session: Session, work: Work, now: datetime, resting: bool) -> Found:
    """The lane's next job or, when that lane is through, another lane's; none if the pump is to rest."""
    lease = work.lease
    try:
        job = lanes.next_job(session, lease, now)
        if job is not None and job.id == work.job.id:
            _fail(session, work, "its handler left it unfinished", now)
        elif job is not None and work.served < JOBS_PER_LEASE and not resting:
            return Found(Work(lease, job, work.served + 1))
        lanes.release(session, lease, now)
    except LeaseLost:
        pass  # the lane rests, or is somebody else's
    return Found() if resting else _take(session, lease.kind, lease.owner, now)


def _fail(session: Session, work: Work, error: str, now: datetime) -> None:
    """Count the failed attempt: try again after a rest or, after the last one, bury the job."""
    failures = work.job.attempts + 1
    if failures < lanes.ATTEMPTS:
        lanes.retry(session, work.lease, work.job, error, now, backoff(failures, random.random()))
    else:
        lanes.bury(session, work.lease, work.job, error, now)


async def _hear(wakeups: Listener, alarm: _Alarm) -> None:
    while True:
        await wakeups.wait()
        alarm.ring()


async def _heed(stop: asyncio.Event, alarm: _Alarm) -> None:
    await stop.wait()
    alarm.ring()


def _now() -> datetime:
    return datetime.now(UTC)
