"""How the queue stands as a whole, for the operator's figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from handoff.queue import Handoff, State

_UNDER_WAY = (State.WAITING, State.HELD, State.WITH_BOT)


@dataclass(frozen=True, slots=True)
class Standing:
    """``cases`` under way by state; ``oldest`` is how long the first has waited for a person."""

    cases: dict[str, int]
    oldest: timedelta


def standing(session: Session, now: datetime) -> Standing:
    """Count what is under way. Closed cases are left out: there are ever more of them."""
    counted = session.exec(
        select(Handoff.state, func.count(), func.min(Handoff.waiting_since))
        .where(col(Handoff.state).in_(_UNDER_WAY))
        .group_by(Handoff.state)
    ).all()
    found = {state: (cases, since) for state, cases, since in counted}
    _, since = found.get(State.WAITING, (0, None))
    return Standing(
        {state: found.get(state, (0, None))[0] for state in _UNDER_WAY},
        max(now - since, timedelta()) if since else timedelta(),
    )
