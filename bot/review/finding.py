"""Reads from the record what may deserve a trainer's look, with all that bears on it.

Two sources: how each message was understood (`Understanding`), and what agents changed about a case, with
their reason (the register's events).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.review.doubts import LEAST
from bot.review.record import AlreadyDecided, Decision, Understanding, UnknownMessage
from channels.transcript import Author, Conversation, Message
from complaints.record import Complaint, Event

POOL = 400
"""Messages that are looked at for one list: reading and masking them takes about two seconds, once."""


_CORRECTED, _AGENT = "reassessed", "agent:"


@dataclass(frozen=True)
class Correction:
    """What an agent changed about a case, and why. ``changed`` holds from and to by name."""

    by: str
    at: datetime
    why: str
    changed: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """A message as it is on record, with what bears on it. Not masked: for `masked` only."""

    id: int
    text: str
    language: str
    at: datetime
    understood: Understanding | None
    case: Complaint | None
    correction: Correction | None
    known: tuple[str, ...]


def pool(session: Session, languages: Collection[str]) -> list[Found]:
    """The messages in ``languages`` that may deserve a look and are not decided, at most twice `POOL`."""
    corrected = _corrected(session)
    rows = session.exec(
        select(Message, Understanding)
        .join(Understanding, col(Understanding.message_id) == col(Message.id))
        .outerjoin(Decision, col(Decision.message_id) == col(Message.id))
        .where(
            col(Decision.message_id).is_(None),
            col(Understanding.language).in_(languages),
            col(Understanding.doubt) >= LEAST,
        )
        .order_by(col(Understanding.doubt).desc(), col(Understanding.at).desc())
        .limit(POOL)
    ).all()
    messages = {_id(message): message for message, _ in rows} | {_id(m): m for m, _, _ in corrected}
    understood = {u.message_id: u for _, u in rows}
    told = {_id(m): (case, correction) for m, case, correction in corrected}
    found = _found(session, list(messages.values()), understood, told)
    return [one for one in found if one.language in languages]


def decided(session: Session) -> set[str]:
    """What all decided messages say: whoever says the same is not asked about again."""
    return set(session.exec(select(Decision.likeness)))


def one(session: Session, message_id: int) -> Found:
    """A message to decide on. Raises `UnknownMessage`, `AlreadyDecided`."""
    message = session.get(Message, message_id)
    if message is None or message.author != Author.CUSTOMER or not message.text.strip():
        raise UnknownMessage(f"no customer's message has the number {message_id}")
    if (decision := session.get(Decision, message_id)) is not None:
        raise AlreadyDecided(f"{decision.author} has {decision.verdict} this message already")
    told = {_id(m): (case, correction) for m, case, correction in _corrected(session, message.conversation)}
    return _found(session, [message], {}, told)[0]


def _found(
    session: Session,
    messages: list[Message],
    understood: dict[int, Understanding],
    told: dict[int, tuple[Complaint, Correction]],
) -> list[Found]:
    """What bears on the messages, read in a few queries."""
    missing = [_id(m) for m in messages if _id(m) not in understood]
    for row in session.exec(select(Understanding).where(col(Understanding.message_id).in_(missing))):
        understood[row.message_id] = row
    ids = {m.conversation for m in messages}
    conversations = {c.id: c for c in session.exec(select(Conversation).where(col(Conversation.id).in_(ids)))}
    known = _known(session, conversations)
    found = []
    for message in messages:
        mine, (case, correction) = understood.get(_id(message)), told.get(_id(message), (None, None))
        language = (mine.language if mine else None) or (case.language if case else None)
        found.append(
            Found(
                id=_id(message),
                text=message.text,
                language=language or conversations[message.conversation].language or "en",
                at=message.at,
                understood=mine,
                case=case,
                correction=correction,
                known=known[message.conversation],
            )
        )
    return found


def _known(session: Session, conversations: dict[str, Conversation]) -> dict[str, tuple[str, ...]]:
    """What the record tells of the people in each conversation: names, numbers, addresses."""
    told: dict[str, dict[str, None]] = {
        c.id: dict.fromkeys(filter(None, (c.name, c.phone))) for c in conversations.values()
    }
    for case in session.exec(select(Complaint).where(col(Complaint.conversation).in_(told))):
        parts = (case.name, case.phone, case.email, case.order, case.postal_address, case.reference)
        others = re.findall(r"[A-ZÀ-Þ][\w'’-]+", case.on_behalf_of or "")  # "my mother" is no name
        told[case.conversation] |= dict.fromkeys([*filter(None, parts), *others])
    people = select(Message.conversation, Message.author_name).where(
        col(Message.conversation).in_(told), col(Message.author_name).is_not(None)
    )
    for conversation, name in session.exec(people.distinct()):
        told[conversation][str(name)] = None
    return {conversation: tuple(values) for conversation, values in told.items()}


def _corrected(
    session: Session, conversation: str | None = None
) -> list[tuple[Message, Complaint, Correction]]:
    """The message that each corrected case is about, and the latest correction; newest first."""
    latest: dict[str, tuple[Complaint, Correction]] = {}
    corrections = _newest(session) if conversation is None else _of_one(session, conversation)
    for event, case in corrections:
        before, after = event.data["before"], event.data["after"]
        changed = {k: (str(before.get(k)), str(v)) for k, v in after.items() if before.get(k) != v}
        if changed and case.reference not in latest:
            by = event.actor.removeprefix(_AGENT)
            latest[case.reference] = (case, Correction(by, event.at, event.reason, changed))
    ids = {case.conversation for case, _ in latest.values()}
    said: dict[str, list[tuple[Message, bool]]] = {}
    for message, done in session.exec(
        select(Message, Decision.message_id)
        .outerjoin(Decision, col(Decision.message_id) == col(Message.id))
        .where(col(Message.conversation).in_(ids), Message.author == Author.CUSTOMER)
    ):
        if message.text.strip():
            said.setdefault(message.conversation, []).append((message, done is not None))
    found = []
    for case, correction in latest.values():
        # The longest tells the most; once it is decided, no other stands in for it.
        told = [m for m in said.get(case.conversation, ()) if m[0].text.strip() in case.description]
        longest = max(told, key=lambda m: len(m[0].text), default=None)
        if longest is not None and not longest[1]:
            found.append((longest[0], case, correction))
    return found


def _newest(session: Session) -> list[tuple[Event, Complaint]]:
    """Agents' corrections of all cases, the newest first."""
    return list(
        session.exec(
            select(Event, Complaint)
            .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
            .where(Event.kind == _CORRECTED, col(Event.actor).startswith(_AGENT))
            .order_by(col(Event.at).desc(), col(Event.id).desc())
            .limit(POOL)
        )
    )


def _of_one(session: Session, conversation: str) -> list[tuple[Event, Complaint]]:
    """Those of a conversation's cases, sorted here: in their order, the database would read those of all."""
    events = session.exec(
        select(Event, Complaint)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(Complaint.conversation == conversation)
    )
    found = [(e, case) for e, case in events if e.kind == _CORRECTED and e.actor.startswith(_AGENT)]
    return sorted(found, key=lambda one: (one[0].at, one[0].id), reverse=True)


def _id(message: Message) -> int:
    assert message.id is not None
    return message.id
