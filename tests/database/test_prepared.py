"""A prepared statement gives and keeps what SQLAlchemy's own execution would, on both databases.

Mutation: in `channels.prepared._Plan` leave out how values go in, how they come out, or the columns' own
defaults; in `Prepared.many` execute the first of the values only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as choose

from bot.db import Database
from channels.lanes import Job, JobState, Lane
from channels.prepared import Prepared

NOW = datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=UTC)
ELSEWHERE = NOW.astimezone(timezone(timedelta(hours=5)))

_job = SQLModel.metadata.tables["job"]
ADD = Prepared(insert(_job).returning(_job.c.id, _job.c.payload, _job.c.due, _job.c.state))
FIND = Prepared(
    select(_job.c.payload, _job.c.due, _job.c.attempts)
    .where(_job.c.dedup_key == bindparam("dedup"), _job.c.state == JobState.READY)
    .limit(1)
)
LATEST = Prepared(select(func.max(_job.c.due)))
DELAY = Prepared(update(_job).where(_job.c.dedup_key == bindparam("dedup")).values(due=bindparam("until")))


def a_job(name: str) -> dict[str, object]:
    return {
        "lane": "in:1",
        "dedup_key": name,
        "position": 1,
        "payload": {"message": 7, "said": "¿qué?"},
        "due": ELSEWHERE,
        "created": NOW,
    }


def a_lane(session: Session) -> None:
    session.add(Lane(key="in:1", kind="in", tail=0, ready_at=None, free_at=NOW))
    session.flush()


async def test_values_keep_their_types(database: Database) -> None:
    """JSON, times of any zone, enumerations and the columns' own defaults go in and come out as they are."""

    def unit(session: Session) -> None:
        a_lane(session)
        [(_, payload, due, state)] = ADD.rows(session, a_job("a"))
        assert (payload, due, state) == ({"message": 7, "said": "¿qué?"}, NOW, "ready")
        assert FIND.first(session, {"dedup": "a"}) == ({"message": 7, "said": "¿qué?"}, NOW, 0)
        DELAY.run(session, {"dedup": "a", "until": NOW + timedelta(hours=1)})
        assert LATEST.scalar(session, {}) == NOW + timedelta(hours=1)
        kept = session.exec(choose(Job)).one()  # as SQLAlchemy reads it
        assert (kept.payload, kept.due) == (payload, NOW + timedelta(hours=1))
        assert (kept.attempts, kept.last_error) == (0, None)

    await database.run(unit)


async def test_nothing_there(database: Database) -> None:
    """Of no rows there is no first one, and none of its columns."""

    def unit(session: Session) -> None:
        assert FIND.first(session, {"dedup": "a"}) is None
        assert FIND.scalar(session, {"dedup": "a"}) is None
        assert list(FIND.rows(session, {"dedup": "a"})) == []
        assert LATEST.scalar(session, {}) is None
        assert list(ADD.many(session, [])) == []

    await database.read(unit)


async def test_many_and_undone_together(database: Database) -> None:
    """Each of several is executed; all of it belongs to the transaction of the unit of work."""

    def add_all(session: Session, fail: bool) -> None:
        a_lane(session)
        rows = ADD.many(session, [a_job(name) for name in "abc"])
        assert len({number for number, *_ in rows}) == 3
        if fail:
            raise ZeroDivisionError

    def names(session: Session) -> list[str]:
        return list(session.exec(choose(Job.dedup_key).order_by(col(Job.dedup_key))))

    with pytest.raises(ZeroDivisionError):
        await database.run(add_all, fail=True)
    assert await database.read(names) == []
    await database.run(add_all, fail=False)
    assert await database.read(names) == ["a", "b", "c"]
