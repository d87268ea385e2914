"""The transcript as the page gets it: reading it, and noting that it was handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from channels.transcript import Author, Delivery, File, Message, after, files_of

Said = dict[str, Any]
"""One message as JSON: seq, from, name, text, buttons, at, state, id and files."""


@dataclass(frozen=True)
class News:
    """What was said after a number, and whether something before it was sent but not marked delivered."""

    said: list[Said]
    unmarked: bool


def news(session: Session, conversation: str, seq: int) -> News:
    """What was said after ``seq``, oldest first, and at most as much as one reading gives."""
    messages = after(session, conversation, seq)
    files: dict[int, list[File]] = {}
    for file in files_of(session, [m.id for m in messages if m.id is not None]):
        files.setdefault(file.message_id, []).append(file)
    unmarked = session.exec(
        select(Message.id)
        .where(
            Message.conversation == conversation,
            col(Message.seq) <= seq,
            Message.state == Delivery.SENT,
        )
        .limit(1)
    ).first()
    return News([_said(m, files.get(m.id or 0, [])) for m in messages], unmarked is not None)


def mark_delivered(session: Session, conversation: str, seq: int, now: datetime) -> None:
    """The page has everything up to ``seq``. What the outbox still has in hand is left for later."""
    session.execute(
        update(Message)
        .where(
            col(Message.conversation) == conversation,
            col(Message.seq) <= seq,
            col(Message.state) == Delivery.SENT,
        )
        .values(state=Delivery.DELIVERED, delivered_at=now)
    )


def own_file(session: Session, conversation: str, file_id: int) -> File | None:
    """A file of this conversation; ``None`` also if it exists in another."""
    return session.exec(
        select(File)
        .join(Message, col(Message.id) == File.message_id)
        .where(File.id == file_id, Message.conversation == conversation, col(File.refused).is_(None))
    ).first()


def _said(message: Message, files: list[File]) -> Said:
    own = message.author == Author.CUSTOMER
    return {
        "seq": message.seq,
        "from": message.author,
        "name": None if own else message.author_name,
        "text": message.text,
        "buttons": message.buttons,
        "at": _utc(message.at).isoformat(),
        "state": message.state,
        # The client's own id, so that it finds its message again.
        "id": (message.provider_id or "").partition("/")[2] if own else None,
        "files": [
            {"id": f.id, "name": f.name, "type": f.media_type, "size": f.size} for f in files if not f.refused
        ],
    }


def _utc(moment: datetime) -> datetime:
    """SQLite forgets that it is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
