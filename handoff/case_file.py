"""A case as JSON: the same record for the API, the console and ``recourse case show``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from channels import transcript
from channels.reaching import by_machine
from channels.transcript import Author, Conversation, File, Message
from complaints import answering, imported, register
from complaints.complaint import UnknownReference
from complaints.record import Complaint
from complaints.reference import read_all
from handoff import proofs, queue
from handoff.case_parts import parts
from handoff.casework.timing import clock_of
from handoff.dispatch.rules import in_force
from handoff.dispatch.standing import mark
from handoff.item import Handoff, State
from handoff.staff.access import VIEWED

_SUBJECT = 120  # characters of a description that stand for the case in a list

_MESSAGES = 500  # the latest ones of a conversation
_IN_LISTS = {
    "reference", "status", "severity", "category", "language", "channel", "received_at", "respond_by",
    "update_by", "update_task", "paused_since",
}  # fmt: skip
_OF_SEARCH = {"kind", "name", "product", "order", "responded_at", "closed_at"}
_OF_ITEMS = {"state", "waiting_since", "offered_until", "escalated_at"}


def read_reference(text: str) -> str:
    """The reference that ``text`` stands for, read leniently. Raises `UnknownReference`."""
    mentions = read_all(text) or read_all(f"RC-{text.strip()}")
    if not mentions:
        raise UnknownReference(f"{text!r} is no reference: they look like RC-7K2M9P4X")
    if not mentions[0].valid:
        raise UnknownReference(
            f"{mentions[0].reference} has a typing error: its check character does not agree"
        )
    return mentions[0].reference


def case_file(session: Session, reference: str, now: datetime | None = None) -> dict[str, Any]:
    """Everything that is on record about a case. Raises `UnknownReference`.

    ``remedy`` is what was decided or, before that, what the customer asks for; ``reasons`` are the
    assessment's. Times are ISO 8601 in UTC, amounts decimal strings. ``standing`` says how the case
    stands with its date at ``now``, if that is given.
    """
    case = register.find(session, reference)
    item = queue.get(session, reference)
    conversation = session.get_one(Conversation, case.conversation)
    messages = transcript.after(session, conversation.id, conversation.last_seq - _MESSAGES, _MESSAGES)
    files = transcript.files_of(session, [m.id for m in messages if m.id is not None])
    own = [f for f in files if f.reference in (None, reference)]
    return {
        **case.model_dump(mode="json", exclude={"id", "clock_at"}),
        **_line(case, item, _Clock.at(now)),
        # What the platform knows counts too, unless the customer wants to stay unnamed.
        "name": case.name or (None if case.anonymous else conversation.name),
        "phone": case.phone or (None if case.anonymous else conversation.phone),
        "remedy": case.remedy or case.remedy_requested,
        "handoff_reasons": list(item.reasons) if item else [],
        "position": queue.position(session, reference),
        "events": [
            e.model_dump(mode="json", exclude={"id", "complaint_id"})
            for e in register.events_of(session, case)
            if e.kind != VIEWED  # looking at a case changes nothing about it: see `handoff.staff.access`
        ],
        "clock": clock_of(case),
        "imported": imported.origin(session, case.id) if case.id is not None else None,
        "skill": item.skill if item else None,
        "conversation_holder": conversation.holder,
        "opted_out": conversation.opted_out,
        "by_hand": not by_machine(conversation.channel),
        "other_cases": [
            {"reference": c.reference, "status": c.status, "subject": subject(c)}
            for c in register.of_conversation(session, conversation.id)
            if c.reference != reference
        ],
        "answers": [
            row.model_dump(mode="json", exclude={"id", "complaint_id"})
            for row in answering.answers_of(session, case)
        ],
        "files": [_file(f) for f in own],
        **parts(session, case, own, now),
        "messages": [_message(m, files, case) for m in messages],
    }


def queue_lines(
    session: Session,
    state: State = State.WAITING,
    limit: int = 500,
    *,
    agent: str | None = None,
    after: str | None = None,
    now: datetime | None = None,
) -> list[dict[str, Any]]:
    """The queue in its order or, with ``held``, what agents hold, or one ``agent``.

    ``reasons`` say why a person is needed; ``last_from`` and ``last_at`` who spoke last;
    ``standing``, if ``now`` is given, how the case stands with its date. ``after`` goes on behind that
    case; raises `UnknownReference` if there is no such case.
    """
    found = queue.items(session, state, limit, agent, after)
    first = queue.position(session, found[0][0].reference) or 0 if found and after else 1
    clock = _Clock.at(now)
    latest = _latest(session, {item.conversation for item, _ in found})
    return [
        {
            **_line(case, item, clock),
            "reasons": list(item.reasons),
            "position": place if state is State.WAITING else None,
            "description": shorten(case.description),
            **latest[item.conversation],
        }
        for place, (item, case) in enumerate(found, start=first)
    ]


def _latest(session: Session, conversations: set[str]) -> dict[str, dict[str, Any]]:
    """Who spoke last in each of these conversations, and when."""
    rows = session.exec(
        select(Message)
        .join(Conversation, col(Conversation.id) == col(Message.conversation))
        .where(col(Conversation.id).in_(conversations), col(Message.seq) == col(Conversation.last_seq))
    )
    return {m.conversation: {"last_from": m.author, "last_at": m.model_dump(mode="json")["at"]} for m in rows}


def found_lines(found: Sequence[tuple[Complaint, Handoff | None]], now: datetime) -> list[dict[str, Any]]:
    """Cases that somebody has looked for, as they stand at ``now``."""
    clock = _Clock.at(now)
    return [
        {
            **_line(case, item, clock),
            **case.model_dump(mode="json", include=_OF_SEARCH),
            "description": shorten(case.description),
        }
        for case, item in found
    ]


def said(session: Session, reference: str, after: int, limit: int) -> list[dict[str, Any]]:
    """What was said in a case's conversation behind number ``after``. Raises `UnknownReference`."""
    case = register.find(session, reference)
    messages = transcript.after(session, case.conversation, after, limit)
    files = transcript.files_of(session, [m.id for m in messages if m.id is not None])
    return [_message(m, [f for f in files if f.reference in (None, reference)], case) for m in messages]


