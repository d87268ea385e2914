"""Actions as pages, reports and the API read them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from handoff.dispatch.rules import in_force
from handoff.improvement import effect
from handoff.improvement.record import (
    ActionState,
    ImprovementAction,
    ImprovementCase,
    ImprovementStep,
    NotOnRecord,
)

LISTED = 500
"""Actions on a page; the latest of those that have ended."""

_LARGEST = 2**31 - 1
_RUNNING = (ActionState.OPEN, ActionState.DONE)


@dataclass(frozen=True)
class Standing:
    """How many actions there are: ``overdue`` is part of ``open``, ``to_check`` of ``done``."""

    open: int = 0
    overdue: int = 0
    done: int = 0
    to_check: int = 0
    verified: int = 0
    ineffective: int = 0
    cancelled: int = 0


def today(now: datetime) -> date:
    """The day in the operator's calendar."""
    return now.astimezone(in_force().hours.time_zone).date()


def is_overdue(action: ImprovementAction, now: datetime) -> bool:
    """Whether it should have been done by yesterday."""
    return action.state == ActionState.OPEN and action.due < today(now)


def is_ripe(action: ImprovementAction, now: datetime) -> bool:
    """Whether it is done and its effect can be judged."""
    due = effect.check_due(action)
    return action.state == ActionState.DONE and due is not None and due <= now


def find(session: Session, number: int) -> ImprovementAction:
    """An action. Raises `NotOnRecord`."""
    action = session.get(ImprovementAction, number) if 0 < number <= _LARGEST else None
    if action is None:
        raise NotOnRecord(f"there is no action {number}")
    return action


def listed(
    session: Session, *, states: Collection[ActionState] = tuple(ActionState), owner: str | None = None
) -> list[ImprovementAction]:
    """Actions in these states: what is to be done first, then what is done, then what has ended."""
    query = select(ImprovementAction).where(col(ImprovementAction.state).in_(states))
    if owner is not None:
        query = query.where(ImprovementAction.owner == owner)
    found = session.exec(query.order_by(col(ImprovementAction.id).desc()).limit(LISTED)).all()
    return sorted(found, key=_place)


def steps_of(session: Session, number: int) -> list[ImprovementStep]:
    """Everything that happened to an action, oldest first."""
    return list(
        session.exec(
            select(ImprovementStep)
            .where(ImprovementStep.action_id == number)
            .order_by(col(ImprovementStep.position))
        )
    )


def cases_of(session: Session, number: int) -> list[str]:
    """The references of the cases that belong to it, in the order in which they were added."""
    return list(
        session.exec(
            select(ImprovementCase.reference)
            .where(ImprovementCase.action_id == number)
            .order_by(col(ImprovementCase.at), col(ImprovementCase.reference))
        )
    )


def of_case(session: Session, reference: str) -> list[ImprovementAction]:
    """The actions that a case belongs to."""
    return list(
        session.exec(
            select(ImprovementAction)
            .join(ImprovementCase, col(ImprovementCase.action_id) == col(ImprovementAction.id))
            .where(ImprovementCase.reference == reference)
            .order_by(col(ImprovementAction.id))
        )
    )


def effect_of(session: Session, action: ImprovementAction, now: datetime) -> effect.Effect | None:
    """What has come of it so far; ``None`` before it is done, or if it names no complaints."""
    target = effect.target_of(action)
    if action.done_at is None or target.is_empty:
        return None
    return effect.measure(session, target, action.done_at, timedelta(weeks=action.weeks), now)


def standing(session: Session, now: datetime, owner: str | None = None) -> Standing:
    """How many actions there are of each kind; of ``owner`` only, if one is named."""
    query = select(ImprovementAction.state, func.count()).group_by(col(ImprovementAction.state))
    if owner is not None:
        query = query.where(ImprovementAction.owner == owner)
    counts = {str(state): number for state, number in session.exec(query)}
    running = listed(session, states=_RUNNING, owner=owner)
    return Standing(
        **counts,
        overdue=sum(is_overdue(one, now) for one in running),
        to_check=sum(is_ripe(one, now) for one in running),
    )


def line(action: ImprovementAction, now: datetime) -> dict[str, Any]:
    """An action as the API lists it."""
    due = effect.check_due(action)
    return action.model_dump(mode="json", exclude={"overdue_told", "check_told"}) | {
        "overdue": is_overdue(action, now),
        "check_due": due.isoformat() if due else None,
    }


def as_data(session: Session, action: ImprovementAction, now: datetime) -> dict[str, Any]:
    """An action with its cases, history and effect, for the API."""
    assert action.id is not None
    found = effect_of(session, action, now)
    steps = steps_of(session, action.id)
    return line(action, now) | {
        "cases": cases_of(session, action.id),
        "history": [step.model_dump(mode="json", exclude={"id", "action_id"}) for step in steps],
        "effect": found.as_data() if found else None,
    }


def _place(action: ImprovementAction) -> tuple[int, date, int]:
    """Where it stands in a list."""
    rank = _RUNNING.index(ActionState(action.state)) if action.state in _RUNNING else len(_RUNNING)
    last = action.due if rank == 0 else date.max
    return rank, last, -(action.id or 0)
