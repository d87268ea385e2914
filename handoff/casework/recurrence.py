"""Whether a case stands alone, comes again, or is one of many with a common root (ISO 10002, 8.2).

Computed from the register, never stored: what makes a case recurring may come after it. One SQL
expression says it, so that a page and a report cannot disagree (`kind_of`).

- *systemic*: it is behind a signal that was not dismissed, or has a named cause with `MANY` cases;
- *recurring*: others have its cause, it is tied to another case, the same person (conversation,
  telephone, e-mail) has complained of the same (order, or product and category), or says it happened before;
- *single*: none of that is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_
from sqlmodel import Session, col, select

from complaints.complaint import Kind as CaseKind
from complaints.record import Complaint
from handoff.casework.linking import CaseTie
from handoff.signals.record import Signal, SignalCase

MANY = 5
"""Cases with one named cause from which on it is systemic: as many as a signal has at the least."""


class Recurrence(StrEnum):
    """What a case is among the others."""

    SINGLE = "single"
    RECURRING = "recurring"
    SYSTEMIC = "systemic"


@dataclass(frozen=True)
class Standing:
    """A case's `Recurrence`, and why."""

    kind: Recurrence
    because: tuple[str, ...] = ()


def of_case(session: Session, complaint: Complaint) -> Standing:
    """What a case is, with its reasons: those of its kind."""
    reasons = _reasons()
    row = session.exec(
        select(*(is_so.label(name) for name, (_, is_so) in reasons.items())).where(
            Complaint.id == complaint.id
        )
    ).one()
    true = [name for name in reasons if getattr(row, name)]
    for kind in (Recurrence.SYSTEMIC, Recurrence.RECURRING):
        if because := tuple(name for name in true if reasons[name][0] is kind):
            return Standing(kind, because)
    return Standing(Recurrence.SINGLE)


def kind_of() -> ColumnElement[str]:
    """A case's `Recurrence` as a column, to select or to group by together with `Complaint`."""
    reasons = _reasons().values()
    return case(
        *(
            (or_(*(is_so for of, is_so in reasons if of is kind)), kind.value)
            for kind in (Recurrence.SYSTEMIC, Recurrence.RECURRING)
        ),
        else_=Recurrence.SINGLE.value,
    )


def counts(session: Session, since: datetime, until: datetime) -> dict[Recurrence, int]:
    """How many of the complaints received from ``since`` to before ``until`` are of each kind."""
    kind = kind_of()
    rows = session.exec(
        select(kind, func.count())
        .where(
            Complaint.kind == CaseKind.COMPLAINT,
            col(Complaint.received_at) >= since,
            col(Complaint.received_at) < until,
        )
        .group_by(kind)
    )
    found = {Recurrence(name): number for name, number in rows}
    return {kind: found.get(kind, 0) for kind in Recurrence}


def _reasons() -> dict[str, tuple[Recurrence, ColumnElement[bool]]]:
    """Why a case is what it is: by the reason's name, and each as a condition about a `Complaint`."""
    me, other = Complaint.__table__.c, Complaint.__table__.alias("other")  # type: ignore[attr-defined]
    their = other.c
    complained = and_(their.id != me.id, their.kind == CaseKind.COMPLAINT)
    same_matter = or_(
        their.order_number == me.order_number,
        and_(their.product == me.product, their.category == me.category),
    )
    many, some = (  # the n-th, and not a count: a cause may have thousands
        select(their.id)
        .where(their.root_cause == me.root_cause, their.kind == CaseKind.COMPLAINT)
        .limit(1)
        .offset(number - 1)
        .scalar_subquery()
        .is_not(None)
        for number in (MANY, 2)
    )
    in_signal = exists().where(
        col(SignalCase.complaint_id) == me.id,
        col(SignalCase.signal_id) == col(Signal.id),
        col(Signal.dismissed_at).is_(None),
    )
    tied = or_(
        *(
            exists().where(end == me.reference, col(CaseTie.undone_at).is_(None))
            for end in (col(CaseTie.reference), col(CaseTie.other))
        )
    )
    again = or_(
        *(
            exists(select(their.id).where(column, complained, same_matter).correlate(Complaint.__table__))  # type: ignore[attr-defined]
            for column in (
                their.conversation == me.conversation,
                their.phone == me.phone,
                their.email == me.email,
            )
        )
    )
    systemic, recurring = Recurrence.SYSTEMIC, Recurrence.RECURRING
    return {
        "signal": (systemic, in_signal),
        "many": (systemic, many),
        "cause": (recurring, and_(some, not_(many))),
        "tied": (recurring, tied),
        "again": (recurring, again),
        "said": (recurring, me.recurring.is_(True)),
    }
