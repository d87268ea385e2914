"""Cases that belong to an action: the action's history says so, and the case's."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from channels import transcript
from complaints import register
from complaints.record import Complaint
from handoff.holding import actor, wake
from handoff.improvement import steps
from handoff.improvement.record import ImprovementAction, ImprovementCase
from handoff.queue import BadInput


def tie(session: Session, number: int, reference: str, agent: str, now: datetime) -> None:
    """A case belongs to it. Raises `NotOnRecord`, `BadInput`, `UnknownReference`."""
    add(session, steps.locked(session, number), reference, agent, now)


def untie(session: Session, number: int, reference: str, agent: str, now: datetime) -> None:
    """A case does not belong to it after all. Raises `NotOnRecord`, `BadInput`, `UnknownReference`."""
    action = steps.locked(session, number)
    found = session.get(ImprovementCase, (number, reference))
    if found is None:
        raise BadInput(f"{reference} does not belong to action {number}")
    session.delete(found)
    _tell(session, action, reference, "action_unlinked", agent, now)


def add(session: Session, action: ImprovementAction, reference: str, agent: str, now: datetime) -> None:
    """`tie`, for an action that is locked already."""
    assert action.id is not None
    register.find(session, reference)
    if session.get(ImprovementCase, (action.id, reference)) is not None:
        raise BadInput(f"{reference} belongs to action {action.id} already")
    session.add(ImprovementCase(action_id=action.id, reference=reference, by=actor(agent), at=now))
    _tell(session, action, reference, "action_linked", agent, now)


def _tell(
    session: Session, action: ImprovementAction, reference: str, kind: str, agent: str, now: datetime
) -> None:
    """In both histories. The conversation's row is locked, as for every event of a case."""
    name = session.exec(select(Complaint.conversation).where(Complaint.reference == reference)).one()
    conversation = transcript.lock(session, name)
    case = register.find(session, reference)
    register.record(session, case, kind, actor=actor(agent), now=now, action=action.id)
    wake(session, conversation)
    steps.record(session, action, kind.replace("action_", "case_"), actor(agent), now, reference=reference)
