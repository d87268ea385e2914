"""Which complaints of its cohort an indicator counts, and how long something took, as expressions of SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased
from sqlmodel import col

from complaints.complaint import Decision, Kind, Status
from complaints.record import Complaint, Event
from handoff.case_documents.promises import AT_ONCE
from handoff.casework.linking import CaseTie, Tie
from handoff.reports.cohorts import Cohort, Scope, cohort, seconds
from handoff.reports.indicators import SITTING, Indicator

REOPENED = ("reopened", "contested", "escalated_internally")
"""Events with which an answered or withdrawn case is under investigation again."""


def counted(indicator: Indicator, scope: Scope, currency: str | None = None) -> ColumnElement[bool]:
    """Which complaints of its cohort an indicator counts, or rests on."""
    condition = _COUNTED.get(indicator.code)
    found = condition(scope) if condition else true()
    return and_(found, col(Complaint.remedy_currency) == currency) if currency else found


def duration(indicator: Indicator, scope: Scope) -> tuple[ColumnElement[int], Cohort]:
    """How many seconds passed, of each complaint of a cohort, for an indicator of time."""
    among = cohort(indicator.day, scope)
    received = seconds(col(Complaint.received_at))
    match indicator.code.removesuffix("_median").removesuffix("_p90"):
        case "time_to_acknowledge":
            at = col(Complaint.acknowledged_at)
            # Most are confirmed in the turn that brings them, and dates are slow to reckon with.
            passed = case((at == col(Complaint.received_at), 0), else_=seconds(at) - received)
            return passed, Cohort(among.at, [*among.conditions, at.is_not(None)])
        case "time_to_answer":
            at = col(Complaint.first_answer_at)
            return seconds(at) - received, Cohort(among.at, [*among.conditions, at.is_not(None)])
        case _:
            return seconds(col(Complaint.responded_at)) - received, among


def _cases_with(kinds: tuple[str, ...], scope: Scope) -> Select[Any]:
    """The cases to which anything of these kinds happened, as a query for their numbers."""
    return select(col(Event.complaint_id)).where(col(Event.kind).in_(kinds), col(Event.at) >= scope.since)


def _acknowledged_late(_: Scope) -> ColumnElement[bool]:
    """Most are acknowledged at once: the promised date is looked up for the others only."""
    allowed = AT_ONCE.total_seconds()
    acknowledged = seconds(col(Complaint.acknowledged_at))
    promised = (
        select(func.nullif(col(Event.data)[("dates", "acknowledge_by")].as_string(), ""))
        .where(col(Event.complaint_id) == col(Complaint.id), col(Event.kind) == "received")
        .order_by(col(Event.position))
        .limit(1)
        .correlate(Complaint)
        .scalar_subquery()
    )
    received = seconds(col(Complaint.received_at))
    return or_(
        col(Complaint.acknowledged_at).is_(None),
        and_(
            col(Complaint.acknowledged_at) > col(Complaint.received_at),
            acknowledged - received > allowed,
            func.coalesce(acknowledged - seconds(promised), acknowledged - received) > allowed,
        ),
    )


def _came_after_another() -> ColumnElement[bool]:
    """Whether a case is tied with a complaint that was received before it; ties are few, of all years."""
    case: Any = aliased(Complaint)
    other: Any = aliased(Complaint)
    live = (col(CaseTie.undone_at).is_(None), col(CaseTie.kind).in_((Tie.LINKED, Tie.MERGED)))

    def later(one: Any, two: Any) -> Select[Any]:
        return (
            select(col(case.id))
            .join(CaseTie, one == col(case.reference))
            .join(other, col(other.reference) == two)
            .where(
                *live,
                col(other.kind) == Kind.COMPLAINT,
                col(other.received_at) < col(case.received_at),
            )
        )

    return col(Complaint.id).in_(
        later(col(CaseTie.reference), col(CaseTie.other)).union_all(
            later(col(CaseTie.other), col(CaseTie.reference))
        )
    )


def _acknowledged(_: Scope) -> ColumnElement[bool]:
    return col(Complaint.acknowledged_at).is_not(None)


def _written_to(_: Scope) -> ColumnElement[bool]:
    return col(Complaint.first_answer_at).is_not(None)


def _wrongly_prioritised(scope: Scope) -> ColumnElement[bool]:
    before, after = (col(Event.data)[(when, "severity")].as_string() for when in ("before", "after"))
    return col(Complaint.id).in_(_cases_with(("reassessed",), scope).where(before != after))


def _withdrawn(_: Scope) -> ColumnElement[bool]:
    return col(Complaint.status) == Status.WITHDRAWN


def _reopened(scope: Scope) -> ColumnElement[bool]:
    return col(Complaint.id).in_(_cases_with(REOPENED, scope))


def _repeated(_: Scope) -> ColumnElement[bool]:
    return or_(col(Complaint.recurring).is_(True), _came_after_another())


def _at_first_contact(scope: Scope) -> ColumnElement[bool]:
    passed = seconds(col(Complaint.responded_at)) - seconds(col(Complaint.first_answer_at))
    return and_(~_reopened(scope), func.coalesce(passed, 0) <= SITTING.total_seconds())


def _resolved_late(_: Scope) -> ColumnElement[bool]:
    late = seconds(col(Complaint.responded_at)) - seconds(col(Complaint.respond_by))
    return and_(col(Complaint.responded_at) > col(Complaint.respond_by), late > AT_ONCE.total_seconds())


def _upheld(_: Scope) -> ColumnElement[bool]:
    return col(Complaint.decision).in_((Decision.UPHELD, Decision.PARTLY_UPHELD))


def _remedied(_: Scope) -> ColumnElement[bool]:
    return and_(col(Complaint.remedy).is_not(None), ~_merged())


def _cost_something(_: Scope) -> ColumnElement[bool]:
    cost = and_(col(Complaint.compensation).is_not(None), col(Complaint.remedy_currency).is_not(None))
    return and_(cost, ~_merged())


def _merged() -> ColumnElement[bool]:
    """Whether a case was answered with another one: what was granted is carried out once, there."""
    merged = select(col(CaseTie.reference)).where(
        col(CaseTie.kind) == Tie.MERGED, col(CaseTie.undone_at).is_(None)
    )
    return col(Complaint.reference).in_(merged)


_COUNTED: dict[str, Callable[[Scope], ColumnElement[bool]]] = {
    "acknowledged_late": _acknowledged_late,
    "time_to_acknowledge_median": _acknowledged,
    "time_to_acknowledge_p90": _acknowledged,
    "time_to_answer_median": _written_to,
    "time_to_answer_p90": _written_to,
    "wrongly_prioritised": _wrongly_prioritised,
    "withdrawn": _withdrawn,
    "reopened": _reopened,
    "repeats": _repeated,
    "first_contact": _at_first_contact,
    "resolved_late": _resolved_late,
    "upheld": _upheld,
    "remedies": _remedied,
    "remedy_cost": _cost_something,
}
"""Whatever is missing counts its whole cohort."""
