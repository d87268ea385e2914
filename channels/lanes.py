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
lock the lane's row, so that the order of commits decides, and not the clock. Whoever locks other
rows as well, such as the conversation's, locks those first, or two units of work wait for each other.

Errors::

    LaneError
    ├── LeaseLost       the lane, or the job, is no longer this worker's: undo everything
    └── Unavailable     something the job needs is away: no attempt, the lane rests until it is back
        └── TooEarly    nothing is away, it is only not time yet
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from channels import lane_statements as sql
from channels.lane_tables import Job, JobState, Lane
from channels.prepared import Prepared
from channels.wakeups import notify

__all__ = ["Job", "JobState", "Lane", "Lease", "LeaseLost", "Unavailable"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JOB = tuple(SQLModel.metadata.tables["job"].c.keys())

LEASE = timedelta(seconds=10)
"""How long a lane stays with a worker that is not heard of again."""

GLANCES = 0.5
"""The part of a `LEASE` after which a worker looks for work even if nobody has woken it."""

ATTEMPTS = 5
"""How often one job is tried before it becomes a dead letter."""


class LaneError(Exception):
    """Anything that a lane refuses."""


class LeaseLost(LaneError):
    """Another worker has the lane, or the job is settled already."""


class Unavailable(LaneError):
    """Something the job needs is away until about ``retry_at`` (``None``: soon).

    ``for_all``: every lane of this kind needs it, so there is no sense in looking at the next one.
    """

    def __init__(self, reason: str, retry_at: datetime | None = None, *, for_all: bool = False) -> None:
        super().__init__(reason)
        self.retry_at = retry_at
        self.for_all = for_all


class TooEarly(Unavailable):
    """Nothing is away; it is only not time yet."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to handle a lane's jobs, worth nothing once ``fence`` has moved on.

    ``settled`` is called in every transaction that finishes or buries a job under this lease, so that
    its holder can find what comes next without a transaction for that alone.
    """

    lane: str
    owner: str
    fence: int
    settled: Callable[[Session, datetime], None] | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> str:
        """The word before the colon."""
        return self.lane.partition(":")[0]


def put(
    session: Session,
    lane: str,
    payload: Mapping[str, Any],
    *,
    dedup: str,
    now: datetime,
    due: datetime | None = None,
    order: int | None = None,
) -> int | None:
    """Add a job to the lane: its id, or ``None`` if ``dedup`` is known already (a redelivery).

    ``dedup`` is unique over all lanes while the job is kept, so it begins with its source. With
    ``due`` the job is a timer. ``order`` is the platform's own order: a message that was overtaken
    on the way is put before those of a higher order that still wait. Raises ``ValueError`` if the
    lane's name has no kind.
    """
    kind, colon, conversation = lane.partition(":")
    if not (kind and colon and conversation):
        raise ValueError(f"a lane is named <kind>:<conversation>, not {lane!r}")
    position = sql.OPEN_LANE.scalar(
        session,
        {
            "key": lane,
            "kind": kind,
            "floor": _microseconds(now) if due is None else 0,
            "step": 1 if due is None else 0,
            "until": due or now,
            "now": now,
        },
    )
    if due is not None:
        position = _microseconds(due)
    if order is not None:
        overtaken = sql.OVERTAKEN.scalar(session, {"this": lane, "order": order})
        position = min(position, overtaken or position)
    job: int | None = sql.ADD_JOB.scalar(
        session,
        {
            "lane": lane,
            "dedup_key": dedup,
            "position": position,
            "order_key": order,
            "payload": dict(payload),
            "due": due,
            "created": now,
        },
    )
    # A timer far ahead wakes nobody: workers look for themselves before it is due.
    if job is not None and (due is None or due < now + GLANCES * LEASE):
        notify(session, kind)
    return job


def lease(session: Session, kind: str, owner: str, now: datetime) -> Lease | None:
    """Lease the lane of this kind that has been ready for longest; ``None`` if there is none.

    ``owner`` names the worker, anew for each start of a process. A lane whose worker vanished is
    taken over when its lease has ended; that counts as an attempt at the job that the worker had in
    hand, or a message that kills the process would do so for ever. One whose attempts are used up
    comes once more, for its handler to give it up properly; after that it is a dead letter as it is.
    """
    ready = sql.READY_LANE.first(session, {"kind": kind, "now": now})
    if ready is None:
        return None
    lane, vanished = ready
    if vanished not in (None, owner):
        error = f"the worker {vanished} vanished"
        sql.BLAME_JOB.run(session, {"this": lane, "error": error, "limit": ATTEMPTS + 1, "now": now})
    token = sql.LEASE_LANE.scalar(session, {"this": lane, "held_by": owner, "until": now + LEASE})
    return Lease(lane, owner, token)


def next_ready(session: Session, kind: str, now: datetime) -> datetime | None:
    """When the next lane of this kind can be leased: a timer, the end of a rest or of a lease."""
    ((free, ready),) = sql.NEXT_READY.rows(session, {"kind": kind, "now": now})
    return min(filter(None, (free, ready)), default=None)


def next_job(session: Session, lease: Lease, now: datetime) -> Job | None:
    """The lane's next job; ``None`` if nothing is due, or the lane is no longer ours."""
    row = sql.NEXT_JOB.first(session, {**_proof(lease), "now": now})
    return None if row is None else Job(**dict(zip(_JOB, row, strict=True)))


def heartbeat(session: Session, lease: Lease, now: datetime) -> None:
    """Keep the lane for another `LEASE`. Raises `LeaseLost`."""
    _change(session, sql.KEEP_LANE, lease, until=now + LEASE)


def finish(session: Session, lease: Lease, job: Job, now: datetime) -> None:
    """Mark the job done, in the transaction of its effects. Raises `LeaseLost`."""
    _settle(session, lease, job, JobState.DONE, job.attempts, job.last_error, now)
    if lease.settled is not None:
        lease.settled(session, now)


def bury(session: Session, lease: Lease, job: Job, error: str, now: datetime) -> None:
    """Make the job a dead letter; the lane goes on with the next. Raises `LeaseLost`."""
    _settle(session, lease, job, JobState.DEAD, job.attempts + 1, error, now)
    if lease.settled is not None:
        lease.settled(session, now)


def retry(session: Session, lease: Lease, job: Job, error: str, now: datetime, wait: timedelta) -> None:
    """Count a failed attempt and give the lane back, to rest for ``wait``. Raises `LeaseLost`."""
    _settle(session, lease, job, JobState.READY, job.attempts + 1, error, None)
    park(session, lease, now + wait)


def park(session: Session, lease: Lease, until: datetime) -> None:
    """Give the lane back, to rest until then; no attempt is counted. Raises `LeaseLost`."""
    _change(session, sql.REST_LANE, lease, until=until)


def release(session: Session, lease: Lease, now: datetime) -> None:
    """Give the lane back, behind the other lanes that are ready. Raises `LeaseLost`."""
    _change(session, sql.HOLD_LANE, lease)
    ready_at = sql.RELEASE_LANE.scalar(session, {**_proof(lease), "now": now})
    if ready_at is not None and ready_at <= now:
        notify(session, lease.kind)


def cancel(session: Session, dedup: str, now: datetime) -> bool:
    """Delete a timer that is not due yet; ``False`` if there is none."""
    return sql.CANCEL_TIMER.scalar(session, {"dedup": dedup, "now": now}) is not None


def hasten(session: Session, lane: str, now: datetime) -> None:
    """Make all timers of a lane due now: what they waited for is there."""
    sql.HASTEN_LANE.first(session, {"this": lane, "now": now})
    sql.HASTEN_JOBS.rows(session, {"this": lane, "now": now, "floor": _microseconds(now)})


def rouse(session: Session, lane: str, now: datetime) -> None:
    """End the rest of a lane that nobody works on: whoever asks knows that it is worth another try."""
    sql.ROUSE_LANE.first(session, {"this": lane, "now": now})


def forget(session: Session, lane: str) -> None:
    """Delete a lane with all its jobs, for good: what it was for is gone."""
    sql.FORGET_JOBS.rows(session, {"this": lane})
    sql.FORGET_LANE.first(session, {"this": lane})


def _settle(
    session: Session,
    lease: Lease,
    job: Job,
    outcome: JobState,
    failures: int,
    error: str | None,
    ended: datetime | None,
) -> None:
    values = {"job": job.id, "outcome": outcome, "failures": failures, "error": error, "ended": ended}
    _change(session, sql.SETTLE_JOB, lease, **values)


def _change(session: Session, statement: Prepared, lease: Lease, **values: object) -> None:
    """Execute what changes nothing unless the lease is valid, and the job, if any, still ready."""
    if statement.first(session, {**_proof(lease), **values}) is None:
        raise LeaseLost(f"{lease.lane} under token {lease.fence} is another's, or its job is settled")


def _proof(lease: Lease) -> dict[str, object]:
    return {"this": lease.lane, "held_by": lease.owner, "token": lease.fence}


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
