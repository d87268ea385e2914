"""Hazard rules never sleep: a danger in any message raises the open case, whoever answers the message."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.gathering import Situation
from channels.wakeups import notify
from complaints import assessing, register, triage
from complaints.complaint import Status
from complaints.record import Complaint
from complaints.triage import Parse
from handoff import queue


def heed(session: Session, situation: Situation, parse: Parse | None, now: datetime) -> None:
    """If the message tells of a hazard, assess the newest open case anew; ``parse`` is the engine's."""
    newest = newest_open(session, situation.conversation)
    if situation.facts.hazard is None or newest is None:
        return
    assessing.assess(
        session, newest, triage.assess(situation.said.text, situation.facts.language, parse), now=now
    )
    notify(session, queue.DESK)


def newest_open(session: Session, conversation: str) -> Complaint | None:
    """The case that somebody still owes an answer, the newest if there are several."""
    cases = register.of_conversation(session, conversation)
    return next((c for c in cases if Status(c.status).is_open), None)
