"""Whether an answer arrived: recorded in the case, and never silent if it did not (ISO 10002, 7.8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from channels.transcript import Delivery, Message
from complaints import deciding, investigation
from complaints.complaint import Status
from complaints.deciding import Letter, LetterState
from complaints.investigation import TaskKind, TaskState
from complaints.record import Complaint
from handoff import queue
from handoff.holding import wake
from handoff.item import Reason

WATCHED = timedelta(days=7)
"""For so long after it was sent a letter is looked after: platforms report within a day or two."""

REACHED_BY = timedelta(days=1)
"""By when somebody is to reach the customer in another way."""

_ARRIVED = (Delivery.DELIVERED, Delivery.READ)
_TAKEN = (Delivery.SENT, *_ARRIVED)
_NEWS = {
    LetterState.SENDING: (*_TAKEN, Delivery.FAILED),
    LetterState.SENT: (*_ARRIVED, Delivery.FAILED),
    LetterState.FAILED: _TAKEN,  # tried again, with success
}


def settle(session: Session, now: datetime, limit: int = 50) -> list[str]:
    """Record what became of letters that were sent; the references of their cases. For the clock to call."""
    waiting = session.exec(
        select(Letter.id, Complaint.reference)
        .join(Complaint, col(Complaint.id) == col(Letter.complaint_id))
        .where(
            col(Letter.state).in_(list(_NEWS)),
            col(Letter.checked_at) > now - WATCHED,
            select(Message.id)
            .where(
                # Nobody else writes into a conversation while a letter is put there.
                col(Message.id).between(col(Letter.first_message), col(Letter.last_message)),
                col(Message.conversation) == col(Complaint.conversation),
                or_(
                    *(
                        and_(col(Letter.state) == state, col(Message.state).in_(news))
                        for state, news in _NEWS.items()
                    )
                ),
            )
            .exists(),
        )
        .order_by(col(Complaint.conversation), col(Letter.id))
        .limit(limit)
    ).all()
    return [reference for number, reference in waiting if _settle(session, reference, number or 0, now)]


def _settle(session: Session, reference: str, number: int, now: datetime) -> bool:
    conversation, item, case = queue.take(session, reference, now)
    letter = deciding.letter_of(session, case, number)
    parts = session.exec(
        select(Message).where(
            col(Message.id).between(letter.first_message, letter.last_message),
            col(Message.conversation) == conversation.id,
        )
    ).all()
    state = _state_of([Delivery(part.state) for part in parts])
    if state is None or state == letter.state:
        return False
    if state is LetterState.FAILED:
        error = next((part.error for part in parts if part.state == Delivery.FAILED), None)
        deciding.failed(session, case, letter, error or "not delivered", now=now)
        owner = item.agent or letter.checked_by
        investigation.add_task(
            session, case, "The answer did not arrive", kind=TaskKind.DELIVERY, owner=owner,
            due=now + REACHED_BY, actor="system", now=now,
        )  # fmt: skip
        if Status(case.status).is_open:
            queue.open_item(session, case, Reason.UNDELIVERED, now)
    else:
        deciding.delivered(session, case, letter, state, now=now)
        _end_task(session, case, now)
    wake(session, conversation)
    return True


def _state_of(parts: list[Delivery]) -> LetterState | None:
    """Of the whole letter; ``None`` while parts of it have not left."""
    if Delivery.FAILED in parts:
        return LetterState.FAILED
    if parts and all(part in _ARRIVED for part in parts):
        return LetterState.DELIVERED
    if parts and all(part in _TAKEN for part in parts):
        return LetterState.SENT
    return None


def _end_task(session: Session, case: Complaint, now: datetime) -> None:
    for task in investigation.tasks_of(session, case):
        if task.kind == TaskKind.DELIVERY and task.state == TaskState.OPEN:
            investigation.end_task(
                session, case, task, TaskState.DONE, outcome="It arrived after all.", actor="system", now=now
            )
