"""The queue: which cases wait for a person, which one holds them, and in what order they come.

Every filed complaint enters at once, so that none falls into a hole. An item is ``waiting``,
``held`` by one agent, ``with_bot`` (handed back; a due date brings it back) or ``closed``. What an
agent does with an item is in `handoff.desk`.

Whoever changes an item has locked its conversation's row first: that one lock decides between two
agents, and between an agent and the bot.

Errors::

    HandoffError                anything this room refuses
    ├── AlreadyHeld             another agent holds the case, or its conversation: `holder` names them
    ├── NotHolder               only the agent who holds the case may do this
    ├── BadInput                what was asked makes no sense; the text says what would
    └── AccountError            see `handoff.agents`
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, ColumnElement, Connection, Index, event, inspect, true, tuple_, update
from sqlmodel import Field, Session, SQLModel, col, func, select

from channels import transcript
from channels.wakeups import notify
from complaints import register
from complaints.complaint import Severity, Status, UnknownReference
from complaints.record import Complaint

DESK = "desk"
"""The wake-up topic of everything that changes the queue; see `channels.wakeups`."""

LEAD = timedelta(days=1)
"""A case handed back to the bot returns to the queue this long before its next due date."""


class HandoffError(Exception):
    """Anything that this room refuses."""


class AlreadyHeld(HandoffError):
    """Another agent was first."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} holds this case")
        self.holder = holder


class NotHolder(HandoffError):
    """Only the holder may do this."""

    def __init__(self, holder: str | None) -> None:
        super().__init__(f"{holder} holds this case" if holder else "claim the case first")
        self.holder = holder


class BadInput(HandoffError):
    """What was asked makes no sense; the text names what would."""


