"""Every change of a case becomes a job for the desk in Slack, in the transaction of the change.

By SQLAlchemy's events and not by calls: a change that somebody forgot to tell would leave Slack and
the console in disagreement. The job says only which case: whoever works it shows the case as it
is then, so a burst of changes is one update.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import event, inspect
from sqlmodel import Session, col, select

from channels import lanes
from channels.transcript import Author, Conversation, Delivery, Message
from complaints.record import Complaint, Event
from handoff.queue import Handoff, State
from handoff.slack_desk.record import SlackCase

KIND = "slack"
"""The kind of the lanes that lead to Slack: ``slack:<reference>``, ``slack:<user>`` for what one is told."""

BACKLOG = 100
"""How many cases that were there before the desk are posted when it begins, the most urgent first."""

_NOTED = "slack_desk"


@contextmanager
def followed() -> Iterator[None]:
    """Within this block every commit of this process keeps the desk in Slack informed."""
    if event.contains(Session, "after_flush", _note):
        yield  # whoever began it ends it
        return
    event.listen(Session, "after_flush", _note)
    try:
        yield
    finally:
        event.remove(Session, "after_flush", _note)


def show(session: Session, reference: str, now: datetime) -> None:
    """Have the case shown as it is when its turn comes; once for each transaction."""
    noted: set[str] = session.info.setdefault(_NOTED, set())
    if reference not in noted:
        noted.add(reference)
        lanes.put(session, f"{KIND}:{reference}", {"case": reference}, dedup=_anew(reference), now=now)


def catch_up(session: Session, channel: str, now: datetime) -> int:
    """Have the cases shown that wait or are held, and that Slack knows nothing of; how many."""
    missing = session.exec(
        select(Handoff.reference)
        .outerjoin(
            SlackCase,
            (col(SlackCase.reference) == col(Handoff.reference)) & (col(SlackCase.channel) == channel),
        )
        .where(
            col(Handoff.state).in_([State.WAITING, State.OFFERED, State.HELD]),
            col(SlackCase.reference).is_(None),
        )
        .order_by(col(Handoff.precedence), col(Handoff.due), col(Handoff.reference))
        .limit(BACKLOG)
    ).all()
    for reference in missing:
        # Several workers may start at once.
        lanes.put(session, f"{KIND}:{reference}", {"case": reference},
                  dedup=f"{KIND}:{channel}:{reference}", now=now)  # fmt: skip
    return len(missing)


def _note(session: Session, _: object) -> None:
    now = datetime.now(UTC)
    for row in [*session.new, *session.dirty]:
        match row:
            case Event():
                case = session.get(Complaint, row.complaint_id)
                if case is not None:
                    show(session, case.reference, now)
            case Handoff():
                show(session, row.reference, now)
            case Message(author=Author.CUSTOMER | Author.AGENT):
                for reference in _held(session, row.conversation):
                    _said(session, reference, row, now)


def _said(session: Session, reference: str, message: Message, now: datetime) -> None:
    """A message of a conversation that somebody holds is new, was changed by its writer, or has failed."""
    if message in session.new:
        show(session, reference, now)
        return
    what = None
    if message.author == Author.CUSTOMER and _has_changed(message, "text"):
        what = "edited"
    elif message.author == Author.AGENT and _has_changed(message, "state"):
        what = "undelivered" if message.state == Delivery.FAILED else None
    if what:
        line = {"case": reference, "line": what, "about": message.id}
        lanes.put(session, f"{KIND}:{reference}", line, dedup=_anew(reference), now=now)


def _held(session: Session, name: str) -> list[str]:
    """The cases that somebody holds in a conversation."""
    conversation = session.get(Conversation, name)
    if conversation is None or conversation.holder is None:
        return []
    return list(
        session.exec(
            select(Handoff.reference).where(
                col(Handoff.conversation) == name, col(Handoff.state) == State.HELD
            )
        )
    )


def _has_changed(message: Message, column: str) -> bool:
    return bool(inspect(message).attrs[column].history.has_changes())


def _anew(reference: str) -> str:
    """A key that was never used: the change is as unique as its transaction."""
    return f"{KIND}:{reference}:{secrets.token_hex(8)}"
