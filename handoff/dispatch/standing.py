"""How cases stand: whether a date is near or missed, and the queue as a whole for the operator's figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, func, select

from complaints.record import Complaint
from complaints.watching import ANSWERED
from handoff.item import Handoff, State

_UNDER_WAY = (State.WAITING, State.OFFERED, State.HELD, State.WITH_BOT)

__all__ = ["ANSWERED", "Mark", "Standing", "mark", "standing"]


class Mark(StrEnum):
    """How a case stands with its date."""

    FINE = "fine"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Standing:
    """``cases`` under way by state; ``oldest`` is how long the first has waited for a person."""

    cases: dict[str, int]
    oldest: timedelta


def mark(case: Complaint, now: datetime, near: datetime) -> Mark:
    """How ``case`` stands at ``now``; up to ``near`` a date is near (`handoff.dispatch.rules.Rules.near`).

    A promised update counts where a person must give it. A clock that stands still misses nothing.
    """
    if case.status in ANSWERED or case.paused_since is not None:
        return Mark.FINE
    dates = [case.respond_by, *([case.update_by] if case.update_task else [])]
    if min(dates) <= now:
        return Mark.OVERDUE
    return Mark.AT_RISK if case.update_task or case.respond_by <= near else Mark.FINE


def standing(session: Session, now: datetime) -> Standing:
    """Count what is under way. Closed cases are left out: there are ever more of them.

    What is offered still waits: its customer has nobody yet.
    """
    counted = session.exec(
        select(Handoff.state, func.count(), func.min(Handoff.waiting_since))
        .where(col(Handoff.state).in_(_UNDER_WAY))
        .group_by(Handoff.state)
    ).all()
    found = {state: (cases, since) for state, cases, since in counted}
    since = min((found[s][1] for s in (State.WAITING, State.OFFERED) if s in found), default=now)
    return Standing(
        {state: found.get(state, (0, None))[0] for state in _UNDER_WAY},
        max(now - since, timedelta()),
    )
