"""What an agent does with a case: claim, reply, note, assess, release, hand back, resolve.

Who holds it (claim, release, transfer and the like) is in `handoff.holding`; tasks, evidence, letters and
what follows an answer are in `handoff.casework`.
Each move is one transaction that locks the conversation first (`handoff.queue.take`), leaves an event
in the case's history, and says what the customer must hear through the outbox. ``agent`` is the agent's
name; whether their role allows it is decided at the door (`handoff.rest.api`).
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from channels import outbox
from channels.transcript import Author, Message
from complaints import assessing, register
from complaints.complaint import Category, Decision, Kind, Remedy, Severity, Status
from complaints.deciding import Finding
from complaints.record import Complaint
from handoff.casework import deciding
from handoff.holding import (
    accept,
    actor,
    assign,
    check_holder,
    claim,
    decline,
    release,
    take_over,
    transfer,
    wake,
)
from handoff.queue import LEAD, BadInput, State, let_go, take
from handoff.telling import announce_presence

__all__ = ["accept", "assign", "claim", "decline", "release", "take_over", "transfer"]  # and those below


def reply(session: Session, reference: str, agent: str, text: str, request: str, now: datetime) -> None:
    """Say ``text`` to the customer, once for each ``request`` (an id that the agent's page makes).

    The same request again answers like the first. Raises `NotHolder`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    dedup = f"agent:{reference}:{request}"
    first = session.exec(select(Message).where(col(Message.dedup) == f"{dedup}/0")).first()
    if first is not None and first.author_name == agent:
        return
    check_holder(item, agent)
    messages = outbox.put(
        session, conversation, text, author=Author.AGENT, author_name=agent, dedup=dedup, now=now
    )
    register.record(session, case, "replied", actor=actor(agent), now=now, messages=messages)
    wake(session, conversation)


def note(session: Session, reference: str, agent: str, text: str, now: datetime) -> None:
    """Keep ``text`` in the case's history, for colleagues only. Raises `UnknownReference`."""
    conversation, _, case = take(session, reference, now)
    register.record(session, case, "note", actor=actor(agent), now=now, text=text)
    wake(session, conversation)


def assess(
    session: Session,
    reference: str,
    agent: str,
    *,
    severity: Severity | None,
    category: Category | None,
    kind: Kind | None = None,
    reason: str,
    now: datetime,
) -> None:
    """Override the assessment, and say why. Raises `BadInput`, `UnknownReference`.

    ``kind`` says whether it is a complaint at all. The case stays where it is: somebody answers it still.
    """
    if severity is None and category is None and kind is None:
        raise BadInput("say which severity or category it should be, or whether it is a complaint")
    if not reason.strip():
        raise BadInput("say why: an assessment is only overridden with a reason")
    conversation, _, case = take(session, reference, now)
    assessing.reassess(
        session,
        case,
        severity=severity,
        category=category,
        kind=kind,
        reason=reason,
        actor=actor(agent),
        now=now,
    )
    wake(session, conversation)


def hand_back(session: Session, reference: str, agent: str, now: datetime, *, note: str = "") -> None:
    """Give the conversation back to the bot; the customer is told that the assistant is there again.

    ``note`` is kept for colleagues. The case returns to the queue before its next due date. Raises
    `NotHolder`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    check_holder(item, agent)
    free = let_go(session, conversation, item, State.WITH_BOT)
    item.reasons, item.back_at = [], _before_due(case, now)
    told: dict[str, object] = {}
    if free:
        position = register.next_position(session, case)
        told = announce_presence(session, conversation, case, "agent_left", position, now, agent=agent)
    register.record(session, case, "handed_back", actor=actor(agent), now=now, reason=note, **told)


def resolve(
    session: Session,
    reference: str,
    agent: str,
    *,
    decision: Decision,
    remedy: Remedy | None,
    text: str,
    outside: str,
    now: datetime,
) -> None:
    """Decide the case and tell the customer: the decision, the agent's ``text``, and how to go on.

    It is `handoff.casework.deciding.resolve`, for whoever writes and checks in one go. Upheld closes the
    case. Anything less leaves it open as ``responded``, with the bot, and brings it back after
    `handoff.dispatch.rules.Rules.monitored`. ``outside`` names the body to turn to next, if there is
    one. Raises `NotHolder`, `MoveRefused`, `UnknownReference`.
    """
    finding = Finding(decision=decision, remedy=remedy, found=text)
    deciding.resolve(session, reference, agent, finding, outside=outside, now=now)


def close(session: Session, reference: str, agent: str, reason: str, now: datetime) -> None:
    """Close an answered case: the customer accepts, or the ways to go on are used up.

    Raises `NotHolder`, `BadInput`, `MoveRefused` for a case without an answer, `UnknownReference`.
    """
    if not reason.strip():
        raise BadInput("say why: the customer accepts, or the ways to go on are used up")
    conversation, item, case = take(session, reference, now)
    check_holder(item, agent)
    register.move(session, case, Status.CLOSED, actor=actor(agent), now=now, reason=reason)
    let_go(session, conversation, item, State.CLOSED)
    item.reasons = []


def _before_due(case: Complaint, now: datetime) -> datetime:
    """When a case that is with the bot must be seen by a person again."""
    dues = sorted((case.update_by, case.respond_by))
    moments = [moment for due in dues for moment in (due - LEAD, due) if moment > now]
    return min(moments, default=now + LEAD)
