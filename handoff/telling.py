"""What customers are told when a case moves at the desk: who came, who left, what was decided."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from channels import outbox
from channels.transcript import Author, Conversation, Message
from complaints import texts
from complaints.complaint import Decision, Remedy
from complaints.record import Complaint


def letter(
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


def announce(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    key: str,
    position: int,
    now: datetime,
    **values: object,
) -> Message:
    """Tell the customer what has changed, once for the event at ``position`` of the case."""
    text = texts.say(key, language_of(conversation, case), **values)
    return outbox.put(
        session, conversation, text, author=Author.SYSTEM, dedup=f"{key}:{case.reference}:{position}", now=now
    )[0]


def language_of(conversation: Conversation, case: Complaint) -> str:
    """The language to answer in: the customer's latest, or that of the complaint."""
    return conversation.language or case.language
