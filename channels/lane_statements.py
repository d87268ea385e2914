"""The SQL of `channels.lanes`, built once: building a statement costs ten times its execution.

The parameters that several statements share: ``this`` lane, ``held_by`` and ``token`` prove a lease,
``now`` and ``until`` are times. On SQLite, where one transaction writes at a time, the row locks
are left out by themselves. ``key_share`` lets others insert jobs into a lane that is locked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, UTCDateTime

from channels.lane_tables import JobState
from channels.prepared import Prepared

_lane = SQLModel.metadata.tables["lane"]
_job = SQLModel.metadata.tables["job"]

_now = bindparam("now", type_=UTCDateTime())
_until = bindparam("until", type_=UTCDateTime())
_floor = bindparam("floor", type_=BigInteger())
_step = bindparam("step", type_=BigInteger())

_of_this_lane = and_(_job.c.lane == bindparam("this"), _job.c.state == JobState.READY)
_is_due = or_(_job.c.due.is_(None), _job.c.due <= _now)
_in_turn = (_job.c.position, _job.c.order_key, _job.c.id)
_held = and_(
    _lane.c.key == bindparam("this"),
    _lane.c.owner == bindparam("held_by"),
    _lane.c.fence == bindparam("token"),
)


def _opening(insert: Any) -> Any:
    row = insert(_lane).values(tail=_floor, ready_at=_until, free_at=_now)
    return row.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "tail": case((_lane.c.tail + _step > _floor, _lane.c.tail + _step), else_=_floor),
            "ready_at": case(
                (_lane.c.ready_at < row.excluded.ready_at, _lane.c.ready_at), else_=row.excluded.ready_at
            ),
        },
    ).returning(_lane.c.tail)


def _adding(insert: Any) -> Any:
    return insert(_job).on_conflict_do_nothing(index_elements=["dedup_key"]).returning(_job.c.id)


_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

OPEN_LANE = Prepared({dialect: _opening(insert) for dialect, insert in _INSERTS.items()})
"""Lock the lane, made if it is new; move its tail on by ``step``, at least to ``floor``."""

ADD_JOB = Prepared({dialect: _adding(insert) for dialect, insert in _INSERTS.items()})
"""Insert the job unless its dedup key exists."""

OVERTAKEN = Prepared(
    select(func.min(_job.c.position)).where(_of_this_lane, _job.c.order_key > bindparam("order"))
)
"""The position of the first waiting job that a message of this order should have preceded."""

READY_LANE = Prepared(
    select(_lane.c.key, _lane.c.owner)
    .where(_lane.c.kind == bindparam("kind"), _lane.c.ready_at <= _now, _lane.c.free_at <= _now)
    .order_by(_lane.c.ready_at)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True)
)
"""The lane that has been ready for longest, passing over those that others are about to lease."""

LEASE_LANE = Prepared(
    update(_lane)
    .where(_lane.c.key == bindparam("this"))
    .values(owner=bindparam("held_by"), fence=_lane.c.fence + 1, free_at=_until)
    .returning(_lane.c.fence)
)

BLAME_JOB = Prepared(
    update(_job)
    .where(
        _job.c.id
        == select(_job.c.id).where(_of_this_lane, _is_due).order_by(*_in_turn).limit(1).scalar_subquery()
    )
    .values(
        attempts=_job.c.attempts + 1,
        last_error=bindparam("error"),
        state=case((_job.c.attempts + 1 >= bindparam("limit"), JobState.DEAD), else_=JobState.READY),
        finished=case((_job.c.attempts + 1 >= bindparam("limit"), _now)),
    )
)
"""Count an attempt at the job whose worker vanished."""

NEXT_READY = Prepared(
    select(
        select(func.min(_lane.c.free_at))
        .where(_lane.c.kind == bindparam("kind"), _lane.c.ready_at <= _now)
        .scalar_subquery(),
        select(func.min(_lane.c.ready_at))
        .where(_lane.c.kind == bindparam("kind"), _lane.c.ready_at > _now)
        .scalar_subquery(),
    )
)
"""When the first lane becomes free that is ready, and the first ready that is not; two for the index."""

NEXT_JOB = Prepared(
    select(_job)
    .where(
        _of_this_lane,
        _is_due,
        _job.c.lane == select(_lane.c.key).where(_held).scalar_subquery(),
    )
    .order_by(*_in_turn)
    .limit(1)
)

SETTLE_JOB = Prepared(
    update(_job)
    .where(
        _job.c.id == bindparam("job"),
        _job.c.state == JobState.READY,
        _job.c.lane == select(_lane.c.key).where(_held).with_for_update(key_share=True).scalar_subquery(),
    )
    .values(
        state=bindparam("outcome"),
        attempts=bindparam("failures"),
        last_error=bindparam("error"),
        finished=bindparam("ended"),
    )
    .returning(_job.c.id)
)
"""Change a job under a valid lease; the lane stays locked, so nobody takes it over before the commit."""

KEEP_LANE = Prepared(update(_lane).where(_held).values(free_at=_until).returning(_lane.c.key))

REST_LANE = Prepared(
    update(_lane).where(_held).values(owner=None, free_at=_until, ready_at=_until).returning(_lane.c.key)
)

HOLD_LANE = Prepared(select(_lane.c.key).where(_held).with_for_update(key_share=True))

_earliest = func.min(func.coalesce(_job.c.due, _job.c.created))

RELEASE_LANE = Prepared(
    update(_lane)
    .where(_held)
    .values(
        owner=None,
        free_at=_now,
        ready_at=select(case((_earliest < _now, _now), else_=_earliest))
        .where(_of_this_lane)
        .scalar_subquery(),
    )
    .returning(_lane.c.ready_at)
)
"""Give the lane back behind the others. Needs `HOLD_LANE` before it, or it misses the latest jobs."""

CANCEL_TIMER = Prepared(
    delete(_job)
    .where(_job.c.dedup_key == bindparam("dedup"), _job.c.state == JobState.READY, _job.c.due > _now)
    .returning(_job.c.id)
)

HASTEN_JOBS = Prepared(
    update(_job)
    .where(_of_this_lane, _job.c.due > _now)
    .values(due=_now, position=_floor)
    .returning(_job.c.id)
)
"""Timers that are not due yet are due now, behind what waits already."""

HASTEN_LANE = Prepared(
    update(_lane)
    .where(_lane.c.key == bindparam("this"))
    .values(ready_at=case((_lane.c.ready_at < _now, _lane.c.ready_at), else_=_now))
    .returning(_lane.c.key)
)

ROUSE_LANE = Prepared(
    update(_lane)
    .where(_lane.c.key == bindparam("this"), _lane.c.owner.is_(None), _lane.c.free_at > _now)
    .values(free_at=_now)
    .returning(_lane.c.key)
)

FORGET_JOBS = Prepared(delete(_job).where(_job.c.lane == bindparam("this")).returning(_job.c.id))
FORGET_LANE = Prepared(delete(_lane).where(_lane.c.key == bindparam("this")).returning(_lane.c.key))
