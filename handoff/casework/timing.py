"""What is done to a case's clock at the desk: pause, resume, extend, another kind, a stage done.

Each is one transaction that locks the conversation first, leaves an event, and tells the customer the
new dates. The holder may, and a supervisor for the holder (``as_supervisor``).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, exists, select

from channels.transcript import Author, Conversation, Message
from complaints import pausing
from complaints.complaint import MoveRefused
from complaints.pausing import ClockRefused, latest_answer
from complaints.record import Complaint
from complaints.watching import ANSWERED, heard, policy_of, stages_of
from handoff.casework.informing import tell
from handoff.holding import actor, check_holder, wake
from handoff.queue import BadInput, take

CUSTOMER = "customer"
"""Waiting for the customer: such a clock goes on by itself when they write."""


def pause(
    session: Session,
    reference: str,
    agent: str,
    waiting_for: str,
    reason: str,
    now: datetime,
    *,
    as_supervisor: bool = False,
) -> None:
    """The clock stands still until `resume`, or until the customer writes if it waits for them.

    ``reason`` is for colleagues. Raises `BadInput` where the policy knows no such pause, `NotHolder`,
    `UnknownReference`.
    """
    conversation, case = _mine(session, reference, agent, now, as_supervisor)
    with _Refusing():
        pausing.pause(session, case, waiting_for, reason=_said(reason), actor=actor(agent), now=now)
    key = "clock_paused" if waiting_for == CUSTOMER else "clock_paused_others"
    tell(session, conversation, case, (key,), f"paused:{reference}:{now.isoformat()}", now)
    case.update_task = None  # while the clock stands still nothing is owed
    wake(session, conversation)


def resume(
    session: Session, reference: str, agent: str, now: datetime, *, as_supervisor: bool = False
) -> None:
    """The clock goes on; the customer hears the new dates.

    Raises `BadInput` if it is running, `NotHolder`, `UnknownReference`.
    """
    conversation, case = _mine(session, reference, agent, now, as_supervisor)
    with _Refusing():
        pausing.resume(session, case, actor=actor(agent), now=now)
    _tell_dates(session, conversation, case, ("clock_resumed",), now)


def extend(
    session: Session,
    reference: str,
    agent: str,
    until: date,
    reason: str,
    now: datetime,
    *,
    as_supervisor: bool = False,
) -> None:
    """The answer is put off to ``until``. The customer is told, with ``reason`` in the agent's words.

    Raises `BadInput` for a day that the policy does not allow, `NotHolder`, `UnknownReference`.
    """
    conversation, case = _mine(session, reference, agent, now, as_supervisor)
    reason = _said(reason)
    with _Refusing():
        pausing.extend(session, case, until, reason=reason, actor=actor(agent), now=now)
    _tell_dates(session, conversation, case, ("clock_extended", "clock_new_date"), now, reason=reason)


def choose_kind(
    session: Session,
    reference: str,
    agent: str,
    kind: str,
    reason: str,
    now: datetime,
    *,
    as_supervisor: bool = False,
) -> None:
    """It is a kind of complaint with a time of its own; the customer hears the new date.

    ``reason`` is for colleagues. Raises `BadInput`, `NotHolder`, `UnknownReference`.
    """
    conversation, case = _mine(session, reference, agent, now, as_supervisor)
    before = case.respond_by
    with _Refusing():
        pausing.choose_kind(session, case, kind, reason=_said(reason), actor=actor(agent), now=now)
    if case.respond_by != before:
        _tell_dates(session, conversation, case, ("clock_new_date",), now)


def fulfil(
    session: Session, reference: str, agent: str, stage: str, now: datetime, *, as_supervisor: bool = False
) -> None:
    """A stage of the policy is done. Raises `BadInput`, `NotHolder`, `UnknownReference`."""
    conversation, case = _mine(session, reference, agent, now, as_supervisor)
    with _Refusing():
        pausing.fulfil(session, case, stage, actor=actor(agent), now=now)
    wake(session, conversation)


def go_on(session: Session, now: datetime) -> list[str]:
    """Resume one case whose customer has written, which is what its clock waited for; its reference.

    The clock stood still until they wrote, not until somebody noticed. For the clock to call.
    """
    after = (Message.conversation == Complaint.conversation, Message.author == Author.CUSTOMER,
             col(Message.at) > col(Complaint.paused_since))  # fmt: skip
    reference = session.exec(
        select(Complaint.reference)
        .where(
            col(Complaint.paused_since).is_not(None),
            Complaint.pause_reason == CUSTOMER,
            col(Complaint.status).not_in(ANSWERED),
            exists(select(Message.id).where(*after)),
        )
        .limit(1)
    ).first()
    if reference is None:
        return []
    conversation, _, case = take(session, reference, now)
    if case.paused_since is None or case.status in ANSWERED:
        return [reference]  # somebody was faster; there may be more
    wrote = session.exec(
        select(Message.at)
        .where(
            Message.conversation == conversation.id,
            Message.author == Author.CUSTOMER,
            col(Message.at) > case.paused_since,
        )
        .order_by(col(Message.seq))
        .limit(1)
    ).one()
    pausing.resume(session, case, reason="the customer has written", actor="system", now=wrote)
    _tell_dates(session, conversation, case, ("clock_resumed",), now)
    return [reference]


def clock_of(case: Complaint) -> dict[str, Any]:
    """What the desk shows of a case's clock, and what may be done with it. Times are ISO 8601 in UTC."""
    policy, latest = policy_of(case), latest_answer(case)
    done: dict[str, str] = case.clock.get("done", {})
    return {
        "policy": case.policy or policy.name,
        "version": case.policy_version or policy.version,
        "time_zone": policy.time_zone.key,
        "kind": case.clock.get("kind", ""),
        "kinds": list(policy.kinds),
        "pauses": list(policy.pauses),
        "stages": [
            {"name": name, "due": due.isoformat(), "done": done.get(name)}
            for name, due in stages_of(case).items()
        ],
        "latest": latest.isoformat() if latest and latest > case.respond_by else None,
        "latest_day": latest.astimezone(policy.time_zone).date().isoformat() if latest else None,
        "stood_still": case.clock.get("pauses", []),
    }


class _Refusing:
    """What the clock refuses is told to the agent as any other wrong input."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ClockRefused):
            raise BadInput(str(error)) from error


def _mine(
    session: Session, reference: str, agent: str, now: datetime, as_supervisor: bool
) -> tuple[Conversation, Complaint]:
    conversation, item, case = take(session, reference, now)
    if not as_supervisor:
        check_holder(item, agent)
    if case.status in ANSWERED:
        raise MoveRefused(f"{reference} is {case.status}: its clock has stopped")
    return conversation, case


def _said(reason: str) -> str:
    if not reason.strip():
        raise BadInput("say why: a clock is only changed with a reason")
    return reason.strip()


def _tell_dates(
    session: Session,
    conversation: Conversation,
    case: Complaint,
    keys: tuple[str, ...],
    now: datetime,
    **values: object,
) -> None:
    """The customer hears the new dates: that counts as hearing from us."""
    before = case.update_by
    heard(case, now)
    dedup = f"{keys[0]}:{case.reference}:{now.isoformat()}"
    if tell(session, conversation, case, keys, dedup, now, by_template=True, **values) is None:
        case.update_by = max(before, now)
    session.add(case)
    wake(session, conversation)
