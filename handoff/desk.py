"""What an agent does with a case: claim, reply, note, assess, release, hand back, resolve.

Each is one transaction that locks the conversation first (`handoff.queue.take`), leaves an event
in the case's history, and says what the customer must hear through the outbox. ``agent`` is the
agent's name; whether their role allows it is decided at the door (`handoff.api`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from channels import outbox
from channels.transcript import Author, Conversation, Message
from channels.wakeups import notify
from complaints import register, texts
from complaints.complaint import Category, Decision, Kind, MoveRefused, Remedy, Severity, Status
from complaints.record import Complaint
from handoff.queue import (
    DESK,
    LEAD,
    AlreadyHeld,
    BadInput,
    Handoff,
    NotHolder,
    State,
    let_go,
    take,
)

MONITORED = timedelta(days=28)
"""After an answer that was not a full yes, a person looks at the case again (ISO 10002, 7.9)."""


def claim(session: Session, reference: str, agent: str, now: datetime) -> None:
    """``agent`` takes the case, and its conversation, over; the bot falls silent.

    Exactly one agent wins; for the winner it is idempotent. The line that tells the customer has a
    sequence number, and no message of the bot gets a later one while the case is held. Raises
    `AlreadyHeld`, `MoveRefused` for a case that is closed or withdrawn, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    if item.state == State.HELD and item.agent == agent:
        return
    if item.agent or conversation.holder not in (None, agent):
        raise AlreadyHeld(item.agent or conversation.holder or "")
    if not Status(case.status).is_open:
        raise MoveRefused(f"{reference} is {case.status}: only a case that is open can be claimed")
    joins = conversation.holder is None
    item.state, item.agent, item.claimed_at, item.back_at = State.HELD, agent, now, None
    conversation.holder = agent
    session.add(item)
    event = register.record(session, case, "claimed", actor=_actor(agent), now=now)
    if joins:
        line = _announce(session, conversation, case, "agent_joined", event.position, now, agent=agent)
        event.data = {"message": line.id, "seq": line.seq}
        if case.status == Status.RECEIVED:
            register.acknowledge(session, case, message=str(line.id), actor=_actor(agent), now=now)
    _investigate(session, case, agent, now)
    _wake(session, conversation)


def reply(session: Session, reference: str, agent: str, text: str, request: str, now: datetime) -> None:
    """Say ``text`` to the customer, once for each ``request`` (an id that the agent's page makes).

    The same request again answers like the first. Raises `NotHolder`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    dedup = f"agent:{reference}:{request}"
    first = session.exec(select(Message).where(col(Message.dedup) == f"{dedup}/0")).first()
    if first is not None and first.author_name == agent:
        return
    _check_holder(item, agent)
    messages = outbox.put(
        session, conversation, text, author=Author.AGENT, author_name=agent, dedup=dedup, now=now
    )
    register.record(session, case, "replied", actor=_actor(agent), now=now, messages=[m.id for m in messages])
    _wake(session, conversation)


def note(session: Session, reference: str, agent: str, text: str, now: datetime) -> None:
    """Keep ``text`` in the case's history, for colleagues only. Raises `UnknownReference`."""
    conversation, _, case = take(session, reference, now)
    register.record(session, case, "note", actor=_actor(agent), now=now, text=text)
    _wake(session, conversation)


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
    register.reassess(
        session,
        case,
        severity=severity,
        category=category,
        kind=kind,
        reason=reason,
        actor=_actor(agent),
        now=now,
    )
    _wake(session, conversation)


