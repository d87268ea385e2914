"""Signals opened, kept up to date, named, dismissed and ended. What was found is never deleted."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from channels.wakeups import notify
from complaints.record import Complaint
from handoff import queue
from handoff.casework import bulk
from handoff.queue import BadInput
from handoff.signals.reading import KEPT_OUT, Seen, numbers_of
from handoff.signals.record import Signal, SignalCase, SignalLook, State, UnknownSignal
from handoff.signals.rises import Rise
from handoff.signals.series import LONGEST
from handoff.webhooks.announcing import announce

QUIET = 0.05
"""A signal is over when what came in its last two weeks would come by chance so often."""

LONGEST_REASON = 500
_NO_NUMBER = 2**31  # the database's column holds smaller ones


def is_looked_at(session: Session, day: date) -> bool:
    """Whether somebody has looked at this day."""
    return session.get(SignalLook, day) is not None


def keep(session: Session, seen: Seen, now: datetime) -> list[Signal]:
    """Write down what was seen on a day; the signals that are new. A second look at a day changes nothing."""
    if is_looked_at(session, seen.day):
        return []
    look = SignalLook(day=seen.day, at=now, series=seen.look.series, threshold=seen.threshold)
    session.add(look)
    session.flush()
    for number, (week, fortnight) in seen.standing.items():
        signal = find(session, number)
        if signal.is_active:  # nobody has dismissed it meanwhile
            go_on(signal, week, fortnight, seen.day, now)
            session.add(signal)
            _gather(session, signal, seen.day)
    opened = [opening(rise, seen, now) for rise in seen.look.rises]
    for signal in opened:
        session.add(signal)
        session.flush()
        _gather(session, signal, seen.day)
        announce(session, "signal.raised", str(signal.id), _told(signal), now=now)
    if opened:
        notify(session, queue.DESK)
    return opened


def find(session: Session, number: int) -> Signal:
    """Raises `UnknownSignal`."""
    signal = session.get(Signal, number) if 0 < number < _NO_NUMBER else None
    if signal is None:
        raise UnknownSignal(f"there is no signal {number}")
    return signal


def name(session: Session, number: int, cause: str, supervisor: str, now: datetime) -> list[str]:
    """Say what is behind a signal; the references of its cases, for `handoff.casework.bulk` to mark.

    Raises `BadInput`, `UnknownSignal`.
    """
    signal, cause = find(session, number), bulk.tidy(cause)
    if not cause:
        raise BadInput("say what the cause is")
    if signal.state is State.DISMISSED:
        raise BadInput("this signal was dismissed")
    signal.root_cause, signal.named_by, signal.named_at = cause, supervisor, now
    session.add(signal)
    return list(
        session.exec(
            select(Complaint.reference)
            .join(SignalCase, col(SignalCase.complaint_id) == col(Complaint.id))
            .where(SignalCase.signal_id == number)
            .order_by(col(Complaint.reference))
        )
    )


def dismiss(session: Session, number: int, reason: str, supervisor: str, now: datetime) -> None:
    """It is nothing, or the new normal: its series has a new past from its beginning on.

    Raises `BadInput`, `UnknownSignal`.
    """
    signal, reason = find(session, number), reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise BadInput(f"give a reason of at most {LONGEST_REASON} characters")
    if not signal.is_active:
        raise BadInput("this signal is over, or was dismissed")
    signal.dismissed_by, signal.dismissed_at, signal.dismissed_because = supervisor, now, reason
    session.add(signal)


def opening(rise: Rise, seen: Seen, now: datetime) -> Signal:
    """A new signal."""
    series, week = rise.series, seen.weeks.get(rise.series, rise)
    return Signal(
        kind=series.kind, product=seen.names.get(series.product, series.product), category=series.category,
        cause=series.cause, since=seen.day - timedelta(days=rise.days), opened_at=now, days=rise.days,
        count=rise.count, expected=round(rise.expected, 3), chance=rise.chance, looked_at=now,
        week_count=week.count, week_expected=round(week.expected, 3),
    )  # fmt: skip


def _told(signal: Signal) -> dict[str, str | int | float]:
    """What other systems are told of a new signal."""
    told = ("id", "kind", "product", "category", "cause", "days", "count", "expected")
    return {name: getattr(signal, name) for name in told} | {"since": signal.since.isoformat()}


def go_on(signal: Signal, week: Rise | None, fortnight: Rise | None, day: date, now: datetime) -> None:
    """What a later look makes of a signal: its week's figures, and whether it is over."""
    signal.looked_at = now
    if week is not None:
        signal.week_count, signal.week_expected = week.count, round(week.expected, 3)
    if fortnight is None or (fortnight.chance > QUIET and day >= signal.since + timedelta(days=LONGEST)):
        signal.ended_at = now


def _gather(session: Session, signal: Signal, until: date) -> None:
    """Put down the cases behind a signal that are not known of it yet."""
    assert signal.id is not None
    since = max(signal.since, until - KEPT_OUT)
    known = set(session.exec(select(SignalCase.complaint_id).where(SignalCase.signal_id == signal.id)))
    for number in numbers_of(session, signal.series, since, until):
        if number not in known:
            session.add(SignalCase(signal_id=signal.id, complaint_id=number))
    session.flush()
