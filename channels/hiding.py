"""The one gate through which what customers send goes before anything is stored: see `complaints.masking`.

What was hidden is recorded by kind and number, never by value; and the customer is told once, by a line of
the system, which the dialogue does not know of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Field, Session, SQLModel

from channels import outbox
from channels.message import Inbound, InboundKind
from channels.transcript import Author, Conversation, Message
from complaints import language, texts
from complaints.masking import DOT, Masked, mask

_DIGIT = re.compile(r"\d")

log = structlog.get_logger()


class Hidden(SQLModel, table=True):
    """So many of a kind were hidden in a message, its file names included."""

    __tablename__ = "hidden"

    message_id: int = Field(primary_key=True, foreign_key="message.id")
    kind: str = Field(primary_key=True)
    count: int
    at: datetime


Counts = Counter[str]


def hide(inbounds: Sequence[Inbound]) -> tuple[list[Inbound], dict[str, Counts]]:
    """The messages as they may be stored, and what was hidden, by delivery (`key_of`)."""
    hidden: dict[str, Counts] = {}
    clean = []
    for inbound in inbounds:
        masked = _mask(inbound.text)
        found = Counter(masked.found)
        changed = inbound if masked.text is inbound.text else replace(inbound, text=masked.text)
        if inbound.attachments:
            names = [_mask(one.name) for one in inbound.attachments]
            for name in names:
                found.update(name.found)
            files = (
                replace(one, name=name.text) for one, name in zip(inbound.attachments, names, strict=True)
            )
            changed = replace(changed, attachments=tuple(files))
        if found:
            hidden[key_of(inbound)] = found
        clean.append(changed)
    return clean, hidden


def _mask(text: str) -> Masked:
    """A text at which the rules fail comes in without its digits: refused, it would come again for ever."""
    try:
        return mask(text)
    except Exception:
        log.exception("digits hidden: the rules failed")
        return Masked(_DIGIT.sub(DOT, text), {})


def key_of(inbound: Inbound) -> str:
    """What names a delivery."""
    return f"{inbound.address.channel}:{inbound.provider_id}"


def record(
    session: Session,
    conversation: Conversation,
    message: Message,
    inbound: Inbound,
    found: Counts,
    now: datetime,
) -> None:
    """Keep what was hidden in a message that is stored, in a conversation that is locked; and say so once."""
    assert message.id is not None
    for kind, count in sorted(found.items()):
        before = session.get(Hidden, (message.id, kind))
        if before is None:
            session.add(Hidden(message_id=message.id, kind=kind, count=count, at=now))
        else:  # an edit
            before.count, before.at = max(before.count, count), now
    if inbound.kind in (InboundKind.MESSAGE, InboundKind.EDIT) and not conversation.opted_out:
        guess = language.detect(inbound.text, known=conversation.language, locale=conversation.locale)
        said = texts.say("privacy_hidden", guess.language)
        dedup = f"hidden:{conversation.id}"
        outbox.put(
            session, conversation, said, author=Author.SYSTEM, dedup=dedup, now=now, route=message.route
        )
