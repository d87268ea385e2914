"""What the causes page shows: signals, named causes, and what recurs week after week. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case as either
from sqlmodel import Session, col, func, or_, select

from channels.transcript import Conversation
from complaints.complaint import Kind, Status
from complaints.record import Complaint, Event
from handoff.signals.reading import caused, counted
from handoff.signals.record import Signal, SignalCase, SignalLook
from handoff.signals.series import product_key

WEEKS = 8
MOST = 100
"""Of whatever is listed."""

_RECENT = timedelta(days=60)
_FINISHED = (Status.CLOSED, Status.WITHDRAWN)


@dataclass(frozen=True)
class Found:
    """A signal with how many ``cases`` are behind it, and how many of them are ``open``."""

    signal: Signal
    cases: int
    open: int


@dataclass(frozen=True)
class Cause:
    """A named cause: its cases, those that are open, the days of the first and the latest of them."""

    name: str
    cases: int
    open: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Recurring:
    """What somebody complains of again and again: counts of the last `WEEKS` weeks, the oldest first."""

    product: str
    category: str
    cause: str
    weeks: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.weeks)


def signals(session: Session, now: datetime) -> list[Found]:
    """Those that are open, the least probable first, then those that were of late."""
    found = session.exec(
        select(Signal)
        .where(
            or_(
                col(Signal.looked_at) >= now - _RECENT,
                (col(Signal.ended_at).is_(None)) & (col(Signal.dismissed_at).is_(None)),
            )
        )
        .order_by(col(Signal.opened_at).desc())
        .limit(MOST)
    ).all()
    found = sorted(found, key=lambda s: (not s.is_active, s.chance if s.is_active else 0))
    counts = _counts(session, [s.id for s in found if s.id is not None])
    return [Found(s, *counts.get(s.id or 0, (0, 0))) for s in found]


def behind(session: Session, number: int, limit: int = MOST) -> list[Complaint]:
    """The cases behind a signal: the open ones first, then the newest."""
    return list(
        session.exec(
            select(Complaint)
            .join(SignalCase, col(SignalCase.complaint_id) == col(Complaint.id))
            .where(SignalCase.signal_id == number)
            .order_by(col(Complaint.status).in_(_FINISHED), col(Complaint.received_at).desc())
            .limit(limit)
        )
    )


def causes(session: Session) -> list[Cause]:
    """The causes that supervisors have named, the latest first."""
    is_open = either((col(Complaint.status).in_(_FINISHED), 0), else_=1)
    rows = session.exec(
        select(  # type: ignore[call-overload]
            Complaint.root_cause,
            func.count(),
            func.sum(is_open),
            func.min(Complaint.received_at),
            func.max(Complaint.received_at),
        )
        .where(col(Complaint.root_cause).is_not(None))
        .group_by(col(Complaint.root_cause))
        .having(func.count() > 1)
        .order_by(func.max(Complaint.received_at).desc())
        .limit(MOST)
    )
    return [Cause(*row) for row in rows]


def of_cause(session: Session, cause: str, limit: int = MOST) -> list[Complaint]:
    """The open cases of a named cause, as `handoff.casework.bulk` will answer them."""
    return list(
        session.exec(
            select(Complaint)
            .where(Complaint.root_cause == cause, col(Complaint.status).not_in(_FINISHED))
            .order_by(col(Complaint.reference))
            .limit(limit)
        )
    )


def languages(session: Session, cause: str) -> dict[str, int]:
    """How many open cases of a named cause there are, by the language to answer in."""
    spoken = func.coalesce(Conversation.language, Complaint.language)
    rows = session.exec(
        select(spoken, func.count())
        .select_from(Complaint)
        .join(Conversation, col(Conversation.id) == col(Complaint.conversation))
        .where(Complaint.root_cause == cause, col(Complaint.status).not_in(_FINISHED))
        .group_by(spoken)
        .order_by(spoken)
    )
    return dict(rows.all())


def behind_count(session: Session, number: int) -> int:
    """How many cases are behind a signal."""
    return session.exec(select(func.count()).where(SignalCase.signal_id == number)).one()


def answers(session: Session, cause: str) -> list[tuple[datetime, str, int]]:
    """When the cases of a cause were answered together, by whom, and how many: the latest first."""
    events = session.exec(
        select(Event)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(Complaint.root_cause == cause, Event.kind == "bulk_replied")
        .order_by(col(Event.at).desc())
        .limit(2000)
    )
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[str(event.data.get("request"))].append(event)
    return [(max(e.at for e in each), each[0].actor, len(each)) for each in found.values()]


def recurring(session: Session, today: date) -> list[Recurring]:
    """What is complained of most, by product and category, in the weeks before ``today``."""
    rows = counted(session, today - timedelta(weeks=WEEKS), today)
    return _table(((on, product, category, "", count) for on, product, category, count in rows), today)


def recurring_causes(session: Session, today: date) -> list[Recurring]:
    """Which root causes were found most, with product and category, in the weeks before ``today``."""
    return _table(caused(session, today - timedelta(weeks=WEEKS), today), today)


def latest_look(session: Session) -> SignalLook | None:
    """The latest day that was looked at."""
    return session.exec(select(SignalLook).order_by(col(SignalLook.day).desc()).limit(1)).first()


def _table(rows: Iterable[tuple[date, str, str, str, int]], today: date) -> list[Recurring]:
    weeks: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * WEEKS)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for on, product, category, cause, count in rows:
        key = product_key(product)
        names[key][product] += count
        weeks[key, category, cause][WEEKS - 1 - ((today - on).days - 1) // 7] += count
    found = [
        Recurring(names[key].most_common(1)[0][0], category, cause, tuple(counts))
        for (key, category, cause), counts in weeks.items()
        if sum(counts) > 1
    ]
    return sorted(found, key=lambda r: (-r.total, r.product, r.category, r.cause))[:20]


def _counts(session: Session, numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
    is_open = either((col(Complaint.status).in_(_FINISHED), 0), else_=1)
    rows = session.exec(
        select(SignalCase.signal_id, func.count(), func.sum(is_open))
        .join(Complaint, col(Complaint.id) == col(SignalCase.complaint_id))
        .where(col(SignalCase.signal_id).in_(numbers), Complaint.kind == Kind.COMPLAINT)
        .group_by(col(SignalCase.signal_id))
    )
    return {number: (count, still) for number, count, still in rows}
