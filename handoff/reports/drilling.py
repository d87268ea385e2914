"""The cases behind a figure: exactly those that it counts, or rests on."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from complaints import register
from complaints.record import Complaint
from handoff.reports.cohorts import cohort, scope_of
from handoff.reports.counting import counted
from handoff.reports.filters import Filters
from handoff.reports.indicators import Day, find
from handoff.reports.periods import Period


def drill(
    session: Session,
    code: str,
    period: Period,
    filters: Filters,
    zone: ZoneInfo,
    limit: int = 100,
    after: str | None = None,
) -> list[Complaint]:
    """The cases that a figure counts (`Figure.counted` of them), the newest first, at most ``limit``.

    ``after`` goes on behind the case with that reference. Improvements are no cases: there are none.
    Raises `UnknownIndicator`, `UnknownReference`.
    """
    indicator, currency = find(code)
    if indicator.day is Day.IMPROVED:
        return []
    scope = scope_of(session, period, filters, zone)
    among = cohort(indicator.day, scope)
    wanted = (
        select(Complaint)
        .select_from(among.tables)
        .where(*among.conditions, counted(indicator, scope, currency))
        .order_by(col(Complaint.id).desc())
        .limit(limit)
    )
    if after is not None:
        wanted = wanted.where(col(Complaint.id) < register.find(session, after).id)
    return list(session.exec(wanted))
