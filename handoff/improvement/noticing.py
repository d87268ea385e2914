"""Dates of actions: supervisors are told once of what is overdue, and of an effect that can be judged."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session, col, select

from handoff.dispatch.rules import in_force
from handoff.improvement import effect, steps
from handoff.improvement.record import ActionState, ImprovementAction


def notice(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Tell supervisors of actions that are overdue, and of effects to be judged, once each; their numbers.

    For the desk's clock to call, as often as it likes.
    """
    today = now.astimezone(in_force().hours.time_zone).date()
    late = select(ImprovementAction.id).where(
        ImprovementAction.state == ActionState.OPEN,
        col(ImprovementAction.due) < today,
        col(ImprovementAction.overdue_told).is_(None),
    )
    ripe = select(ImprovementAction).where(
        ImprovementAction.state == ActionState.DONE, col(ImprovementAction.check_told).is_(None)
    )
    waiting = [number or 0 for number in session.exec(late.order_by(col(ImprovementAction.id)).limit(limit))]
    waiting += [one.id or 0 for one in session.exec(ripe) if (effect.check_due(one) or now) < now]
    return [number for number in sorted(waiting)[:limit] if _notice(session, number, today, now)]


def _notice(session: Session, number: int, today: date, now: datetime) -> bool:
    action = steps.locked(session, number)
    due = effect.check_due(action)
    if action.state == ActionState.OPEN and action.due < today and action.overdue_told is None:
        action.overdue_told = now
        steps.record(session, action, "overdue", "system", now, due=action.due.isoformat())
        return True
    if action.state == ActionState.DONE and due is not None and due < now and action.check_told is None:
        action.check_told = now
        steps.record(session, action, "check_due", "system", now)
        return True
    return False  # somebody was faster
