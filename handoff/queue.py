"""The queue: which cases wait for a person, which one holds them, and in what order they come.

Every filed complaint enters at once, so that none falls into a hole. An item is ``waiting``,
``offered`` to one agent for a while, ``held`` by one, ``with_bot`` (handed back; a due date brings
it back) or ``closed``. What an agent does with an item is in `handoff.desk`; who gets which one in
`handoff.dispatch.routing`.

Whoever changes an item has locked its conversation's row first: that one lock decides between two
agents, and between an agent and the bot. Locks are taken in the order conversation, case, item,
agent's profile (`handoff.dispatch.presence`), so that nobody waits in a circle.

Errors::

    HandoffError                anything this room refuses
    ├── AlreadyHeld             another agent holds the case, or its conversation: `holder` names them
    ├── NotHolder               only the agent who holds the case may do this
    ├── AtCapacity              the agent has as many cases as they can take
    ├── BadInput                what was asked makes no sense; the text says what would
    └── AccountError            see `handoff.staff.agents`
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

import sqlalchemy
from sqlalchemy import ColumnElement, bindparam, true, tuple_
from sqlmodel import Session, col, func, select

from channels import transcript
from channels.prepared import Prepared
from channels.wakeups import notify
from complaints import register
from complaints.complaint import Severity, Status, UnknownReference
from complaints.record import Complaint
from complaints.world import world
from handoff.item import ORDER, Handoff, Reason, State, Wait, precedence

__all__ = ["Handoff", "Reason", "State"]  # and what is defined here

DESK = "desk"
"""The wake-up topic of everything that changes the queue; see `channels.wakeups`."""

LEAD = timedelta(days=1)
"""A case handed back to the bot returns to the queue this long before its next due date."""

LATELY = timedelta(days=28)
_SAMPLE, _FEWEST = 25, 5  # waits that an expected time is made of, at most and at least


class HandoffError(Exception):
    """Anything that this room refuses."""


class AlreadyHeld(HandoffError):
    """Another agent was first."""

    def __init__(self, holder: str, *, offered: bool = False) -> None:
        super().__init__(f"this case is offered to {holder}" if offered else f"{holder} holds this case")
        self.holder = holder


class NotHolder(HandoffError):
    """Only the holder may do this."""

    def __init__(self, holder: str | None) -> None:
        super().__init__(f"{holder} holds this case" if holder else "claim the case first")
        self.holder = holder


class AtCapacity(HandoffError):
    """The agent has as many cases as they can take: one must be answered, released or passed on first."""

    def __init__(self, agent: str, capacity: int) -> None:
        super().__init__(f"{agent} has {capacity} cases, and no room for more")


class BadInput(HandoffError):
    """What was asked makes no sense; the text names what would."""


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
            precedence=precedence(case.severity),
            due=case.respond_by,
            language=case.language,
            category=case.category,
            skill=_skill_for(case),
            opened_at=now,
            waiting_since=now,
            queued_at=now,
        )
    elif enters:
        item.state, item.waiting_since, item.back_at = State.WAITING, now, None
        item.queued_at, item.taken_at, item.escalated_at, item.skill = now, None, None, _skill_for(case)
        item.reasons = []
    if reason not in item.reasons:
        item.reasons = [*item.reasons, reason.value]
    session.add(item)
    if enters:
        register.record(session, case, "queued", actor="system", now=now, reason=reason)
    session.flush()
    notify(session, DESK)
    return item


def _skill_for(case: Complaint) -> str | None:
    """The skill that the operator's files ask for, by the case's product or language."""
    return world.in_force().skill_for(case.product, case.language)


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
    session: Session,
    state: State = State.WAITING,
    limit: int = 500,
    agent: str | None = None,
    after: str | None = None,
) -> list[tuple[Handoff, Complaint]]:
    """What is in ``state``, the most urgent first: by severity, then by due time.

    ``agent`` asks for what they hold or are offered; ``after`` for what comes behind that case, so
    that a list can be read page by page. Raises `UnknownReference` for an ``after`` that is none.
    """
    query = (
        select(Handoff, Complaint)
        .join(Complaint, col(Complaint.reference) == col(Handoff.reference))
        .where(col(Handoff.state) == state)
    )
    if agent is not None:
        query = query.where(col(Handoff.agent) == agent)
    if after is not None:
        place = session.exec(select(*ORDER).where(col(Handoff.reference) == after)).first()
        if place is None:
            raise UnknownReference(f"there is no case {after}")
        query = query.where(tuple_(*ORDER) > tuple(place))
    return list(session.exec(query.order_by(*ORDER).limit(limit)))


def position(
    session: Session, reference: str | None = None, severity: Severity = Severity.MEDIUM
) -> int | None:
    """The place of a waiting case, from 1; or without one, where a new one of ``severity`` would come.

    ``None`` for a case that does not wait: somebody has it, or nobody needs to.
    """
    if reference is None:
        before: int = _BEFORE.scalar(session, {"precedence": precedence(severity)})
        return 1 + before
    place = session.exec(
        select(*ORDER).where(col(Handoff.reference) == reference, col(Handoff.state) == State.WAITING)
    ).first()
    if place is None:
        return None
    return 1 + _count(session, tuple_(*ORDER) < tuple(place))


_BEFORE = Prepared(  # each turn asks for it
    sqlalchemy.select(func.count())
    .select_from(Handoff)
    .where(col(Handoff.state) == State.WAITING, col(Handoff.precedence) <= bindparam("precedence"))
)


def expected_wait(session: Session, severity: Severity, now: datetime) -> timedelta | None:
    """About how long somebody waits for a person: the median of the latest waits of that severity.

    ``None`` if too few have waited lately to say anything honest.
    """
    lately = session.exec(
        select(Wait.seconds)
        .where(Wait.precedence == precedence(severity), col(Wait.at) > now - LATELY)
        .order_by(col(Wait.at).desc())
        .limit(_SAMPLE)
    ).all()
    return timedelta(seconds=median(lately)) if len(lately) >= _FEWEST else None


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
    item.offered_until = None
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


def held_together(session: Session, conversation: str) -> list[Handoff]:
    """All cases of a conversation that somebody holds: one person, since a conversation has one.

    The caller has locked the conversation.
    """
    return list(
        session.exec(
            select(Handoff)
            .where(col(Handoff.conversation) == conversation, col(Handoff.state) == State.HELD)
            .order_by(col(Handoff.reference))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.exec(
        select(func.count()).select_from(Handoff).where(col(Handoff.state) == State.WAITING, condition)
    ).one()