class State(StrEnum):
    """Where an item stands."""

    WAITING = "waiting"
    HELD = "held"
    WITH_BOT = "with_bot"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a person is needed."""

    COMPLAINT = "complaint"
    ASKED = "asked"
    DISTRESS = "distress"
    LEGAL = "legal"
    DANGER = "danger"
    MISUNDERSTOOD = "misunderstood"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    REOPENED = "reopened"
    DUE = "due"


class Handoff(SQLModel, table=True):
    """A case's place between the bot and the agents; one row for each case.

    ``waiting_since`` is since when the customer has waited for a person without a break: a release
    does not start it anew. ``back_at`` is when a case that is with the bot returns to the queue.
    ``precedence`` (0 for the most severe) and ``due`` repeat the complaint's severity and date, so
    that one index holds the queue in its order, however long it is.
    """

    __tablename__ = "handoff"
    __table_args__ = (
        Index("handoff_in_order", "state", "precedence", "due", "waiting_since", "reference"),
        Index("handoff_to_bring_back", "state", "back_at"),
    )

    reference: str = Field(primary_key=True, foreign_key="complaint.reference")
    conversation: str = Field(foreign_key="conversation.id", index=True)
    state: str = State.WAITING
    precedence: int
    due: datetime
    agent: str | None = Field(default=None, index=True)
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    opened_at: datetime
    waiting_since: datetime
    claimed_at: datetime | None = None
    back_at: datetime | None = None


_ORDER = (col(Handoff.precedence), col(Handoff.due), col(Handoff.waiting_since), col(Handoff.reference))


@event.listens_for(Complaint, "after_update")
def _keep_place(_: object, connection: Connection, case: Complaint) -> None:
    """A severity or date that changes moves the case in the queue, whoever changes it.

    By an event and not by a call: a danger that somebody forgot to move up would wait at the end.
    """
    changes = inspect(case).attrs
    if changes.severity.history.has_changes() or changes.respond_by.history.has_changes():
        connection.execute(
            update(Handoff)
            .where(col(Handoff.reference) == case.reference)
            .values(precedence=_precedence(case.severity), due=case.respond_by)
        )


def open_item(session: Session, case: Complaint, reason: Reason, now: datetime) -> Handoff:
    """Let ``case`` wait for a person because of ``reason``. The caller has locked the conversation.

    Idempotent: what waits or is held already only learns another reason.
    """
    item = locked(session, case.reference)
    enters = item is None or item.state in (State.WITH_BOT, State.CLOSED)
    if item is None:
        item = Handoff(
            reference=case.reference,
            conversation=case.conversation,
            precedence=_precedence(case.severity),
            due=case.respond_by,
            opened_at=now,
            waiting_since=now,
        )
    elif enters:
        item.state, item.waiting_since, item.back_at = State.WAITING, now, None
        item.reasons = []
    if reason not in item.reasons:
        item.reasons = [*item.reasons, reason.value]
    session.add(item)
    if enters:
        register.record(session, case, "queued", actor="system", now=now, reason=reason)
    session.flush()
    notify(session, DESK)
    return item


def close_item(session: Session, case: Complaint) -> None:
    """``case`` needs nobody any more: withdrawn, or no complaint after all. Without an item, a no-op."""
    conversation = transcript.lock(session, case.conversation)
    item = locked(session, case.reference)
    if item is None:
        return
    let_go(session, conversation, item, State.CLOSED)


def bring_back(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """Return what is with the bot, and due, to the queue; the references. For the clock to call."""
    due = session.exec(
        select(Handoff.reference, Handoff.conversation)
        .where(col(Handoff.state) == State.WITH_BOT, col(Handoff.back_at) <= now)
        # Two processes that do this at once take the locks in the same order.
        .order_by(col(Handoff.conversation), col(Handoff.reference))
        .limit(limit)
    ).all()
    returned = []
    for reference, conversation in due:
        transcript.lock(session, conversation)
        item = locked(session, reference)
        found = register.find(session, reference)
        if item is None or item.state != State.WITH_BOT:
            continue  # somebody was faster
        if Status(found.status).is_open:
            open_item(session, found, Reason.DUE, now)
            returned.append(reference)
        else:
            item.state, item.back_at = State.CLOSED, None
            session.add(item)
    return returned


def items(
    session: Session, state: State = State.WAITING, limit: int = 500
) -> list[tuple[Handoff, Complaint]]:
    """What is in ``state``, the most urgent first: by severity, then by due time."""
    return list(
        session.exec(
            select(Handoff, Complaint)
            .join(Complaint, col(Complaint.reference) == col(Handoff.reference))
            .where(col(Handoff.state) == state)
            .order_by(*_ORDER)
            .limit(limit)
        )
    )


def position(
    session: Session, reference: str | None = None, severity: Severity = Severity.MEDIUM
) -> int | None:
    """The place of a waiting case, from 1; or without one, where a new one of ``severity`` would come.

    ``None`` for a case that does not wait: somebody has it, or nobody needs to.
    """
    if reference is None:
        return 1 + _count(session, col(Handoff.precedence) <= _precedence(severity))
    place = session.exec(
        select(*_ORDER).where(col(Handoff.reference) == reference, col(Handoff.state) == State.WAITING)
    ).first()
    if place is None:
        return None
    return 1 + _count(session, tuple_(*_ORDER) < tuple(place))


def size(session: Session) -> int:
    """How many cases wait."""
    return _count(session, true())


def get(session: Session, reference: str) -> Handoff | None:
    """The item of a case, to be read."""
    return session.get(Handoff, reference)


def locked(session: Session, reference: str) -> Handoff | None:
    """The item of a case as it is now, its row locked until the transaction ends."""
    return session.get(Handoff, reference, populate_existing=True, with_for_update=True)


def take(
    session: Session, reference: str, now: datetime
) -> tuple[transcript.Conversation, Handoff, Complaint]:
    """Conversation, item and case, all locked, always in this order. Raises `UnknownReference`."""
    name = session.exec(select(Complaint.conversation).where(col(Complaint.reference) == reference)).first()
    if name is None:
        raise UnknownReference(f"there is no case {reference}")
    conversation = transcript.lock(session, name)
    found = register.find(session, reference, lock=True)
    session.refresh(found)
    return conversation, locked(session, reference) or open_item(session, found, Reason.COMPLAINT, now), found


def let_go(session: Session, conversation: transcript.Conversation, item: Handoff, state: State) -> bool:
    """Nobody holds ``item`` any more. Whether that leaves the conversation without a person.

    An agent who holds another case of the same conversation keeps the conversation.
    """
    item.state, item.agent, item.claimed_at, item.back_at = state, None, None, None
    session.add(item)
    session.flush()
    still_held = session.exec(
        select(Handoff.reference).where(
            col(Handoff.conversation) == conversation.id, col(Handoff.state) == State.HELD
        )
    ).first()
    if still_held is None:
        conversation.holder = None
        session.add(conversation)
    notify(session, DESK)
    notify(session, f"chat:{conversation.id}")
    return still_held is None


def _precedence(severity: str) -> int:
    """0 for the most severe."""
    return Severity.CRITICAL.rank - Severity(severity).rank


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.exec(
        select(func.count()).select_from(Handoff).where(col(Handoff.state) == State.WAITING, condition)
    ).one()
