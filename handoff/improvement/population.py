"""The cases that an audit may draw: those of a time, as they stood when it was drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, col, select

from complaints.complaint import Kind, Severity
from complaints.record import Complaint, Event
from handoff.dispatch.rules import in_force
from handoff.improvement import sampling
from handoff.improvement.record import Way


def population(
    session: Session, since: date, until: date, way: Way, *, closed_by: datetime | None
) -> dict[str, str]:
    """Complaints received on these days of the operator's calendar: reference and stratum.

    ``closed_by``: only those that had been closed by then, whatever became of them later.
    """
    column = {Way.BY_SEVERITY: col(Complaint.severity), Way.BY_CHANNEL: col(Complaint.channel)}.get(way)
    query = select(Complaint.reference, column if column is not None else col(Complaint.reference)).where(
        Complaint.kind == Kind.COMPLAINT,
        col(Complaint.received_at) >= _midnight(since),
        col(Complaint.received_at) < _midnight(until + timedelta(days=1)),
    )
    if closed_by is not None:
        query = query.where(
            select(Event.id)
            .where(
                col(Event.complaint_id) == col(Complaint.id),
                Event.kind == "closed",
                col(Event.at) <= closed_by,
            )
            .exists()
        )
    found = session.exec(query.order_by(col(Complaint.reference)))
    return {reference: str(stratum) if column is not None else "" for reference, stratum in found}


def drawn(cases: dict[str, str], way: Way, size: int, seed: str) -> list[tuple[str, str]]:
    """The sample: reference and stratum, the most severe stratum first."""
    if way is Way.SIMPLE:
        return [(reference, "") for reference in sampling.draw(list(cases), size, seed)]
    strata: dict[str, list[str]] = {}
    for reference, stratum in cases.items():
        strata.setdefault(stratum, []).append(reference)
    order = [str(severity) for severity in reversed(Severity)]
    names = sorted(strata, key=lambda name: (order.index(name) if name in order else 0, name))
    return sampling.draw_stratified({name: strata[name] for name in names}, size, seed)


def digest(cases: dict[str, str]) -> str:
    """What tells whether a population, and its strata, are as they were."""
    return sampling.digest([f"{reference} {stratum}".strip() for reference, stratum in cases.items()])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), in_force().hours.time_zone).astimezone(UTC)
