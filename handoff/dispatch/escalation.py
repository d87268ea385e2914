"""What keeps cases from being forgotten: dates that come near, and agents who are gone.

Functions for the clock to call, as often as it likes: each does what is due, once.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from channels import transcript
from channels.transcript import Author, Message
from channels.wakeups import notify
from complaints import register
from complaints.record import Complaint
from handoff import queue
from handoff.dispatch import presence
from handoff.dispatch.presence import DeskProfile, Presence
from handoff.dispatch.rules import in_force
from handoff.dispatch.standing import ANSWERED
from handoff.item import Handoff, Reason, State
from handoff.queue import DESK, let_go

_WATCHED = (State.WAITING, State.OFFERED, State.HELD)


def escalate(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """Tell supervisors of cases whose date is near or missed, once each; the references.

    Whoever has such a case keeps it: what is done is for a supervisor to decide. They find these
    cases marked in the queue and in their overview, and each case's history says it.
    """
    near = in_force().near(now)
    due = session.exec(
        select(Handoff.reference, Handoff.conversation)
        .join(Complaint, col(Complaint.reference) == col(Handoff.reference))
        .where(
            col(Handoff.state).in_(_WATCHED),
            col(Handoff.escalated_at).is_(None),
            col(Handoff.due) <= near,
            col(Complaint.status).not_in(ANSWERED),
            col(Complaint.paused_since).is_(None),
        )
        # Two processes that do this at once take the locks in the same order.
        .order_by(col(Handoff.conversation), col(Handoff.reference))
        .limit(limit)
    ).all()
    escalated = []
    for reference, conversation in due:
        transcript.lock(session, conversation)
        case = register.find(session, reference, lock=True)
        session.refresh(case)
        item = queue.locked(session, reference)
        if item is None or item.state not in _WATCHED or item.escalated_at is not None or item.due > near:
            continue  # somebody was faster
        item.escalated_at = now
        if Reason.DUE not in item.reasons:
            item.reasons = [*item.reasons, Reason.DUE.value]
        session.add(item)
        register.record(
            session, case, "escalated", actor="system", now=now, reason=Reason.DUE,
            due=item.due.isoformat(), holder=item.agent,
        )  # fmt: skip
        notify(session, DESK)
        escalated.append(reference)
    return escalated


def return_unanswered(session: Session, now: datetime) -> list[str]:
    """Put one case that an agent holds who is long gone back into the queue, if its customer waits.

    The customer waits if theirs was the last word, the bot's and the system's lines aside. One case
    for each call, because each is a transaction of its own: call it until it finds none.
    """
    rules = in_force()
    if rules.return_after is None:
        return []
    since = rules.ago(now, rules.return_after)
    reference = session.exec(unanswered(since).limit(1)).first()
    if reference is None:
        return []
    conversation, item, case = queue.take(session, reference, now)
    if item.state != State.HELD or item.agent is None or item.claimed_at is None or item.claimed_at > since:
        return [reference]  # somebody was faster; there may be more
    holder = item.agent
    if presence.locked(session, holder, now).presence != Presence.OFFLINE:
        return [reference]
    let_go(session, conversation, item, State.WAITING)
    item.queued_at = now
    register.record(session, case, "returned", actor="system", now=now, holder=holder)
    return [reference]


def unanswered(since: datetime) -> SelectOfScalar[str]:
    """Cases held since then by agents who have been offline since then, and whose customer waits."""
    last_word = (
        select(Message.author)
        .where(
            col(Message.conversation) == col(Handoff.conversation),
            col(Message.author).in_([Author.CUSTOMER, Author.AGENT]),
        )
        .order_by(col(Message.seq).desc())
        .limit(1)
        .correlate(Handoff)
        .scalar_subquery()
    )
    return (
        select(Handoff.reference)
        .join(DeskProfile, col(DeskProfile.agent) == col(Handoff.agent))
        .where(
            col(DeskProfile.presence) == Presence.OFFLINE,
            col(DeskProfile.since) <= since,
            col(Handoff.state) == State.HELD,
            # What somebody is given while away is theirs for as long.
            col(Handoff.claimed_at) <= since,
            or_(last_word.is_(None), last_word == Author.CUSTOMER),
        )
    )
