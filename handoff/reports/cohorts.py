"""Which complaints a figure rests on: those that fall into a period by one `Day`, as conditions of SQL.

One statement reads a whole cohort. What happened to its cases is looked up among the events since the first
of them came, so that a year costs the same however many years lie on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, col

from complaints.complaint import Kind, Status
from complaints.record import Complaint, Event
from complaints.surveying import Survey
from handoff.reports.filters import Filters
from handoff.reports.indicators import Day
from handoff.reports.periods import Period

RESOLVED = (Status.RESPONDED, Status.CLOSED)


class seconds(FunctionElement[int]):  # noqa: N801  a function of SQL
    """A time in whole seconds since 1970; of a column, or of a text in ISO 8601."""

    type = BigInteger()
    inherit_cache = True


@compiles(seconds, "sqlite")
def _on_sqlite(element: seconds, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **kwargs)}) AS INTEGER)"


@compiles(seconds, "postgresql")
def _on_postgresql(element: seconds, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment = f"CAST({compiler.process(element.clauses, **kwargs)} AS TIMESTAMP WITH TIME ZONE)"
    return f"CAST(floor(EXTRACT(EPOCH FROM {moment})) AS BIGINT)"


@dataclass(frozen=True)
class Scope:
    """What a report is about. ``since``: no event of a case in it is older."""

    period: Period
    filters: Filters
    zone: ZoneInfo
    since: datetime

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The period's first moment, and the first one after it, in UTC."""
        return self.period.bounds(self.zone)


def scope_of(session: Session, period: Period, filters: Filters, zone: ZoneInfo) -> Scope:
    """The scope of a report, with the receipt of the oldest case in it."""
    start, end = period.bounds(zone)
    oldest = session.execute(
        select(func.min(Complaint.received_at)).where(
            col(Complaint.responded_at) >= start, col(Complaint.responded_at) < end
        )
    ).scalar()
    return Scope(period, filters, zone, min(start, oldest) if oldest else start)


@dataclass(frozen=True)
class Cohort:
    """Complaints, one row each. ``at`` is the time by which they fall into a period."""

    at: Any  # a column of SQL
    conditions: list[ColumnElement[bool]]
    tables: Any = Complaint

    def select(self, *columns: Any) -> Select[Any]:
        """``columns`` of the cohort."""
        return select(*columns).select_from(self.tables).where(*self.conditions)


def cohort(day: Day, scope: Scope) -> Cohort:
    """The complaints that fall into the period by ``day``."""
    complaint = [col(Complaint.kind) == Kind.COMPLAINT, *scope.filters.conditions()]
    match day:
        case Day.RECEIVED:
            return Cohort(
                col(Complaint.received_at), [*complaint, *within(col(Complaint.received_at), scope)]
            )
        case Day.RESOLVED:
            at = col(Complaint.responded_at)
            return Cohort(at, [*complaint, col(Complaint.status).in_(RESOLVED), *within(at, scope)])
        case Day.ESCALATED:
            first = first_of(("escalated_externally",))
            tables = Complaint.__table__.join(first, first.c.complaint_id == col(Complaint.id))  # type: ignore[attr-defined]
            return Cohort(first.c.at, [*complaint, *within(first.c.at, scope)], tables)
        case Day.ASKED:
            later: Any = aliased(Survey)
            graded_later = (
                select(col(later.id))
                .where(
                    col(later.reference) == col(Survey.reference),
                    col(later.grade).is_not(None),
                    col(later.closing) > col(Survey.closing),
                )
                .exists()
            )
            tables = Complaint.__table__.join(  # type: ignore[attr-defined]
                Survey, col(Survey.reference) == col(Complaint.reference)
            )
            conditions = [*complaint, *within(col(Survey.asked_at), scope)]
            return Cohort(
                col(Survey.asked_at), [*conditions, col(Survey.grade).is_not(None), ~graded_later], tables
            )
        case Day.IMPROVED:
            raise AssertionError("an improvement is no complaint")


def within(at: Any, scope: Scope) -> list[ColumnElement[bool]]:
    """That ``at`` is in the period."""
    start, end = scope.bounds
    return [at >= start, at < end]


def first_of(kinds: tuple[str, ...]) -> Subquery:
    """When the first event of these rare kinds happened to each case, over all years."""
    found = select(col(Event.complaint_id), func.min(Event.at).label("at")).where(col(Event.kind).in_(kinds))
    return found.group_by(col(Event.complaint_id)).subquery()
