"""What customers are told when a case moves at the desk: who came, who left."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from channels import outbox
from channels.reaching import by_machine
from channels.transcript import Author, Conversation
from complaints import texts
from complaints.record import Complaint


def announce(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    key: str,
    position: int,
    now: datetime,
    **values: object,
) -> int:
    """Tell the customer what has changed, once for the event at ``position`` of the case; the line's id."""
    text = texts.say(key, language_of(conversation, case), **values)
    return outbox.put(
        session, conversation, text, author=Author.SYSTEM, dedup=f"{key}:{case.reference}:{position}", now=now
    )[0]


def announce_presence(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    key: str,
    position: int,
    now: datetime,
    **values: object,
) -> dict[str, object]:
    """Who has come or gone, to a customer who is in a chat; which line says so, for the event.

    Nobody calls a customer to tell them that Anna has joined.
    """
    if not by_machine(conversation.channel):
        return {}
    line = announce(session, conversation, case, key, position, now, **values)
    return {"message": line, "seq": conversation.last_seq}


def language_of(conversation: Conversation, case: Complaint) -> str:
    """The language to answer in: the customer's latest, or that of the complaint."""
    return conversation.language or case.language
