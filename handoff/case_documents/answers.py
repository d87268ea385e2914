"""The answers that a customer got, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from channels.transcript import Message
from complaints.deciding import Letter, LetterState, letters_of
from complaints.record import Complaint


def letters(session: Session, case: Complaint, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The decisions that were sent, oldest first; a draft that waits to be checked, too.

    Where no letter is on record, the messages that told a decision stand in for it: those of a case that
    was answered together with another, or before there were letters.
    """
    found = [
        _letter(letter, [m for m in messages if m.id is not None and _carries(letter, m.id)])
        for letter in letters_of(session, case)
        if letter.state != LetterState.DISCARDED
    ]
    known = {seq for letter in found for seq in letter["messages"]}
    found += [_told(m) for m in messages if _tells(m, case.reference) and m.seq not in known]
    return sorted(found, key=lambda letter: letter["at"])


def _carries(letter: Letter, message: int) -> bool:
    if letter.first_message is None or letter.last_message is None:
        return False
    return letter.first_message <= message <= letter.last_message


def _tells(message: Message, reference: str) -> bool:
    return message.dedup.startswith(f"decision:{reference}:")


def _letter(letter: Letter, messages: Sequence[Message]) -> dict[str, Any]:
    return {
        **letter.model_dump(exclude={"id", "complaint_id", "first_message", "last_message", "body"}),
        "text": letter.body,
        "at": letter.checked_at or letter.written_at,
        "sent_at": messages[-1].sent_at if messages else None,
        "messages": [m.seq for m in messages],
    }


def _told(message: Message) -> dict[str, Any]:
    return {
        **message.model_dump(include={"at", "text", "state", "sent_at", "delivered_at", "error"}),
        "written_by": message.author_name,
        "checked_by": None,
        "messages": [message.seq],
    }
