"""Customers who have complained: rows as the turn of a message leaves them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from bot.db import Database
from channels import inbox, outbox, transcript
from channels.message import Address, Inbound
from channels.transcript import Author
from complaints import register
from complaints.clocks import Clock
from complaints.complaint import Category, Kind, Severity, Status
from complaints.reference import mint
from handoff import queue
from handoff.queue import Reason
from handoff.staff import agents
from handoff.staff.agents import Role

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

_numbers = itertools.count(1)


def complain(
    session: Session,
    *,
    key: str | None = None,
    text: str = "My kettle arrived broken.",
    severity: Severity = Severity.MEDIUM,
    respond_in: timedelta = timedelta(days=10),
    channel: str = "webchat",
    reason: Reason = Reason.COMPLAINT,
    language: str = "en",
    now: datetime = NOW,
) -> str:
    """A customer complains, the bot acknowledges, the case waits for a person; its reference."""
    number = next(_numbers)
    address = Address(channel, key or f"visitor-{number}")
    inbox.accept(session, Inbound(address, f"message-{number}", text, sender_name="Maria Lopez"), now)
    conversation = transcript.lock(session, address.conversation)
    conversation.language = language
    reference = mint()
    case = register.open_case(
        session,
        reference=reference,
        kind=Kind.COMPLAINT,
        conversation=conversation.id,
        channel=channel,
        language=language,
        description=text,
        clock=Clock(now, now + respond_in / 2, now + respond_in),
        actor="customer",
        now=now,
    )
    said = outbox.put(
        session,
        conversation,
        f"I've filed it under {reference}.",
        author=Author.BOT,
        dedup=f"turn:{number}",
        now=now,
    )
    register.acknowledge(session, case, message=str(said[0]), actor="bot", now=now)
    case.severity, case.category, case.assessed_by = severity, Category.DEFECT, "rules"
    case.reasons = [{"rule": "broken goods", "words": ["broken"]}]
    register.move(session, case, Status.ASSESSED, actor="bot", now=now)
    queue.open_item(session, case, reason, now)
    return reference


def bot_says(session: Session, reference: str, text: str, now: datetime = NOW) -> bool:
    """The bot answers, as at the end of a turn: not while a person holds the conversation."""
    conversation = transcript.lock(session, register.find(session, reference).conversation)
    if conversation.holder is not None:
        return False
    outbox.put(session, conversation, text, author=Author.BOT, dedup=f"bot:{next(_numbers)}", now=now)
    return True


def said(session: Session, reference: str) -> list[transcript.Message]:
    """Everything in the conversation of a case."""
    return transcript.after(session, register.find(session, reference).conversation, 0)


def hire(session: Session, name: str, role: Role = Role.AGENT) -> str:
    """An account; its access token."""
    return agents.add(session, name, role, NOW)


async def complain_to(database: Database, **about: object) -> str:
    """`complain`, in a transaction of its own."""
    return await database.run(lambda session: complain(session, **about))  # type: ignore[arg-type]
