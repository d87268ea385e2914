"""Durable, ordered lanes: what is put in is handled once, in order, whatever crashes.

A *lane* is one conversation in one direction (``in:<conversation>``, ``out:<conversation>``); the
word before the colon is its *kind*. A *job* is a message in a lane, or a timer: a job with a due
time. Within a lane jobs are handled one by one in the order of their commits; lanes run in
parallel. A timer takes its place by its due time: it comes after what arrived earlier and before
what arrived later, and until it is due it holds nobody up.

A worker *leases* a lane for `LEASE`, renews the lease by `heartbeat`, and finishes each job in the
same transaction as the job's effects. Every lease has its own fencing token: a worker that was
stopped, and whose lane was taken over meanwhile, gets `LeaseLost` and its transaction is undone.

All functions here belong into a unit of work: they take its ``session``, and ``now`` in UTC. They
change the lane row first, so that the lane's lock, not the clock, decides the order.

Errors::

    LaneError
    ├── LeaseLost       the lane, or the job, is no longer this worker's: undo everything
    └── Unavailable     something the job needs is away: no attempt, the lane rests until it is back
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, delete, func, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from channels.wakeups import notify

LEASE = timedelta(seconds=10)
"""How long a lane stays with a worker that is not heard of again."""

ATTEMPTS = 5
"""How often one job is tried before it becomes a dead letter."""


class LaneError(Exception):
    """Anything that a lane refuses."""


class LeaseLost(LaneError):
    """Another worker has the lane, or the job is settled already."""


class Unavailable(LaneError):
    """Something the job needs is away until about ``retry_at`` (``None``: soon)."""

    def __init__(self, reason: str, retry_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.retry_at = retry_at


class JobState(StrEnum):
    """``ready`` waits for its turn or its due time, ``done`` is the memory against redelivery."""

    READY = "ready"
    DONE = "done"
    DEAD = "dead"


class Lane(SQLModel, table=True):
    """One conversation in one direction.

    ``ready_at`` is since when, or from when, it has something to do: never later than the truth,
    ``None`` for nothing. Nobody may lease it before ``free_at``: the end of the present lease, or
    of a rest. ``tail`` is the position of the last message.
    """

    __table_args__ = (Index("lane_ready", "kind", "ready_at"),)

    key: str = Field(primary_key=True)
    kind: str
    tail: int = Field(default=0, sa_type=BigInteger)
    ready_at: datetime | None = None
    free_at: datetime
    owner: str | None = None
    fence: int = 0


class Job(SQLModel, table=True):
    """A message or a timer in a lane.

    ``position`` is where it stands, in microseconds since 1970 so that timers fit in between;
    ``order_key`` sorts messages that the platform delivered in parallel.
    """

    __table_args__ = (
        Index("job_turn", "lane", "state", "position", "order_key"),
        Index("job_state_finished", "state", "finished"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    )
    lane: str = Field(foreign_key="lane.key")
    dedup_key: str = Field(unique=True)
    position: int = Field(sa_type=BigInteger)
    order_key: int | None = Field(default=None, sa_type=BigInteger)
    payload: dict[str, Any] = Field(sa_type=JSON)
    state: str = JobState.READY
    attempts: int = 0
    due: datetime | None = None
    last_error: str | None = None
    created: datetime
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to handle a lane's jobs, worth nothing once ``fence`` has moved on."""

    lane: str
    owner: str
    fence: int


def put(
    session: Session,
    lane: str,
    payload: Mapping[str, Any],
    *,
    dedup: str,
    now: datetime,
    due: datetime | None = None,
    order: int | None = None,
) -> Job | None:
    """Add a job to the lane; ``None`` if ``dedup`` is known already (a redelivery).

    ``dedup`` is unique over all lanes while the job is kept, so it begins with its source. With
    ``due`` the job is a timer. ``order`` is the platform's own order: a message that was overtaken
    on the way is put before those of a higher order that still wait.
    """
    row = _open(session, lane, now)
    if due is not None:
        position = _microseconds(due)
    else:
        position = row.tail = max(_microseconds(now), row.tail + 1)
        if order is not None:
            position = min(position, _overtaken(session, lane, order) or position)
    job = session.scalar(
        _insert(session, Job)
        .values(
            lane=lane,
            dedup_key=dedup,
            position=position,
            order_key=order,
            payload=dict(payload),
            due=due,
            created=now,
        )
        .on_conflict_do_nothing(index_elements=["dedup_key"])
        .returning(Job)
    )
    if job is not None:
        make_ready(session, row, due or now)
    return job


def lease(session: Session, kind: str, owner: str, now: datetime) -> Lease | None:
    """Lease the lane of this kind that has been ready for longest; ``None`` if there is none.

    ``owner`` names the worker, anew for each start of a process. A lane whose worker vanished is
    taken over when its lease has ended; that counts as an attempt at the job the worker had in
    hand, or a message that kills the process would do so for ever.
    """
    row = session.exec(
        select(Lane)
        .where(col(Lane.kind) == kind, col(Lane.ready_at) <= now, col(Lane.free_at) <= now)
        .order_by(col(Lane.ready_at))
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    ).first()
    if row is None:
        return None
    if row.owner is not None and (job := session.exec(_turn(row.key, now)).first()):
        job.attempts += 1
        job.last_error = f"the worker {row.owner} vanished"
        if job.attempts >= ATTEMPTS:
            job.state, job.finished = JobState.DEAD, now
    row.owner = owner
    row.fence += 1
    row.free_at = now + LEASE
    return Lease(row.key, owner, row.fence)