def release(session: Session, reference: str, agent: str, now: datetime, *, for_holder: bool = False) -> None:
    """Put the case back into the queue, at its old place. The customer is told nothing new.

    ``for_holder`` lets a supervisor release what an absent agent holds. Raises `NotHolder`,
    `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    if not (for_holder and item.agent):
        _check_holder(item, agent)
    holder = item.agent
    let_go(session, conversation, item, State.WAITING)
    register.record(session, case, "released", actor=_actor(agent), now=now, holder=holder)


def hand_back(session: Session, reference: str, agent: str, now: datetime) -> None:
    """Give the conversation back to the bot; the customer is told that the assistant is there again.

    The case returns to the queue before its next due date. Raises `NotHolder`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    _check_holder(item, agent)
    free = let_go(session, conversation, item, State.WITH_BOT)
    item.reasons, item.back_at = [], _before_due(case, now)
    event = register.record(session, case, "handed_back", actor=_actor(agent), now=now)
    if free:
        line = _announce(session, conversation, case, "agent_left", event.position, now, agent=agent)
        event.data = {"message": line.id, "seq": line.seq}


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

    Upheld closes the case. Anything less leaves it open as ``responded``, with the bot, and brings
    it back after `MONITORED`. ``outside`` names the body to turn to next, if there is one. Raises
    `NotHolder`, `MoveRefused`, `UnknownReference`.
    """
    conversation, item, case = take(session, reference, now)
    if not Status(case.status).is_open:
        raise MoveRefused(f"{reference} is {case.status} already")
    _check_holder(item, agent)
    register.resolve(session, case, decision=decision, remedy=remedy, text=text, actor=_actor(agent), now=now)
    position = register.record(session, case, "informed", actor=_actor(agent), now=now).position
    outbox.put(
        session,
        conversation,
        _letter(_language(conversation, case), reference, decision, remedy, text, outside),
        author=Author.AGENT,
        author_name=agent,
        dedup=f"decision:{reference}:{position}",
        now=now,
    )
    closed = not Status(case.status).is_open
    let_go(session, conversation, item, State.CLOSED if closed else State.WITH_BOT)
    item.reasons, item.back_at = [], None if closed else now + MONITORED


def close(session: Session, reference: str, agent: str, reason: str, now: datetime) -> None:
    """Close an answered case: the customer accepts, or the ways to go on are used up.

    Raises `NotHolder`, `BadInput`, `MoveRefused` for a case without an answer, `UnknownReference`.
    """
    if not reason.strip():
        raise BadInput("say why: the customer accepts, or the ways to go on are used up")
    conversation, item, case = take(session, reference, now)
    _check_holder(item, agent)
    register.move(session, case, Status.CLOSED, actor=_actor(agent), now=now, reason=reason)
    let_go(session, conversation, item, State.CLOSED)
    item.reasons = []


def _check_holder(item: Handoff, agent: str) -> None:
    if item.state != State.HELD or item.agent != agent:
        raise NotHolder(item.agent)


def _investigate(session: Session, case: Complaint, agent: str, now: datetime) -> None:
    """A person reads the case: whatever the bot left undone of the stages before is done now."""
    if case.status == Status.ACKNOWLEDGED:
        register.move(session, case, Status.ASSESSED, actor=_actor(agent), now=now, reason="read by a person")
    if case.status == Status.ASSESSED:
        register.move(session, case, Status.INVESTIGATING, actor=_actor(agent), now=now, reason="claimed")


def _letter(
    language: str, reference: str, decision: Decision, remedy: Remedy | None, text: str, outside: str
) -> str:
    """The answer as the customer reads it."""
    opening = texts.say(f"decision_{decision}", language, reference=reference)
    if remedy is not None:
        granted = texts.say(f"remedy_{remedy}", language)
        opening = f"{opening} {texts.say('decision_remedy', language, remedy=granted)}"
    parts = [opening, text]
    if decision is not Decision.UPHELD:
        body = texts.say("process_outside", language, outside_body=outside) if outside else ""
        parts.append(texts.say("decision_recourse", language, outside=body).strip())
    return "\n\n".join(parts)


def _announce(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    key: str,
    position: int,
    now: datetime,
    **values: object,
) -> Message:
    """Tell the customer what has changed, once for the event at ``position`` of the case."""
    text = texts.say(key, _language(conversation, case), **values)
    return outbox.put(
        session, conversation, text, author=Author.SYSTEM, dedup=f"{key}:{case.reference}:{position}", now=now
    )[0]


def _language(conversation: Conversation, case: Complaint) -> str:
    return conversation.language or case.language


def _before_due(case: Complaint, now: datetime) -> datetime:
    """When a case that is with the bot must be seen by a person again."""
    dues = sorted((case.update_by, case.respond_by))
    moments = [moment for due in dues for moment in (due - LEAD, due) if moment > now]
    return min(moments, default=now + LEAD)


def _wake(session: Session, conversation: Conversation) -> None:
    notify(session, DESK)
    notify(session, f"chat:{conversation.id}")


def _actor(agent: str) -> str:
    return f"agent:{agent}"
