"""Every figure once more, in plain SQL: written from the definitions in docs/reports.md, not the program.

One question for each figure and each part of the cases, asked of every case by itself; slow, and without a
window function, a cohort or an index in mind. What differs between the databases is how they reckon with
times and read JSON. ``e.kind || ''`` keeps SQLite from reading all events of a kind for each case.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import asyncpg
import numpy
from sqlalchemy import make_url

Rows = Sequence[tuple[Any, ...]]
Count = tuple[float | None, int]
"""A figure, and how many cases it rests on."""


class Asking(Protocol):
    """A database that is asked in its own SQL."""

    def moment(self, at: datetime) -> str: ...
    def passed(self, since: str, until: str) -> str: ...
    def date_in(self, column: str, *path: str) -> str: ...
    def text_in(self, column: str, *path: str) -> str: ...
    async def rows(self, statement: str) -> Rows: ...


@dataclass(frozen=True)
class OnSqlite:
    url: str

    def moment(self, at: datetime) -> str:
        return f"'{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"

    def passed(self, since: str, until: str) -> str:
        """Whole seconds; a fraction of one is cut off each time."""
        return f"(strftime('%s', {until}) - strftime('%s', {since}))"

    def date_in(self, column: str, *path: str) -> str:
        return f"nullif({self.text_in(column, *path)}, '')"

    def text_in(self, column: str, *path: str) -> str:
        return f"json_extract({column}, '$.{'.'.join(path)}')"

    async def rows(self, statement: str) -> Rows:
        with closing(sqlite3.connect(str(make_url(self.url).database))) as connection:
            return connection.execute(statement).fetchall()


@dataclass(frozen=True)
class OnPostgresql:
    connection: asyncpg.Connection

    def moment(self, at: datetime) -> str:
        return f"timestamptz '{at.astimezone(UTC).isoformat()}'"

    def passed(self, since: str, until: str) -> str:
        return f"extract(epoch from date_trunc('second', {until}) - date_trunc('second', {since}))"

    def date_in(self, column: str, *path: str) -> str:
        return f"nullif({self.text_in(column, *path)}, '')::timestamptz"

    def text_in(self, column: str, *path: str) -> str:
        *outer, last = path
        return f"({column}{''.join(f'->{part!r}' for part in outer)}->>{last!r})"

    async def rows(self, statement: str) -> Rows:
        return [tuple(row) for row in await self.connection.fetch(statement)]


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[Asking]:
    """The same database, asked past the program."""
    if url.startswith("sqlite"):
        yield OnSqlite(url)
        return
    connection = await asyncpg.connect(url)
    try:
        yield OnPostgresql(connection)
    finally:
        await connection.close()


@dataclass(frozen=True)
class Part:
    """Days from ``start`` until before ``end`` in ``zone``; ``where`` says which complaints, as ``c``."""

    start: date
    end: date
    zone: ZoneInfo
    where: str = "1 = 1"

    def within(self, db: Asking, column: str) -> str:
        first, after = (db.moment(datetime.combine(day, time(), self.zone)) for day in (self.start, self.end))
        return f"({column} >= {first} AND {column} < {after})"


async def count(db: Asking, code: str, part: Part) -> Count:
    """The figure with this code."""
    name, _, currency = code.partition(":")
    return await (_COUNTS[name](db, part, currency) if currency else _COUNTS[name](db, part))


def _received(db: Asking, part: Part) -> str:
    return f"c.kind = 'complaint' AND {part.where} AND {part.within(db, 'c.received_at')}"


def _resolved(db: Asking, part: Part) -> str:
    return (
        f"c.kind = 'complaint' AND {part.where} AND c.status IN ('responded', 'closed') "
        f"AND {part.within(db, 'c.responded_at')}"
    )


def _happened(*kinds: str, also: str = "1 = 1") -> str:
    names = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        f"EXISTS (SELECT 1 FROM event e WHERE e.complaint_id = c.id AND e.kind || '' IN ({names}) AND {also})"
    )


_BY_ITSELF = (
    "NOT EXISTS (SELECT 1 FROM case_tie t "
    "WHERE t.reference = c.reference AND t.kind = 'merged' AND t.undone_at IS NULL)"
)
_BY_A_PERSON = ("replied", "bulk_replied", "informed")
_AGAIN = ("reopened", "contested", "escalated_internally")


Among = Callable[[Asking, Part], str]
Which = Callable[[Asking], str]


async def _number(db: Asking, where: str) -> int:
    [(number,)] = await db.rows(f"SELECT count(*) FROM complaint c WHERE {where}")
    return int(number)


def _count_of(among: Among, which: Which = lambda _: "1 = 1") -> Any:
    async def counting(db: Asking, part: Part) -> Count:
        number = await _number(db, f"{among(db, part)} AND {which(db)}")
        return float(number), number

    return counting


def _share_of(among: Among, which: Which) -> Any:
    async def counting(db: Asking, part: Part) -> Count:
        of = await _number(db, among(db, part))
        number = await _number(db, f"{among(db, part)} AND {which(db)}")
        return (number / of if of else None), of

    return counting


def _percentile(among: Among, until: str, percent: int) -> Any:
    async def counting(db: Asking, part: Part) -> Count:
        rows = await db.rows(
            f"SELECT {db.passed('c.received_at', until)} FROM complaint c WHERE {among(db, part)}"
        )
        taken = [int(row[0]) / 3600 for row in rows if row[0] is not None]
        return (float(numpy.percentile(taken, percent)) if taken else None), len(taken)

    return counting


_FIRST_ANSWER = (
    "(SELECT min(e.at) FROM event e WHERE e.complaint_id = c.id "
    "AND e.kind || '' IN ('replied', 'bulk_replied', 'informed'))"
)


def _acknowledged_late(db: Asking) -> str:
    """After the date in the first event, or after receipt where that says none."""
    promised = db.date_in("e.data", "dates", "acknowledge_by")
    late = f"{db.passed(f'coalesce({promised}, c.received_at)', 'c.acknowledged_at')} > 60"
    return f"(c.acknowledged_at IS NULL OR {_happened('received', also=late)})"


def _reprioritised(db: Asking) -> str:
    before, after = (db.text_in("e.data", when, "severity") for when in ("before", "after"))
    return _happened("reassessed", also=f"{before} <> {after}")


def _repeated(_: Asking) -> str:
    return (
        "(c.recurring OR EXISTS (SELECT 1 FROM case_tie t JOIN complaint o ON o.reference = "
        "CASE WHEN t.reference = c.reference THEN t.other ELSE t.reference END "
        "WHERE (t.reference = c.reference OR t.other = c.reference) AND t.undone_at IS NULL "
        "AND o.kind = 'complaint' AND o.received_at < c.received_at))"
    )


def _first_contact(db: Asking) -> str:
    early = f"{db.passed('e.at', 'c.responded_at')} > 3600"
    return f"NOT {_happened(*_AGAIN)} AND NOT {_happened(*_BY_A_PERSON, also=early)}"


async def _outside(db: Asking, part: Part) -> Count:
    first = (
        "(SELECT min(e.at) FROM event e "
        "WHERE e.complaint_id = c.id AND e.kind || '' = 'escalated_externally')"
    )
    number = await _number(db, f"c.kind = 'complaint' AND {part.where} AND {part.within(db, first)}")
    return float(number), number


async def _cost(db: Asking, part: Part, currency: str) -> Count:
    rows = await db.rows(
        f"SELECT c.compensation FROM complaint c WHERE {_resolved(db, part)} "
        f"AND c.remedy_currency = '{currency}' AND c.compensation IS NOT NULL AND {_BY_ITSELF}"
    )
    cents = sum(round(float(row[0]) * 100) for row in rows)
    return cents / 100, len(rows)


async def _satisfaction(db: Asking, part: Part) -> Count:
    rows = await db.rows(
        "SELECT s.grade FROM survey s JOIN complaint c ON c.reference = s.reference WHERE s.closing = "
        "(SELECT max(l.closing) FROM survey l WHERE l.reference = s.reference AND l.grade IS NOT NULL) "
        f"AND c.kind = 'complaint' AND {part.where} AND {part.within(db, 's.asked_at')}"
    )
    return (float(numpy.mean([row[0] for row in rows])) if rows else None), len(rows)


async def _improvements(db: Asking, part: Part) -> Count:
    [(number,)] = await db.rows(
        "SELECT count(*) FROM improvement_action WHERE state IN ('done', 'verified') "
        f"AND {part.within(db, 'done_at')}"
    )
    return float(number), int(number)


_COUNTS: dict[str, Any] = {
    "received": _count_of(_received),
    "acknowledged_late": _share_of(_received, _acknowledged_late),
    "time_to_acknowledge_median": _percentile(_received, "c.acknowledged_at", 50),
    "time_to_acknowledge_p90": _percentile(_received, "c.acknowledged_at", 90),
    "time_to_answer_median": _percentile(_received, _FIRST_ANSWER, 50),
    "time_to_answer_p90": _percentile(_received, _FIRST_ANSWER, 90),
    "wrongly_prioritised": _share_of(_received, _reprioritised),
    "withdrawn": _share_of(_received, lambda _: "c.status = 'withdrawn'"),
    "reopened": _share_of(_received, lambda _: _happened(*_AGAIN)),
    "repeats": _share_of(_received, _repeated),
    "resolved": _count_of(_resolved),
    "first_contact": _share_of(_resolved, _first_contact),
    "resolved_late": _share_of(_resolved, lambda db: f"{db.passed('c.respond_by', 'c.responded_at')} > 60"),
    "time_to_resolve_median": _percentile(_resolved, "c.responded_at", 50),
    "time_to_resolve_p90": _percentile(_resolved, "c.responded_at", 90),
    "upheld": _share_of(_resolved, lambda _: "c.decision IN ('upheld', 'partly_upheld')"),
    "remedies": _count_of(_resolved, lambda _: f"c.remedy IS NOT NULL AND {_BY_ITSELF}"),
    "remedy_cost": _cost,
    "outside": _outside,
    "satisfaction": _satisfaction,
    "improvements": _improvements,
}
