"""The history of an action: who did what, when and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from handoff.improvement.record import ImprovementAction, ImprovementStep, NotOnRecord
from handoff.queue import BadInput

_LARGEST = 2**31 - 1  # what the database's column holds


def locked(session: Session, number: int) -> ImprovementAction:
    """An action, its row locked. Raises `NotOnRecord`."""
    action = None
    if 0 < number <= _LARGEST:
        action = session.get(ImprovementAction, number, with_for_update=True, populate_existing=True)
    if action is None:
        raise NotOnRecord(f"there is no action {number}")
    return action


def said(words: str) -> str:
    """A reason, which must not be empty. Raises `BadInput`."""
    if not words.strip():
        raise BadInput("say why, or what came of it")
    return words.strip()


def record(
    session: Session,
    action: ImprovementAction,
    kind: str,
    by: str,
    now: datetime,
    reason: str = "",
    **data: Any,
) -> None:
    """Write down that something happened to ``action``, and the action as it is now."""
    assert action.id is not None
    last = session.exec(
        select(ImprovementStep.position)
        .where(ImprovementStep.action_id == action.id)
        .order_by(col(ImprovementStep.position).desc())
        .limit(1)
    ).first()
    session.add(action)
    step = ImprovementStep(
        action_id=action.id, position=(last or 0) + 1, kind=kind, actor=by, at=now, reason=reason, data=data
    )
    session.add(step)
    session.flush()
