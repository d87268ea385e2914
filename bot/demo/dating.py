"""Moves what the demo's customers did to the hours of the day that is told.

The program writes the true time into everything, and the demo is over in seconds. So afterwards the
times are moved, one conversation in a transaction, and each case's history says so. What has been
promised for a later day stays as the customer was told it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, SQLModel, col, select

from bot.dialogue import Dialogue
from channels.transcript import Conversation, Message, lock
from complaints import register
from complaints.audit_record import redact
from complaints.record import Complaint, Event, Feedback
from handoff.queue import Handoff

LABEL = "invented"
"""The kind of the event that marks a case of the demo."""

_MOVED = {
    Conversation: ("created_at",),
    Message: ("at", "tried_at", "sent_at", "delivered_at"),
    Complaint: (
        "received_at",
        "acknowledged_at",
        "confirmed_at",
        "first_answer_at",
        "responded_at",
        "closed_at",
    ),
    Event: ("at",),
    Feedback: ("at",),
    Handoff: ("opened_at", "waiting_since", "claimed_at"),
    Dialogue: ("at",),
}


@dataclass(frozen=True)
class Mark:
    """What happened from ``true`` on is told as having happened from ``told`` on."""

    true: datetime
    told: datetime


def date_back(session: Session, conversation: str, marks: Sequence[Mark]) -> int:
    """Move the times of a conversation, its cases and what belongs to them; how many cases there are."""
    talk = lock(session, conversation)
    cases = register.of_conversation(session, conversation)
    ids = [case.id for case in cases]
    rows: list[SQLModel] = [
        talk,
        *cases,
        *session.exec(select(Message).where(Message.conversation == conversation)),
        *session.exec(select(Event).where(col(Event.complaint_id).in_(ids))),
        *session.exec(select(Feedback).where(Feedback.conversation == conversation)),
        *session.exec(select(Handoff).where(Handoff.conversation == conversation)),
        *session.exec(select(Dialogue).where(Dialogue.conversation == conversation)),
    ]
    for row in rows:
        for name in _MOVED[type(row)]:
            if (moment := getattr(row, name)) is not None:
                setattr(row, name, told(moment, marks))
        session.add(row)
    now, reason = datetime.now(UTC), "A customer of the demo; the times were moved back over the past day."
    for kind in (Event, Feedback):
        moved = [row.id for row in rows if isinstance(row, kind) and row.id is not None]
        redact(session, kind, moved, reason=reason, actor="system", now=now)
    for case in cases:
        register.record(session, case, LABEL, actor="system", now=now, reason=reason)
    return len(cases)


def told(moment: datetime, marks: Sequence[Mark]) -> datetime:
    """When ``moment`` is told to have been. The order of things stays as it was."""
    last = marks[max(bisect_right([mark.true for mark in marks], moment) - 1, 0)]
    return last.told + (moment - last.true)