def next_ready(session: Session, kind: str, now: datetime) -> datetime | None:
    """When the next lane of this kind can be leased: a timer, the end of a rest or of a lease."""
    held = select(func.min(Lane.free_at)).where(col(Lane.kind) == kind, col(Lane.ready_at) <= now)
    later = select(func.min(Lane.ready_at)).where(col(Lane.kind) == kind, col(Lane.ready_at) > now)
    return min(filter(None, (session.scalar(held), session.scalar(later))), default=None)


def next_job(session: Session, lease: Lease, now: datetime) -> Job | None:
    """The lane's next job, ``None`` if nothing is due. Raises `LeaseLost`."""
    _check(session.get(Lane, lease.lane), lease)
    return session.exec(_turn(lease.lane, now)).first()


def heartbeat(session: Session, lease: Lease, now: datetime) -> None:
    """Keep the lane for another `LEASE`. Raises `LeaseLost`."""
    _hold(session, lease).free_at = now + LEASE


def finish(session: Session, lease: Lease, job: Job, now: datetime) -> None:
    """Mark the job done, in the transaction of its effects. Raises `LeaseLost`."""
    _hold(session, lease)
    _settle(session, job, state=JobState.DONE, finished=now)


def bury(session: Session, lease: Lease, job: Job, error: str, now: datetime) -> None:
    """Make the job a dead letter; the lane goes on with the next. Raises `LeaseLost`."""
    _hold(session, lease)
    _settle(
        session, job, state=JobState.DEAD, finished=now, attempts=job.attempts + 1, last_error=error
    )


def retry(
    session: Session, lease: Lease, job: Job, error: str, now: datetime, wait: timedelta
) -> None:
    """Count a failed attempt and give the lane back, to rest for ``wait``. Raises `LeaseLost`."""
    row = _hold(session, lease)
    _settle(session, job, attempts=job.attempts + 1, last_error=error)
    _rest(row, now + wait)


def park(session: Session, lease: Lease, until: datetime) -> None:
    """Give the lane back, to rest until then; no attempt is counted. Raises `LeaseLost`."""
    _rest(_hold(session, lease), until)


def release(session: Session, lease: Lease, now: datetime) -> None:
    """Give the lane back, behind the other lanes that are ready. Raises `LeaseLost`."""
    row = _hold(session, lease)
    next_due = session.scalar(
        select(func.min(func.coalesce(Job.due, Job.created))).where(
            col(Job.lane) == row.key, col(Job.state) == JobState.READY
        )
    )
    row.owner, row.free_at, row.ready_at = None, now, None
    if next_due is not None:
        make_ready(session, row, max(next_due, now))


def cancel(session: Session, dedup: str, now: datetime) -> bool:
    """Delete a timer that is not due yet; ``False`` if there is none."""
    timer = session.scalar(
        delete(Job)
        .where(col(Job.dedup_key) == dedup, col(Job.state) == JobState.READY, col(Job.due) > now)
        .returning(col(Job.id))
    )
    return timer is not None


def make_ready(session: Session, lane: Lane, at: datetime) -> None:
    """Let the lane, whose row is locked, be leased from ``at`` on, and wake the workers."""
    if lane.ready_at is None or at < lane.ready_at:
        lane.ready_at = at
    notify(session, lane.kind)


def _open(session: Session, key: str, now: datetime) -> Lane:
    """The lane's row, made if it is new, and locked until the unit of work ends."""
    if (lane := _locked(session, key)) is not None:
        return lane
    kind, colon, conversation = key.partition(":")
    if not (kind and colon and conversation):
        raise ValueError(f"a lane is named <kind>:<conversation>, not {key!r}")
    # Two first messages at once: one makes the lane, the other waits here and finds it.
    session.exec(
        _insert(session, Lane)
        .values(key=key, kind=kind, free_at=now)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    return _locked(session, key) or _open(session, key, now)


def _locked(session: Session, key: str) -> Lane | None:
    # "key_share" lets other transactions insert jobs that refer to the row.
    return session.get(Lane, key, with_for_update={"key_share": True})


def _hold(session: Session, lease: Lease) -> Lane:
    """The leased lane's row, locked: from here to the commit nobody can take it over."""
    return _check(_locked(session, lease.lane), lease)


def _check(lane: Lane | None, lease: Lease) -> Lane:
    if lane is None or (lane.owner, lane.fence) != (lease.owner, lease.fence):
        raise LeaseLost(f"{lease.lane} is no longer leased under token {lease.fence}")
    return lane


def _rest(lane: Lane, until: datetime) -> None:
    lane.owner = None
    lane.free_at = lane.ready_at = until


def _settle(session: Session, job: Job, **values: object) -> None:
    """Change a job that is still ready; one that is not was settled by a commit whose answer got lost."""
    changed = session.scalar(
        update(Job)
        .where(col(Job.id) == job.id, col(Job.state) == JobState.READY)
        .values(**values)
        .returning(col(Job.id))
    )
    if changed is None:
        raise LeaseLost(f"job {job.id} is settled already")


def _turn(lane: str, now: datetime) -> SelectOfScalar[Job]:
    """The job whose turn it is."""
    return (
        select(Job)
        .where(
            col(Job.lane) == lane,
            col(Job.state) == JobState.READY,
            or_(col(Job.due).is_(None), col(Job.due) <= now),
        )
        .order_by(col(Job.position), col(Job.order_key), col(Job.id))
        .limit(1)
    )


def _overtaken(session: Session, lane: str, order: int) -> int | None:
    """The position of the first waiting job that this one should have preceded."""
    return session.scalar(
        select(func.min(Job.position)).where(
            col(Job.lane) == lane, col(Job.state) == JobState.READY, col(Job.order_key) > order
        )
    )


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _insert(session: Session, table: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
    """An insert that can skip a duplicate, which each database spells for itself."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
