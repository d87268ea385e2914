"""What is done with a corrective or preventive action, from its start to the proof that it has worked.

Each is one transaction that locks the action's row and leaves an `ImprovementStep`; nothing goes back
silently. ``agent`` is who does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limited
from sqlmodel import Session

from complaints.complaint import Category
from handoff.dispatch.rules import in_force
from handoff.holding import actor
from handoff.improvement import effect, steps, ties
from handoff.improvement.record import (
    ActionKind,
    ActionState,
    AnotherMustCheck,
    CaseAuditFinding,
    ImprovementAction,
    NotOnRecord,
    NotTheirs,
    TooEarly,
    WrongState,
)
from handoff.queue import BadInput
from handoff.rest.bodies import Name, Text
from handoff.staff import agents

WEEKS = 8
"""For how long before and after complaints are counted, where nobody says otherwise."""


class Plan(BaseModel):
    """What is wrong, what is to be done, by whom and when, and which complaints should become fewer."""

    model_config = ConfigDict(frozen=True)

    kind: ActionKind = ActionKind.CORRECTIVE
    problem: Text
    plan: Text
    owner: Name
    due: date
    product: Name | None = None
    category: Category | None = None
    cause: Name | None = None
    weeks: int = Limited(default=WEEKS, ge=1, le=52)


class Change(BaseModel):
    """What of a plan is to be another; what is ``None`` stays."""

    model_config = ConfigDict(frozen=True)

    plan: Text | None = None
    owner: Name | None = None
    due: date | None = None
    weeks: int | None = Limited(default=None, ge=1, le=52)


def start(
    session: Session,
    plan: Plan,
    agent: str,
    now: datetime,
    *,
    cases: Iterable[str] = (),
    follows: int | None = None,
    finding: int | None = None,
) -> int:
    """Start an action; its number. ``follows`` is one that did not work, ``finding`` that of an audit.

    Raises `UnknownAgent`, `BadInput`, `NotOnRecord`, `WrongState`, `UnknownReference`.
    """
    owner = _owner(session, plan.owner)
    if follows is not None and steps.locked(session, follows).state != ActionState.INEFFECTIVE:
        raise WrongState(f"action {follows} has not been found without effect")
    action = ImprovementAction(
        **plan.model_dump(exclude={"owner"}), owner=owner, follows=follows, made_by=actor(agent), made_at=now
    )
    session.add(action)
    session.flush()
    steps.record(session, action, "started", actor(agent), now, owner=owner, due=action.due.isoformat(),
            follows=follows, finding=finding)  # fmt: skip
    assert action.id is not None
    if finding is not None:
        _answer(session, finding, action.id)
    for reference in dict.fromkeys(cases):
        ties.add(session, action, reference, agent, now)
    return action.id


def change(session: Session, number: int, agent: str, wanted: Change, *, reason: str, now: datetime) -> None:
    """Another owner, date, plan, or span; with the reason why.

    Raises `NotOnRecord`, `WrongState` once it has ended, `BadInput`, `UnknownAgent`.
    """
    action = steps.locked(session, number)
    if action.state not in (ActionState.OPEN, ActionState.DONE):
        raise WrongState(f"action {number} is {action.state}")
    after = wanted.model_dump(exclude_none=True)
    if "owner" in after:
        after["owner"] = _owner(session, after["owner"])
    after = {name: value for name, value in after.items() if getattr(action, name) != value}
    if not after:
        raise BadInput("nothing of it would change")
    before = {name: getattr(action, name) for name in after}
    for name, value in after.items():
        setattr(action, name, value)
    if "due" in after:
        action.overdue_told = None
    if "weeks" in after:
        action.check_told = None
    steps.record(session, action, "changed", actor(agent), now, steps.said(reason), before=_plain(before),
            after=_plain(after))  # fmt: skip


def complete(
    session: Session, number: int, agent: str, *, outcome: str, now: datetime, as_supervisor: bool = False
) -> None:
    """It is done; ``outcome`` says what was. Its owner may say so, and supervisors.

    Raises `NotOnRecord`, `NotTheirs`, `WrongState`, `BadInput`.
    """
    action = steps.locked(session, number)
    if action.owner != agent and not as_supervisor:
        raise NotTheirs(f"action {number} is {action.owner}'s")
    _move(action, ActionState.DONE, ActionState.OPEN)
    action.outcome, action.done_by, action.done_at = steps.said(outcome), agent, now
    steps.record(session, action, "done", actor(agent), now, action.outcome)


def confirm(
    session: Session, number: int, agent: str, *, effective: bool, reason: str, now: datetime
) -> None:
    """Somebody has looked at the figures: it has worked, or it has not. The figures are kept with it.

    Where letters need a second pair of eyes (`Rules.second_pair`), so does this: not its owner, and not
    whoever did it. That it has worked can be said once its ``weeks`` have passed, that it has not at
    any time. Raises `NotOnRecord`, `WrongState`, `TooEarly`, `AnotherMustCheck`, `BadInput`.
    """
    action = steps.locked(session, number)
    state = ActionState.VERIFIED if effective else ActionState.INEFFECTIVE
    due = effect.check_due(action)
    if effective and due is not None and now < due and action.state == ActionState.DONE:
        raise TooEarly(f"its effect can be judged {action.weeks} weeks after it was done: {due:%Y-%m-%d}")
    if action.state == ActionState.DONE and needs_another(action, agent):
        raise AnotherMustCheck("who owns an action or has done it does not confirm it: ask another")
    _move(action, state, ActionState.DONE)
    assert action.done_at is not None
    found = effect.measure(
        session, effect.target_of(action), action.done_at, timedelta(weeks=action.weeks), now
    )
    action.checked_by, action.checked_at = agent, now
    steps.record(session, action, str(state), actor(agent), now, steps.said(reason), effect=found.as_data())


def reopen(session: Session, number: int, agent: str, *, due: date, reason: str, now: datetime) -> None:
    """It was not done after all, has not worked, or no longer does: it is open again, until ``due``.

    Raises `NotOnRecord`, `WrongState`, `BadInput`.
    """
    action = steps.locked(session, number)
    before = {"state": action.state, "due": action.due.isoformat(), "outcome": action.outcome}
    _move(action, ActionState.OPEN, *(state for state in ActionState if state != ActionState.OPEN))
    action.due, action.outcome, action.done_by, action.done_at = due, "", None, None
    action.checked_by = action.checked_at = action.overdue_told = action.check_told = None
    steps.record(session, action, "reopened", actor(agent), now, steps.said(reason), before=before,
            due=due.isoformat())  # fmt: skip


def cancel(session: Session, number: int, agent: str, *, reason: str, now: datetime) -> None:
    """It will not be done. Raises `NotOnRecord`, `WrongState`, `BadInput`."""
    action = steps.locked(session, number)
    _move(action, ActionState.CANCELLED, ActionState.OPEN)
    steps.record(session, action, "cancelled", actor(agent), now, steps.said(reason))


def needs_another(action: ImprovementAction, agent: str) -> bool:
    """Whether somebody else than ``agent`` must confirm the effect."""
    return in_force().second_pair != "none" and agent in (action.owner, action.done_by)


def _move(action: ImprovementAction, to: ActionState, *allowed: ActionState) -> None:
    if action.state not in allowed:
        raise WrongState(f"an action that is {action.state} cannot become {to}")
    action.state = to


def _owner(session: Session, name: str) -> str:
    found = agents.find(session, name)
    if not found.active:
        raise BadInput(f"the account of {found.name} is closed: choose somebody else")
    return found.name


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _answer(session: Session, number: int, action: int) -> None:
    found = session.get(CaseAuditFinding, number, with_for_update=True)
    if found is None:
        raise NotOnRecord(f"there is no finding {number}")
    if found.action_id is not None:
        raise WrongState(f"finding {number} has action {found.action_id} already")
    found.action_id = action
    session.add(found)
