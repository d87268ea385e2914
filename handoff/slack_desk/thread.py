"""What a case's thread still lacks: the conversation and the history, in Slack's blocks."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from channels import transcript
from channels.slack_reading import escaped
from channels.splitting import fit
from channels.transcript import Author, Conversation, File, Message
from complaints.record import Complaint, Event
from handoff.item import State
from handoff.slack_desk import words
from handoff.slack_desk.case_message import Block, plain, working_buttons
from handoff.slack_desk.moves import IN_THREAD
from handoff.slack_desk.record import SlackCase

EARLIER = 20
"""So many messages from before a claim are put into the thread; all of them are in the console."""

_AT_ONCE = 50  # messages, and events, looked at in one go
_BLOCKS = 40  # of the 50 that a message may have
_LENGTH = 12_000  # characters of a message, all in all
_PARTS = 20  # of one text
_SECTION = 2900  # of the 3,000 characters that a block may have


@dataclass(frozen=True)
class Part:
    """The next message for the thread, and how far it brings it. Without blocks nothing need be said."""

    seq: int
    position: int
    text: str = ""
    blocks: list[Block] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Names it among the messages of its thread."""
        return f"{self.seq}-{self.position}"


@dataclass(frozen=True)
class _Entry:
    at: datetime
    text: str  # for notifications
    blocks: list[Block]
    seq: int = 0
    position: int = 0
    by_customer: bool = False


def next_part(session: Session, shown: SlackCase, case: Complaint, state: str) -> Part | None:
    """What comes next in the thread; ``None`` if it is up to date, or not opened yet.

    The thread is opened when somebody holds the case. What the customer says while nobody does is for
    the assistant; it follows when the case is claimed again.
    """
    held = state == State.HELD
    if not held and shown.seq is None:
        return None
    conversation = session.get_one(Conversation, case.conversation)
    said: list[_Entry] = []
    start = max(conversation.last_seq - EARLIER, 0) if shown.seq is None else shown.seq
    if held:
        messages = transcript.after(session, conversation.id, start, _AT_ONCE)
        files = transcript.files_of(session, [m.id for m in messages if m.id is not None])
        said = [_said(case, m, files) for m in messages]
    events = session.exec(
        select(Event)
        .where(Event.complaint_id == case.id, col(Event.position) > shown.position)
        .order_by(col(Event.position))
        .limit(_AT_ONCE)
    ).all()
    entries = heapq.merge(said, [_happened(e) for e in events], key=lambda entry: entry.at)
    return _part(list(entries), start, shown, case.reference)


def line(session: Session, what: str, message_id: int, reference: str) -> tuple[str, list[Block]]:
    """A single remark about a message that the thread holds already: ``undelivered`` or ``edited``."""
    message = session.get_one(Message, message_id)
    if what == "undelivered":
        text = f":warning: *Not delivered to the customer*: {escaped(message.error or 'no reason given')}"
        return "Not delivered to the customer", [_context(text), *_quoted(message.text)]
    text = "*The customer* has changed a message. It now says:"
    return "The customer has changed a message", [
        _context(text), *_quoted(message.text), working_buttons(reference),
    ]  # fmt: skip


def _part(entries: list[_Entry], start: int, shown: SlackCase, reference: str) -> Part | None:
    if not entries:
        return None
    seq, position = start, shown.position
    blocks: list[Block] = []
    texts: list[str] = []
    customer = False
    for entry in entries:
        grown = blocks + entry.blocks
        if blocks and (len(grown) > _BLOCKS or _length(grown) > _LENGTH):
            break
        blocks = grown
        seq, position = max(seq, entry.seq), max(position, entry.position)
        customer = customer or entry.by_customer
        texts += [entry.text] if entry.text else []
    if customer:
        blocks.append(working_buttons(reference))
    return Part(seq, position, "; ".join(texts)[:_SECTION], blocks)


def _said(case: Complaint, message: Message, files: list[File]) -> _Entry:
    assert message.seq
    here = message.dedup.startswith(f"agent:{case.reference}:{IN_THREAD}:")
    if message.author == Author.SYSTEM or here:
        return _Entry(message.at, "", [], seq=message.seq)
    of_record = case.name if message.author == Author.CUSTOMER else None  # it may have been corrected
    name = escaped(of_record or message.author_name or "")
    who, notice = {
        Author.CUSTOMER: (f"*The customer*{f' ({name})' if name else ''}", "The customer has written"),
        Author.AGENT: (f"*{name}* to the customer", f"{name} has answered"),
        Author.BOT: ("The assistant", "The assistant has answered"),
    }[Author(message.author)]
    names = [f.name or f.media_type for f in files if f.message_id == message.id]
    attached = f" · {len(names)} file(s), in the console: {escaped(', '.join(names))}"[:500] if names else ""
    head = _context(f"{who} · {words.moment(message.at)}{attached}")
    blocks = [head, *_quoted(message.text)]
    by_customer = message.author == Author.CUSTOMER
    return _Entry(message.at, notice, blocks, seq=message.seq, by_customer=by_customer)


def _happened(event: Event) -> _Entry:
    by = escaped(event.actor.removeprefix("agent:")) if ":" in event.actor else ""
    if event.kind == "note" and not event.data.get("slack"):
        head = _context(f":memo: Note by *{by}* · {words.moment(event.at)}")
        note = [head, *_quoted(str(event.data.get("text", "")))]
        return _Entry(event.at, f"Note by {by}", note, position=event.position)
    what = words.happened(event.kind)
    if what is None:
        return _Entry(event.at, "", [], position=event.position)
    text = f"{what} by *{by}*" if by else what
    to = event.data.get("to")
    text += f", to *{escaped(str(to))}*" if to else ""
    text += f": {escaped(event.reason)}"[:1000] if event.reason and event.kind != "queued" else ""
    return _Entry(event.at, what, [_context(f"{text} · {words.moment(event.at)}")], position=event.position)


def _quoted(text: str) -> list[Block]:
    """Somebody's words in as many blocks as they need."""
    parts = [part for part in fit(text, _SECTION) if part.strip()]
    rest = [_context("The rest is in the console.")] if len(parts) > _PARTS else []
    return [plain(part) for part in parts[:_PARTS]] + rest


def _length(blocks: list[Block]) -> int:
    return sum(len(str(block)) for block in blocks)


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}
