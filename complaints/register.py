"""The register: every complaint, what happened to it, and the functions that change it.

Each function takes the transaction's session, the actor and the time, and leaves an `Event`
behind: a case never changes silently (ISO 10002, 7.3). The functions commit nothing; the caller's
transaction does, together with the message that caused the change.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from complaints.clocks import Clock
from complaints.complaint import (
    Decision,
    Kind,
    MoveRefused,
    ReferenceTaken,
    Remedy,
    Status,
    UnknownReference,
    check_move,
)
from complaints.record import Complaint, Event
from complaints.watching import ANSWERED, dates_of, heard, restart


def open_case(
    session: Session,
    *,
    reference: str,
    kind: Kind,
    conversation: str,
    channel: str,
    language: str,
    description: str,
    clock: Clock,
    actor: str,
    now: datetime,
    provisional: bool = False,
    received: datetime | None = None,
) -> Complaint:
    """A new case, received now or, where somebody took it down, at ``received``: from then on clocks run.

    Raises `ReferenceTaken` if the reference exists already.
    """
    if _by_reference(session, reference):
        raise ReferenceTaken(reference)
    case = Complaint(
        reference=reference,
        kind=kind,
        conversation=conversation,
        channel=channel,
        language=language,
        description=description.strip(),
        provisional=provisional,
        received_at=received or now,
        update_by=clock.update_by,
        respond_by=clock.respond_by,
        policy=clock.policy,
        policy_version=clock.version,
        clock={"terms": clock.terms, "stages": {n: due.isoformat() for n, due in clock.stages.items()}},
    )
    session.add(case)
    session.flush()
    record(
        session, case, "received", actor=actor, now=now, channel=channel, policy=clock.policy,
        version=clock.version, dates={"acknowledge_by": clock.acknowledge_by.isoformat(), **dates_of(case)},
    )  # fmt: skip
    return case


def acknowledge(session: Session, case: Complaint, *, message: str, actor: str, now: datetime) -> None:
    """The customer is being told that we have it; ``message`` is the id of the text that says so."""
    if case.acknowledged_at is not None:
        return
    case.acknowledged_at = now
    if case.status == Status.RECEIVED:
        case.status = Status.ACKNOWLEDGED
    record(session, case, "acknowledged", actor=actor, now=now, channel=case.channel, message=message)


def confirm(session: Session, case: Complaint, *, actor: str, now: datetime) -> None:
    """The customer has seen the summary and agrees."""
    if case.confirmed_at is None:
        case.confirmed_at = now
        record(session, case, "confirmed", actor=actor, now=now)


def move(
    session: Session,
    case: Complaint,
    status: Status,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    called: str | None = None,
    **data: Any,
) -> None:
    """Bring a case to another stage. Raises `MoveRefused` if the stage does not allow it.

    ``called`` is the event's kind where the stage alone does not say what happened.
    """
    old = Status(case.status)
    check_move(old, status)
    reopened = status is Status.INVESTIGATING and old in (Status.RESPONDED, Status.CLOSED, Status.WITHDRAWN)
    case.status = status
    if status is Status.RESPONDED:
        case.responded_at = now
    case.closed_at = None if status.is_open else now
    if reopened:
        data["dates"] = restart(case, now)
    kind = "reopened" if reopened else str(status)
    record(session, case, called or kind, actor=actor, now=now, reason=reason, before=str(old), **data)


def resolve(
    session: Session,
    case: Complaint,
    *,
    decision: Decision,
    remedy: Remedy | None,
    text: str,
    actor: str,
    now: datetime,
) -> None:
    """Decide a case and tell the customer ``text``.

    An upheld complaint is closed with its answer. Anything less stays open as ``responded``: the
    customer may not accept it, and then has ways to go on (ISO 10002, 7.9).
    """
    status = Status(case.status)
    if not status.is_open:
        raise MoveRefused(f"a case that is {status} has been decided already; reopen it first")
    if status in (Status.RECEIVED, Status.ACKNOWLEDGED):
        case.status = Status.ASSESSED
    case.decision, case.remedy, case.response = decision, remedy, text
    if status is not Status.RESPONDED:
        move(session, case, Status.RESPONDED, actor=actor, now=now, decision=str(decision),
             remedy=str(remedy) if remedy else None)  # fmt: skip
    else:
        record(session, case, "decision_changed", actor=actor, now=now, decision=str(decision))
    if decision is Decision.UPHELD:
        move(session, case, Status.CLOSED, actor=actor, now=now, reason="upheld and answered")


def accept_answer(
    session: Session, case: Complaint, *, actor: str, now: datetime, reason: str = "the customer accepts"
) -> None:
    """The customer agrees with the answer: the case is closed. Raises `MoveRefused` without an answer."""
    _check_answered(case)
    record(session, case, "answer_accepted", actor=actor, now=now, reason=reason)
    move(session, case, Status.CLOSED, actor=actor, now=now, reason=reason)


def contest_answer(session: Session, case: Complaint, *, reason: str, actor: str, now: datetime) -> None:
    """The customer does not agree with the answer: the case is under investigation again (ISO 10002, 7.9).

    ``reason`` is in the customer's words, or an agent's. Raises `MoveRefused` without an answer.
    """
    _check_answered(case)
    move(
        session, case, Status.INVESTIGATING, actor=actor, now=now, reason=reason, called="contested",
        decision=case.decision, decided_by=case.decided_by,
    )  # fmt: skip


def escalate_internally(session: Session, case: Complaint, *, reason: str, actor: str, now: datetime) -> None:
    """Somebody else than the person who decided reviews the case. An answered case is open for that again.

    Raises `MoveRefused` for a case that was never decided, or that the customer has withdrawn.
    """
    if case.decision is None or case.status == Status.WITHDRAWN:
        raise MoveRefused(f"a case that is {case.status} has no decision that could be reviewed")
    kind = "escalated_internally"
    if case.status in (Status.RESPONDED, Status.CLOSED):
        move(
            session, case, Status.INVESTIGATING, actor=actor, now=now, reason=reason, called=kind,
            decided_by=case.decided_by,
        )  # fmt: skip
    else:
        record(session, case, kind, actor=actor, now=now, reason=reason, decided_by=case.decided_by)


def escalate_externally(
    session: Session, case: Complaint, *, body: str, actor: str, now: datetime, reason: str = ""
) -> None:
    """The customer has turned to ``body``, outside the organisation. The case stays at its stage.

    Also a closed case: nobody need ask us first. Raises `MoveRefused` without a name.
    """
    if not body.strip():
        raise MoveRefused("name the outside body")
    record(
        session, case, "escalated_externally", actor=actor, now=now, reason=reason, body=body.strip(),
        stage=str(case.status),
    )  # fmt: skip


def become_feedback(session: Session, case: Complaint, *, now: datetime) -> None:
    """A provisional case that turned out to be no complaint: kept, and counted as feedback."""
    case.kind, case.provisional = Kind.FEEDBACK, False
    case.status, case.closed_at = Status.CLOSED, now
    record(session, case, "became_feedback", actor="bot", now=now)


def record(
    session: Session, case: Complaint, kind: str, *, actor: str, now: datetime, reason: str = "", **data: Any
) -> Event:
    """Write an event of ``case``: what happened, who did it, when and why.

    A reply is what the customer was promised to hear, whoever writes it and wherever.
    """
    assert case.id is not None
    if kind in WRITTEN and case.first_answer_at is None:
        case.first_answer_at = now
    if kind in _HEARD and case.status not in ANSWERED:
        heard(case, now)
    event = Event(
        complaint_id=case.id,
        position=next_position(session, case),
        kind=kind,
        actor=actor,
        at=now,
        reason=reason,
        data=data,
    )
    session.add(case)
    session.add(event)
    session.flush()
    return event


def next_position(session: Session, case: Complaint) -> int:
    """The position of the next event of ``case``, for what must name it before it is written."""
    last = session.exec(
        select(Event.position)
        .where(Event.complaint_id == case.id)
        .order_by(col(Event.position).desc())
        .limit(1)
    ).first()
    return (last or 0) + 1


def find(session: Session, reference: str, *, lock: bool = False) -> Complaint:
    """The case with this reference, for those entitled. Raises `UnknownReference`."""
    case = _by_reference(session, reference, lock=lock)
    if case is None:
        raise UnknownReference(reference)
    return case


def of_conversation(session: Session, conversation: str, limit: int = 20) -> list[Complaint]:
    """The cases that a conversation owns, newest first."""
    return list(session.execute(_OF_CONVERSATION, {"this": conversation, "limit": limit}).scalars())


def newest(session: Session, *, open_only: bool, limit: int = 200) -> list[Complaint]:
    """All cases, newest first; those that someone still owes something, or every one."""
    query = select(Complaint).order_by(col(Complaint.received_at).desc()).limit(limit)
    if open_only:
        query = query.where(col(Complaint.status).not_in([Status.CLOSED, Status.WITHDRAWN]))
    return list(session.exec(query))


def events_of(session: Session, case: Complaint) -> list[Event]:
    """Everything that happened to ``case``, oldest first."""
    return list(
        session.exec(select(Event).where(Event.complaint_id == case.id).order_by(col(Event.position)))
    )


# Built once, for it is asked in every turn: building a statement costs several times its execution.
_OF_CONVERSATION = (
    select(Complaint)
    .where(Complaint.conversation == bindparam("this"))
    .order_by(col(Complaint.received_at).desc(), col(Complaint.id).desc())
    .limit(bindparam("limit"))
)
WRITTEN = ("replied", "bulk_replied", "informed")
"""Events of a person's writing to the customer: a reply, one to many, a letter."""

_HEARD = ("replied", "bulk_replied")


def _by_reference(session: Session, reference: str, *, lock: bool = False) -> Complaint | None:
    query = select(Complaint).where(Complaint.reference == reference)
    return session.exec(query.with_for_update() if lock else query).first()


def _check_answered(case: Complaint) -> None:
    if case.status != Status.RESPONDED:
        raise MoveRefused(f"a case that is {case.status} has no answer to agree or disagree with")
