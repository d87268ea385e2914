"""Receipts: what a customer gets within ten seconds when the dialogue engine gives no answer.

Written by a timer in a lane of its own (`channels.inbox.accept` arms it, an answer disarms it), in
the program's own words. At most one provisional case for each conversation and outage; an open
case is reused. When the engine is back, the message is answered after all, and the turn settles
whether the provisional case was a complaint.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from bot.gathering import language_of
from bot.settings import Settings
from channels import inbox, lanes, outbox
from channels.lanes import Job, JobState, Lease
from channels.message import InboundKind
from channels.transcript import Author, Conversation, Delivery, Message, lock
from complaints import assessing, register, texts, triage
from complaints.complaint import Kind, Status
from complaints.facts import Hazard
from complaints.record import Complaint
from complaints.reference import mint
from complaints.triage import Assessment
from handoff import queue
from handoff.queue import Reason

log = structlog.get_logger()


def write(session: Session, lease: Lease, job: Job, settings: Settings, now: datetime) -> None:
    """The timer of a message has run out: unless it was answered meanwhile, write its receipt."""
    message = session.get_one(Message, job.payload["receipt"])
    conversation = lock(session, message.conversation)
    session.refresh(message)
    lanes.finish(session, lease, job, now)
    unanswered = message.state == Delivery.RECEIVED and message.kind in _TURNS
    if unanswered and conversation.holder is None:
        _receipt(session, conversation, message, settings, now)


def give_up(
    session: Session,
    lease: Lease,
    job: Job,
    settings: Settings,
    error: str,
    now: datetime,
) -> None:
    """The engine failed at this very message again and again, or every worker died of it: a person reads it.

    Where a person holds the conversation they have read it already, and the program is silent.
    """
    message = session.get_one(Message, job.payload["message"])
    conversation = lock(session, message.conversation)
    if conversation.holder is None and message.kind in _TURNS:
        case = _receipt(session, conversation, message, settings, now)
        case.provisional = False
        queue.open_item(session, case, Reason.MISUNDERSTOOD, now)
    inbox.answered(session, job.payload["message"], now)
    lanes.bury(session, lease, job, error, now)


_TURNS = (InboundKind.MESSAGE, InboundKind.UNSUPPORTED)


def _receipt(
    session: Session, conversation: Conversation, message: Message, settings: Settings, now: datetime
) -> Complaint:
    spoken, hazard, assessment = _read(conversation, message)
    cases = register.of_conversation(session, conversation.id)
    case = next((c for c in cases if Status(c.status).is_open), None)
    known = case is not None
    if case is None:
        case = provisional_case(session, conversation, message, spoken, settings, now)
    key = "receipt_engine_down_open_case" if known and not case.provisional else "receipt_engine_down"
    lines = [texts.say(key, spoken, reference=case.reference)]
    if hazard is not None and hazard.danger_to_life:
        lines.insert(0, settings.emergency_text or texts.say("emergency", spoken))
    outbox.put(
        session,
        conversation,
        " ".join(lines),
        author=Author.BOT,
        # One receipt for each outage: as long as the first message of it waits, the name is the same.
        dedup=f"receipt:{_first_unanswered(session, message)}",
        now=now,
        route=message.route,
    )
    if assessment is not None:
        assessing.assess(session, case, assessment, now=now)
    return case


def _read(conversation: Conversation, message: Message) -> tuple[str, Hazard | None, Assessment | None]:
    """The language of a message, its danger and its weight, by rules alone.

    A text at which they fail gets its receipt all the same: a person reads it.
    """
    try:
        spoken = language_of(conversation, message)
        return spoken, triage.hazard(message.text, spoken), triage.assess(message.text, spoken, None)
    except Exception:
        log.exception("message not understood", message=message.id)
        return conversation.language or texts.FALLBACK, None, None


def provisional_case(
    session: Session,
    conversation: Conversation,
    message: Message,
    spoken: str,
    settings: Settings,
    now: datetime,
) -> Complaint:
    """A case in the program's own words: whether it is a complaint is seen later."""
    case = register.open_case(
        session,
        reference=mint(),
        kind=Kind.COMPLAINT,
        conversation=conversation.id,
        channel=conversation.channel,
        language=spoken,
        description=message.text,
        clock=settings.policy.start(now),
        actor="system",
        now=now,
        provisional=True,
    )
    register.acknowledge(session, case, message=f"receipt:{message.id}", actor="system", now=now)
    queue.open_item(session, case, Reason.COMPLAINT, now)
    return case


def _first_unanswered(session: Session, message: Message) -> int:
    """Of the messages whose turns are still to come the first; the one with the receipt if none is."""
    first = session.exec(
        select(Message.id)
        .join(Job, col(Job.dedup_key) == col(Message.dedup))
        .where(
            Message.conversation == message.conversation,
            Message.author == Author.CUSTOMER,
            Message.state == Delivery.RECEIVED,
            Job.state == JobState.READY,
        )
        .order_by(col(Message.id))
        .limit(1)
    ).first()
    return first or message.id or 0
