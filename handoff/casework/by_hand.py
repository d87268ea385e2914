"""What no platform carries: somebody calls, posts or sends it, and records what became of it.

A message to a customer of the telephone, the counter, the post or e-mail becomes a task when its turn in the
outbox comes (`leave`). Whoever ends the task says with that whether the customer has it (`settle`): so a
letter counts as delivered when a person has delivered it, and not before. The ``title`` of such a task is the
channel; the message is in the transcript, and as a letter in `handoff.case_documents.reply_letter`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel, col, select

from channels import outbox
from channels.transcript import Conversation, Message
from complaints import investigation, register
from complaints.complaint import Status
from complaints.deciding import Letter
from complaints.investigation import Task, TaskKind
from complaints.record import Complaint
from complaints.reference import read_all
from handoff import queue
from handoff.holding import investigate, wake
from handoff.item import Reason, State

DONE_BY = timedelta(days=1)
"""By when it is to be done, unless it is the acknowledgement and that has a date of its own."""


class ByHand(SQLModel, table=True):
    """Which message a task is to deliver."""

    __tablename__ = "by_hand"

    task_id: int = Field(primary_key=True, foreign_key="task.id")
    message_id: int = Field(foreign_key="message.id", unique=True)


def leave(session: Session, message: Message, now: datetime) -> None:
    """``message`` is a person's to deliver. The caller has locked its conversation. Idempotent.

    It falls to whoever holds the case, or wrote it; a case that nobody holds goes into the queue with it.
    """
    assert message.id is not None
    outbox.left_to_people(session, message)
    if session.exec(select(ByHand).where(ByHand.message_id == message.id)).first() is not None:
        return
    case = _case_of(session, message)
    item = queue.locked(session, case.reference)
    holder = item.agent if item and item.state == State.HELD else None
    owner = holder or message.author_name
    task = investigation.add_task(
        session, case, message.channel, kind=TaskKind.BY_HAND, owner=owner, due=now + DONE_BY, actor="system",
        now=now,
    )  # fmt: skip
    assert task.id is not None
    session.add(ByHand(task_id=task.id, message_id=message.id))
    if owner is None:
        queue.open_item(session, case, Reason.BY_HAND, now)
    wake(session, session.get_one(Conversation, message.conversation))


def settle(
    session: Session, case: Complaint, task: Task, *, failed: str | None, actor: str, now: datetime
) -> None:
    """``actor`` has ended the task: the customer has the message or, for the reason ``failed``, has not."""
    tie = session.get(ByHand, task.id)
    if tie is None:
        return
    message = session.get_one(Message, tie.message_id)
    outbox.by_hand(session, message, now, failed=failed)
    if failed is not None:
        register.record(
            session, case, "not_delivered", actor=actor, now=now, reason=failed, message=message.id
        )
        return
    register.record(
        session, case, "delivered_by_hand", actor=actor, now=now, reason=task.outcome, message=message.id,
        channel=message.channel,
    )  # fmt: skip
    if case.acknowledged_at is None:  # whatever they were told, they know now that we have it
        register.acknowledge(session, case, message=str(message.id), actor=actor, now=now)
        item = queue.locked(session, case.reference)
        if item and item.agent and item.state == State.HELD:
            investigate(session, case, item.agent, now)


def message_of(session: Session, task: int) -> tuple[Message, Complaint] | None:
    """What a task is to deliver, and of which case."""
    return session.exec(
        select(Message, Complaint)
        .join(ByHand, col(ByHand.message_id) == col(Message.id))
        .join(Task, col(Task.id) == col(ByHand.task_id))
        .join(Complaint, col(Complaint.id) == col(Task.complaint_id))
        .where(ByHand.task_id == task)
    ).first()


def _case_of(session: Session, message: Message) -> Complaint:
    """The case that a message is about: its cause names it, or its letter, or it is the latest open one."""
    cases = register.of_conversation(session, message.conversation)
    named = {mention.reference for mention in read_all(message.dedup)}
    letter = session.exec(
        select(Letter.complaint_id).where(
            col(Letter.complaint_id).in_([case.id for case in cases]),
            col(Letter.first_message) <= message.id,
            col(Letter.last_message) >= message.id,
        )
    ).first()
    fitting = (
        [case for case in cases if case.reference in named]
        or [case for case in cases if case.id == letter]
        or [case for case in cases if Status(case.status).is_open]
        or cases
    )
    return fitting[0]
