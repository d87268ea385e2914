"""The counts that signals are found in, out of the register. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from complaints.complaint import Kind as CaseKind
from complaints.record import Complaint
from handoff.signals.record import Signal
from handoff.signals.rises import Look, Memory, Rise, Watch
from handoff.signals.series import DAYS, LONGEST, History, Series, Tally, product_key

KEPT_OUT = timedelta(weeks=8)
"""For so long a rise is kept out of what is held for usual; what lasts longer has become usual."""


@dataclass(frozen=True)
class Seen:
    """A day as it was looked at: what rose, how the known signals stand, what products are called."""

    day: date
    look: Look
    threshold: float
    standing: dict[int, tuple[Rise | None, Rise | None]]
    """Of each active signal its latest one and two weeks; ``None`` where nothing can be said of them."""
    weeks: dict[Series, Rise]
    """Of each new rise its latest week."""
    names: dict[str, str]
    """What a product is called, by its key."""


def see(session: Session, day: date, alarms: float) -> Seen:
    """Look at all that happened before ``day`` (UTC), with at most ``alarms`` false alarms a year."""
    first = day - timedelta(days=DAYS)
    tallies, names = _tallies(session, first, day)
    history = History.of(tallies, first, DAYS, _opened(session, first))
    signals = session.exec(select(Signal).where(Signal.since >= first)).all()
    return judge(history, signals, day, alarms, names)


def judge(
    history: History, signals: Sequence[Signal], day: date, alarms: float, names: dict[str, str]
) -> Seen:
    """The look itself: pure, and the same for a register and for a simulation."""
    watch = Watch(history, history.position(day), alarms, memories(signals, history, day))
    active = [signal for signal in signals if signal.is_active]
    look = watch.look(
        leave_out=[signal.series for signal in active],
        dismissed=[signal.series for signal in signals if signal.dismissed_at is not None],
    )
    standing = {
        signal.id: (watch.measure(signal.series, 7), watch.measure(signal.series, 14))
        for signal in active
        if signal.id is not None
    }
    measured = {rise.series: watch.measure(rise.series, 7) for rise in look.rises}
    weeks = {series: rise for series, rise in measured.items() if rise is not None}
    return Seen(day, look, watch.threshold, standing, weeks, names)


def memories(signals: Iterable[Signal], history: History, day: date) -> dict[Series, Memory]:
    """What earlier signals say of their series: a dismissed one is where a new past begins."""
    found: dict[Series, Memory] = {}
    for signal in signals:
        before = found.get(signal.series, Memory())
        start = history.position(signal.since)
        if signal.dismissed_at is not None:
            for series in _mostly(history, signal.series, start):
                known = found.get(series, Memory())
                found[series] = Memory(max(known.begins, start), known.risen)
        else:
            over = signal.ended_at.date() if signal.ended_at else day
            stop = history.position(min(over, signal.since + KEPT_OUT))
            found[signal.series] = Memory(before.begins, (*before.risen, (start, stop)))
    return found


def _mostly(history: History, main: Series, start: int) -> Iterable[Series]:
    """A series, its parts, and what it is most of in the two weeks from ``start`` on."""
    yield main
    end = min(start + LONGEST, history.days)
    for series in history.sums:
        common = main.meets(series)
        if common is not None and series != main:
            whole = history.window(series, end, LONGEST)
            if 2 * history.window(common, end, LONGEST) >= max(whole, 1):
                yield series


def numbers_of(session: Session, series: Series, since: date, until: date) -> Sequence[int]:
    """The numbers of the cases of a series that came, or whose cause was named, from ``since`` on."""
    at = col(Complaint.responded_at if series.cause else Complaint.received_at)
    wanted = select(Complaint.id, Complaint.product).where(
        Complaint.kind == CaseKind.COMPLAINT, at >= _midnight(since), at < _midnight(until)
    )
    if series.category:
        wanted = wanted.where(Complaint.category == series.category)
    if series.cause:
        wanted = wanted.where(Complaint.cause_kind == series.cause)
    rows = session.exec(wanted.order_by(col(Complaint.id)))
    return [i for i, product in rows if i and (not series.product or product_key(product) == series.product)]


def counted(session: Session, first: date, until: date) -> list[tuple[date, str, str, int]]:
    """Day, product, category and number of the complaints from ``first`` to before ``until``."""
    day = _day(session, col(Complaint.received_at))
    rows = session.exec(
        select(day, Complaint.product, Complaint.category, func.count())
        .where(
            Complaint.kind == CaseKind.COMPLAINT,
            col(Complaint.received_at) >= _midnight(first),
            col(Complaint.received_at) < _midnight(until),
        )
        .group_by(day, col(Complaint.product), col(Complaint.category))
    )
    return [(_as_day(on), product or "", category, count) for on, product, category, count in rows]


def caused(session: Session, first: date, until: date) -> list[tuple[date, str, str, str, int]]:
    """Day of the decision, product, category, root cause (a code) and number, in the same days."""
    day = _day(session, col(Complaint.responded_at))
    named = (col(Complaint.product), col(Complaint.category), col(Complaint.cause_kind))
    rows = session.exec(
        select(day, *named, func.count())  # type: ignore[call-overload]
        .where(
            Complaint.kind == CaseKind.COMPLAINT,
            col(Complaint.responded_at) >= _midnight(first),
            col(Complaint.responded_at) < _midnight(until),
            col(Complaint.cause_kind).is_not(None),
        )
        .group_by(day, *named)
    )
    return [
        (_as_day(on), product or "", category, cause, count) for on, product, category, cause, count in rows
    ]


def _tallies(session: Session, first: date, until: date) -> tuple[list[Tally], dict[str, str]]:
    """All that is counted; and what each product is called, by its key: as most write it."""
    names: dict[str, Counter[str]] = {}
    tallies = []
    for on, product, category, count in counted(session, first, until):
        key = product_key(product)
        names.setdefault(key, Counter())[product] += count
        tallies.append(Tally(on, count, key, category))
    tallies += [Tally(on, count, cause=cause) for on, _, _, cause, count in caused(session, first, until)]
    return tallies, {key: written.most_common(1)[0][0] for key, written in names.items() if key}


def _opened(session: Session, first: date) -> int:
    """The position of the first day on which anybody complained here."""
    began = session.exec(select(func.min(Complaint.received_at))).one()
    return max(0, (began.date() - first).days) if began else DAYS


def _day(session: Session, at: Any) -> ColumnElement[str]:
    """The day of a moment, in UTC, as each database says it."""
    if session.get_bind().dialect.name == "postgresql":
        return func.date(func.timezone("UTC", at))
    return func.date(at)


def _as_day(found: object) -> date:
    return found if isinstance(found, date) else date.fromisoformat(str(found))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