def case_lines(session: Session, *, open_only: bool) -> list[dict[str, Any]]:
    """The cases on record, newest first."""
    found = register.newest(session, open_only=open_only)
    wanted = col(Handoff.reference).in_([case.reference for case in found])
    items = {item.reference: item for item in session.exec(select(Handoff).where(wanted))}
    return [_line(case, items.get(case.reference)) for case in found]


@dataclass(frozen=True)
class _Clock:
    """Now, and up to when a date is near: worked out once for a whole list."""

    now: datetime
    near: datetime

    @classmethod
    def at(cls, now: datetime | None) -> _Clock | None:
        return cls(now, in_force().near(now)) if now else None


def _line(case: Complaint, item: Handoff | None, clock: _Clock | None = None) -> dict[str, Any]:
    """What a list and the whole record have in common."""
    place = item.model_dump(mode="json", include=_OF_ITEMS) if item else {}
    return {
        **case.model_dump(mode="json", include=_IN_LISTS),
        "subject": subject(case),
        "holder": item.agent if item else None,
        **dict.fromkeys(_OF_ITEMS),
        "standing": mark(case, clock.now, clock.near) if clock else None,
        **place,
    }


def subject(case: Complaint) -> str:
    """A few words that tell a case from others: the product, or how the description begins."""
    return shorten(case.product or case.description)


def shorten(text: str) -> str:
    """``text`` on one line of at most `_SUBJECT` characters."""
    text = " ".join(text.split())
    return text if len(text) <= _SUBJECT else f"{text[: _SUBJECT - 1]}…"


def _message(message: Message, files: list[File], case: Complaint) -> dict[str, Any]:
    # The customer's name is the record's, which may have been corrected since; else as it came along.
    of_record = case.name if message.author == Author.CUSTOMER else None
    return {
        **message.model_dump(mode="json", include={"seq", "kind", "at", "state", "error"}),
        "text": proofs.without_code(message),
        "from": message.author,
        "name": of_record or message.author_name,
        "edited": bool(message.revisions),
        "files": [_file(f) for f in files if f.message_id == message.id],
    }


def _file(file: File) -> dict[str, Any]:
    kept = file.path is not None
    return {
        **file.model_dump(mode="json", include={"id", "name", "media_type", "size", "digest", "refused"}),
        "kept": kept,
    }
