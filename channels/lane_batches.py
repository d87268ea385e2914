"""Many jobs put into their lanes at once: two statements, however many there are.

What `channels.lanes.put` does for one job, for the flood of incoming messages, whose price is the
number of statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from channels import lane_statements as sql
from channels.lane_tables import JobState
from channels.lanes import EPOCH, GLANCES, LEASE
from channels.prepared import Prepared
from channels.wakeups import notify

_lane = SQLModel.metadata.tables["lane"]
_job = SQLModel.metadata.tables["job"]


@dataclass(frozen=True, slots=True)
class NewJob:
    """One job; see `channels.lanes.put` for its parts. Its dedup key must be unknown to the database."""

    lane: str
    payload: Mapping[str, Any]
    dedup: str
    due: datetime | None = None
    order: int | None = None

    @property
    def kind(self) -> str:
        """The word before the colon."""
        return self.lane.partition(":")[0]


def put_all(session: Session, jobs: Sequence[NewJob], now: datetime) -> None:
    """Add the jobs, of which no two may be for the same lane. Locks the lanes in their order."""
    if not jobs:
        return
    # In one order everywhere, or two processes wait for each other.
    lanes = [
        {
            "key": job.lane,
            "kind": job.kind,
            "tail": _microseconds(now) if job.due is None else 0,
            "ready_at": job.due or now,
            "free_at": now,
        }
        for job in sorted(jobs, key=lambda job: job.lane)
    ]
    tails = {lane: tail for lane, tail in _OPEN_LANES.many(session, lanes)}  # noqa: C416
    overtaken = _overtaken(session, jobs)
    sql.ADD_JOB.many(
        session,
        [
            {
                "lane": job.lane,
                "dedup_key": job.dedup,
                "position": min(
                    tails[job.lane] if job.due is None else _microseconds(job.due),
                    *overtaken.get(job.lane, ()),
                    _NEVER,
                ),
                "order_key": job.order,
                "payload": dict(job.payload),
                "due": job.due,
                "created": now,
            }
            for job in jobs
        ],
    )
    for kind in {job.kind for job in jobs if job.due is None or job.due < now + GLANCES * LEASE}:
        notify(session, kind)


def _overtaken(session: Session, jobs: Sequence[NewJob]) -> dict[str, list[int]]:
    """The positions of waiting jobs that the platform has ordered behind the new one of their lane."""
    orders = {job.lane: job.order for job in jobs if job.order is not None}
    found: dict[str, list[int]] = {}
    if orders:
        for lane, order, position in session.connection().execute(_ORDERED, {"lanes": list(orders)}):
            if order > orders[lane]:
                found.setdefault(lane, []).append(position)
    return found


def _opening(insert: Any) -> Any:
    row = insert(_lane)
    new = row.excluded
    return row.on_conflict_do_update(
        index_elements=["key"],
        set_={
            # A timer, without a tail of its own, leaves the lane's as it is.
            "tail": case(
                (new.tail == 0, _lane.c.tail),
                (_lane.c.tail + 1 > new.tail, _lane.c.tail + 1),
                else_=new.tail,
            ),
            "ready_at": case((_lane.c.ready_at < new.ready_at, _lane.c.ready_at), else_=new.ready_at),
        },
    ).returning(_lane.c.key, _lane.c.tail)


_OPEN_LANES = Prepared({"sqlite": _opening(sqlite.insert), "postgresql": _opening(postgresql.insert)})
"""`channels.lane_statements.OPEN_LANE` for several lanes."""

_ORDERED = select(_job.c.lane, _job.c.order_key, _job.c.position).where(
    _job.c.lane.in_(bindparam("lanes", expanding=True)),
    _job.c.state == JobState.READY,
    _job.c.order_key.is_not(None),
)

_NEVER = 2**63 - 1


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
