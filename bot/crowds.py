"""Answers a crowd: many messages of one conversation with one polite answer, and a person who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from bot import receipts
from bot.gathering import language_of
from bot.settings import Settings
from channels import lanes, outbox
from channels.crowds import CROWD, GATHER
from channels.lanes import Job, Lease
from channels.transcript import Author, Conversation, Delivery, File, Message, lock
from channels.wakeups import Database, notify
from complaints import assessing, describing, register, texts, triage
from complaints.commands import Details
from complaints.complaint import Status
from handoff import queue
from handoff.queue import Reason

_AT_ONCE = 100
"""Messages of a crowd that are read in one go; the rest follows."""

_QUIET = timedelta(minutes=10)
"""For so long one polite answer is enough."""

_DESCRIPTION = 8_000
"""Characters of a crowd that go into the case. The transcript has all of it."""


@dataclass(frozen=True)
class Crowd:
    """Messages of one conversation, oldest first, and what stands out among them."""

    messages: list[Message]
    language: str
    worst: Message | None
    danger_to_life: bool


async def take(database: Database, settings: Settings, lease: Lease, job: Job) -> None:
    """Handle a crowd's timer. Hazards are looked for outside the transaction: they take their time."""
    crowd = await database.read(_read, job.payload["crowd"])
    await database.run(_answer, lease, job, crowd, settings, datetime.now(UTC))


def _read(session: Session, conversation_id: str) -> Crowd | None:
    conversation = session.get_one(Conversation, conversation_id)
    messages = list(session.exec(_unread(conversation_id).limit(_AT_ONCE)))
    if not messages:
        return None
    spoken = language_of(conversation, messages[0])
    hazards = [(triage.hazard(m.text, spoken), m) for m in messages if m.text]
    found = [(hazard, m) for hazard, m in hazards if hazard is not None]
    life = next((pair for pair in found if pair[0].danger_to_life), None)
    worst = life or next((p for p in found if p[0].severity == "critical"), found[0] if found else None)
    return Crowd(messages, spoken, worst[1] if worst else None, life is not None)


def _answer(
    session: Session, lease: Lease, job: Job, crowd: Crowd | None, settings: Settings, now: datetime
) -> None:
    conversation = lock(session, job.payload["crowd"])
    lanes.finish(session, lease, job, now)
    if crowd is not None:
        _put_on_record(session, conversation, crowd, settings, now)
    # Whoever joined since the crowd was read found this timer, and set none.
    if (first := session.exec(_unread(conversation.id).limit(1)).first()) is not None:
        lanes.put(
            session, lease.lane, job.payload, dedup=f"crowd:{first.id}+", now=now, due=now + GATHER / 10
        )


def _unread(conversation_id: str) -> SelectOfScalar[Message]:
    return (
        select(Message)
        .where(
            Message.conversation == conversation_id,
            Message.state == Delivery.RECEIVED,
            Message.kind == CROWD,
        )
        .order_by(col(Message.seq))
    )


def _put_on_record(
    session: Session, conversation: Conversation, crowd: Crowd, settings: Settings, now: datetime
) -> None:
    """Into an open case or a new one, for a person to read."""
    ids = [message.id for message in crowd.messages]
    said = [message.text for message in crowd.messages]
    cases = register.of_conversation(session, conversation.id)
    case = next((c for c in cases if Status(c.status).is_open), None)
    if case is None:
        case = receipts.provisional_case(
            session, conversation, crowd.messages[0], crowd.language, settings, now
        )
        case.provisional = False  # a person decides, not the dialogue
        said = said[1:]  # the first has become its description
    added = "\n\n".join(filter(None, said))[:_DESCRIPTION] or None
    describing.add_details(session, case, Details(), description=added, actor="customer", now=now)
    if crowd.worst is not None:
        assessing.assess(session, case, triage.assess(crowd.worst.text, crowd.language, None), now=now)
    queue.open_item(session, case, Reason.MISUNDERSTOOD, now)
    session.exec(update(File).where(col(File.message_id).in_(ids)).values(reference=case.reference))
    session.exec(update(Message).where(col(Message.id).in_(ids)).values(state=Delivery.ANSWERED))
    _say(session, conversation, crowd, case.reference, settings, now)
    notify(session, f"chat:{conversation.id}")


def _say(
    session: Session,
    conversation: Conversation,
    crowd: Crowd,
    reference: str,
    settings: Settings,
    now: datetime,
) -> None:
    """One answer for all; to somebody in danger, first of all whom to call."""
    if conversation.holder is not None:
        return
    lately = session.exec(
        select(Message.id).where(
            Message.conversation == conversation.id,
            col(Message.dedup).startswith("crowd:"),
            col(Message.at) > now - _QUIET,
        )
    ).first()
    if lately is not None and not crowd.danger_to_life:
        return
    lines = [texts.say("too_many_messages", crowd.language, reference=reference)]
    if crowd.danger_to_life:
        lines.insert(0, settings.emergency_text or texts.say("emergency", crowd.language))
    outbox.put(
        session,
        conversation,
        " ".join(lines),
        author=Author.BOT,
        dedup=f"crowd:{crowd.messages[0].id}",
        now=now,
        route=crowd.messages[-1].route,  # of all of them, where the customer wrote last
    )
