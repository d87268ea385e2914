"""What the clock of a case does without anybody's doing: warnings, promised updates, notices.

`complaints.watching` says what is asked for, and when; here it is done, once. For the clock to call,
in any number of processes: each case is a transaction of its own that looks again before it acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from channels import transcript
from channels.transcript import Conversation
from channels.wakeups import notify
from complaints import register
from complaints.civil_hours import time_to_write
from complaints.complaint import UnknownReference
from complaints.record import Complaint
from complaints.watching import Act, Due, agenda, done, heard, policy_of
from handoff import queue
from handoff.casework import linking
from handoff.casework.informing import give_task, standing_key, tell
from handoff.dispatch.rules import in_force
from handoff.item import Handoff, Reason, State
from handoff.queue import DESK

_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Tending:
    """A case whose clock has called, everything about it locked."""

    session: Session
    conversation: Conversation
    case: Complaint
    item: Handoff | None
    now: datetime


def due_cases(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """References of the cases whose clock calls, the longest waiting first."""
    return list(
        session.exec(
            select(Complaint.reference)
            .where(col(Complaint.clock_at) <= now)
            .order_by(col(Complaint.clock_at))
            .limit(limit)
        )
    )


def tend(session: Session, reference: str, now: datetime) -> None:
    """Do what the clock of a case asks for by ``now``; it calls again when there is more to do.

    Raises `UnknownReference`.
    """
    name = session.exec(select(Complaint.conversation).where(col(Complaint.reference) == reference)).first()
    if name is None:
        raise UnknownReference(reference)
    conversation = transcript.lock(session, name)
    case = register.find(session, reference, lock=True)
    session.refresh(case)
    if case.clock_at is None or case.clock_at > now:
        return  # somebody was faster
    tending = Tending(session, conversation, case, queue.locked(session, reference), now)
    later: list[datetime] = []
    for due in sorted((d for d in agenda(case) if d.at <= now), key=lambda d: list(_DO).index(d.act)):
        if due not in agenda(case):
            continue  # settled by what was done just now
        wait = _DO[due.act](tending, due)
        if wait is not None:
            later.append(max(wait, now + _AGAIN))
        elif due.act is not Act.UPDATE:  # a promise moves on, or is a person's task: it is never ticked off
            done(case, due)
    session.add(case)
    session.flush()  # whatever has changed sets `clock_at`: what follows has the last word
    case.clock_at = min([d.at for d in agenda(case) if d.at > now] + later, default=None)
    session.add(case)


def postpone(session: Session, reference: str, until: datetime) -> None:
    """Look at a case later: something about it is wrong, and the others should not wait for it."""
    case = register.find(session, reference, lock=True)
    case.clock_at = until
    session.add(case)


def _warn(t: Tending, due: Due) -> None:
    _tell_desk(t, "stage_near", due)


def _pass(t: Tending, due: Due) -> None:
    _call_for_somebody(t)
    _tell_desk(t, "stage_passed", due)


def _missed(t: Tending, due: Due) -> None:
    _call_for_somebody(t)
    _tell_desk(t, "update_missed", due)


def _remind(t: Tending, due: Due) -> None:
    _tell_desk(t, "still_paused", due)


def _update(t: Tending, _due: Due) -> datetime | None:
    """The customer hears how the case stands; from whoever is talking to them, if somebody is."""
    case, holder = t.case, t.conversation.holder or _holder(t)
    if holder is not None:
        give_task(t.session, t.conversation, case, "held", t.now)
        return None
    if _told_with_another(t):
        heard(case, t.now)
        return None
    when = time_to_write(in_force().hours, t.now)
    if when > t.now:
        return when
    before = case.update_by
    heard(case, t.now)
    key = standing_key(case, t.now)
    messages = tell(
        t.session, t.conversation, case, (key,), f"update:{case.reference}:{before.isoformat()}", t.now,
        by_template=True,
    )  # fmt: skip
    if messages is None:
        case.update_by = before  # the promise still stands, and a person keeps it
    else:
        _record_told(t, "update_sent", messages, before)
    return None


def _delay(t: Tending, due: Due) -> datetime | None:
    """Before the answer's date: the customer hears that it may be missed, and where else to turn."""
    if t.now >= due.due:
        return None  # it is late: `_overdue` says so
    return _notice(t, due, "delay_notice")


def _overdue(t: Tending, due: Due) -> datetime | None:
    return _notice(t, due, "overdue_notice")


def _notice(t: Tending, due: Due, key: str) -> datetime | None:
    """A notice that the policy asks for goes out by itself, also while somebody holds the case."""
    case = t.case
    when = time_to_write(in_force().hours, t.now)
    if when > t.now:
        return when
    if _told_with_another(t):
        return None
    before = case.update_by
    heard(case, t.now)
    keys = (key, "notice_outside") if policy_of(case).outside_body else (key,)
    messages = tell(
        t.session, t.conversation, case, keys, f"{key}:{case.reference}:{due.due.isoformat()}", t.now
    )
    if messages is None:
        case.update_by = before
    else:
        _record_told(t, key, messages, due.due)
    return None


# In this order: who has just been told that we are late needs no news on top.
_DO: dict[Act, Callable[[Tending, Due], datetime | None]] = {
    Act.WARN: _warn,
    Act.PASS: _pass,
    Act.MISSED: _missed,
    Act.REMIND: _remind,
    Act.OVERDUE: _overdue,
    Act.DELAY: _delay,
    Act.UPDATE: _update,
}


def _holder(t: Tending) -> str | None:
    return t.item.agent if t.item is not None and t.item.state == State.HELD else None


def _told_with_another(t: Tending) -> bool:
    """Whether the case is answered together with another of the same conversation."""
    main = linking.merged_into(t.session, t.case.reference)
    return main is not None and register.find(t.session, main).conversation == t.case.conversation


def _call_for_somebody(t: Tending) -> None:
    """A date is missed: a case that nobody sees is seen again, and why."""
    item = t.item
    if item is None or item.state in (State.WITH_BOT, State.CLOSED):
        queue.open_item(t.session, t.case, Reason.DUE, t.now)
    elif Reason.DUE not in item.reasons:
        item.reasons = [*item.reasons, Reason.DUE.value]
        t.session.add(item)


def _tell_desk(t: Tending, kind: str, due: Due) -> None:
    register.record(
        t.session, t.case, kind, actor="system", now=t.now, stage=due.stage, due=due.due.isoformat(),
        holder=_holder(t),
    )  # fmt: skip
    notify(t.session, DESK)
    notify(t.session, f"chat:{t.conversation.id}")


def _record_told(t: Tending, kind: str, messages: list[int], due: datetime) -> None:
    register.record(
        t.session, t.case, kind, actor="system", now=t.now, messages=messages, due=due.isoformat(),
        next=t.case.update_by.isoformat(),
    )  # fmt: skip
