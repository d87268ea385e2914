"""Whether an action has worked: complaints of its kind before it was done and after, over the same time.

Counted are complaints by the day on which they were received, whatever became of them. Where the target
is a root cause, complaints that nobody has decided yet have none: for "they fell" all of those are taken
to be of that cause, so that a backlog never looks like an improvement.

An action is meant to make complaints fewer, so the question has one side: they fell if, had nothing changed,
so few would come with a chance below `binomial.TAIL`. "Too few" means that not even none at all would be
below it. What the figures cannot tell is why: all other complaints of the same two times stand beside them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case, true
from sqlmodel import Session, col, func, or_, select

from complaints.complaint import Kind
from complaints.record import Complaint
from handoff.improvement import binomial
from handoff.improvement.record import ImprovementAction


class Trend(StrEnum):
    """What the figures say, in plain words."""

    FELL = "fell"
    ROSE = "rose"
    NO_CHANGE = "no_change"  # no more than chance explains
    TOO_FEW = "too_few"  # to tell it from chance, whatever happens
    TOO_SOON = "too_soon"  # no time has passed on one of the two sides


@dataclass(frozen=True)
class Target:
    """The complaints that should become fewer; what is ``None`` does not matter."""

    product: str | None = None
    category: str | None = None
    cause: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it names nothing, so that no complaint is of its kind."""
        return not (self.product or self.category or self.cause)


@dataclass(frozen=True)
class Counts:
    """Complaints in two spans of time. ``open_``: not decided yet, so perhaps of the cause as well."""

    before: int
    after: int
    open_before: int = 0
    open_after: int = 0
    others_before: int = 0
    others_after: int = 0


@dataclass(frozen=True)
class Effect:
    """What came of an action. ``since`` to ``done`` is before, ``done`` to ``until`` after.

    ``ratio`` is the later rate over the earlier one, between ``low`` and ``high`` with 90 % confidence;
    ``None`` where there is nothing to compare. ``whole``: all of the time has passed, the figures stay.
    """

    since: datetime
    done: datetime
    until: datetime
    counts: Counts
    trend: Trend
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    whole: bool = False

    def as_data(self) -> dict[str, Any]:
        """As JSON holds it; no infinite number."""
        found = asdict(self) | {name: getattr(self, name).isoformat() for name in ("since", "done", "until")}
        for name in ("ratio", "low", "high"):
            value = found[name]
            found[name] = None if value is None or value == float("inf") else round(value, 4)
        return found | {"trend": str(self.trend)}


def target_of(action: ImprovementAction) -> Target:
    """What an action aims at."""
    return Target(action.product, action.category, action.cause)


def check_due(action: ImprovementAction) -> datetime | None:
    """When its effect can be judged: ``weeks`` after it was done."""
    return None if action.done_at is None else action.done_at + timedelta(weeks=action.weeks)


def measure(session: Session, target: Target, done: datetime, span: timedelta, now: datetime) -> Effect:
    """The effect on complaints of ``target``, ``span`` before ``done`` and after, as far as known at ``now``.

    Before its end both spans are as long as the time that has passed; where the register is younger than
    that, the earlier one is shorter, which the ratio takes into account.
    """
    passed = max(min(now - done, span), timedelta())
    first = session.exec(select(func.min(Complaint.received_at)).where(_is_complaint())).one()
    since = max(done - passed, min(first or done, done))
    counts = _count(session, target, since, done, done + passed)
    return judge(counts, since, done, done + passed, whole=passed >= span)


def judge(counts: Counts, since: datetime, done: datetime, until: datetime, *, whole: bool) -> Effect:
    """What ``counts`` say."""
    before, after = (done - since).total_seconds(), (until - done).total_seconds()
    if not before or not after:
        return Effect(since, done, until, counts, Trend.TOO_SOON, whole=whole)
    total = counts.before + counts.after
    if not total:
        return Effect(since, done, until, counts, Trend.TOO_FEW, whole=whole)
    found = binomial.rate_ratio(counts.before, counts.after, before, after)
    trend = Trend.NO_CHANGE
    if (before / (before + after)) ** total >= binomial.TAIL:
        trend = Trend.TOO_FEW
    if binomial.rate_ratio(counts.before, counts.after + counts.open_after, before, after).high < 1:
        trend = Trend.FELL
    elif binomial.rate_ratio(counts.before + counts.open_before, counts.after, before, after).low > 1:
        trend = Trend.ROSE
    return Effect(
        since, done, until, counts, trend, ratio=found.value, low=found.low, high=found.high, whole=whole
    )


def _count(session: Session, target: Target, since: datetime, done: datetime, until: datetime) -> Counts:
    earlier, later = col(Complaint.received_at) < done, col(Complaint.received_at) >= done
    alike = _alike(target)
    theirs, undecided = alike, and_(true(), col(Complaint.id).is_(None))
    if target.cause:
        theirs = and_(alike, col(Complaint.cause_kind) == target.cause)
        undecided = and_(alike, col(Complaint.cause_kind).is_(None), col(Complaint.decision).is_(None))
    others = ~theirs
    if target.cause:
        others = and_(~and_(alike, func.coalesce(col(Complaint.cause_kind), "") == target.cause), ~undecided)
    spans = [_number(span, kind) for kind in (theirs, undecided, others) for span in (earlier, later)]
    row = session.execute(
        sqlalchemy.select(*spans).where(
            _is_complaint(), col(Complaint.received_at) >= since, col(Complaint.received_at) < until
        )
    ).one()
    return Counts(*(value or 0 for value in row))


def _alike(target: Target) -> ColumnElement[bool]:
    """Of the target's product and category; a missing product is of none."""
    parts: list[ColumnElement[bool]] = [true()]
    if target.product:
        product = func.coalesce(col(Complaint.product), "")
        # Both, for SQLite's lower() knows only English letters.
        parts.append(or_(product == target.product, func.lower(product) == target.product.lower()))
    if target.category:
        parts.append(col(Complaint.category) == target.category)
    if target.is_empty:
        parts.append(col(Complaint.id).is_(None))
    return and_(*parts)


def _is_complaint() -> ColumnElement[bool]:
    return col(Complaint.kind) == Kind.COMPLAINT


def _number(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((and_(*conditions), 1), else_=0))
