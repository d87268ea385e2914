"""The figures of a report: of the whole period, along it, and by its parts.

The database counts, in a few statements that read each cohort once; see `handoff.reports.counting` for what
they count, and `handoff.reports.drilling` for the cases behind a figure. All functions only read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, literal, select
from sqlmodel import Session, col

from complaints.record import Complaint
from complaints.surveying import Survey
from handoff.improvement.record import ActionState, ImprovementAction
from handoff.reports.cohorts import Scope, cohort, scope_of
from handoff.reports.counting import counted, duration
from handoff.reports.errors import UnknownIndicator
from handoff.reports.figures import Figure, Figures, Point
from handoff.reports.filters import Filters
from handoff.reports.indicators import INDICATORS, Day, Indicator, find
from handoff.reports.periods import Period, moment

__all__ = ["Figure", "Figures", "Point"]  # and what is defined here

By = Literal["channel", "product", "category", "severity", "language", "month"]
"""What a figure can be split by."""

_HOUR = 3600  # seconds
_ALL_STEPS = -1  # the group of times of all steps together
_PERCENTILES = {"_median": (1, 2), "_p90": (9, 10)}  # as fractions: a place is counted in whole numbers


def measure(
    session: Session, period: Period, filters: Filters, zone: ZoneInfo, codes: Collection[str] = INDICATORS
) -> Figures:
    """Every indicator (or those of ``codes``) over the whole period. Raises `UnknownIndicator`."""
    scope = scope_of(session, period, filters, zone)
    groups = _Whole()
    found = _count(session, scope, groups, codes)
    return _complete(found.get(groups.KEY, {}), codes, groups, filters)


def trends(
    session: Session, period: Period, filters: Filters, zone: ZoneInfo, codes: Collection[str] = INDICATORS
) -> list[tuple[date, Figures]]:
    """Every indicator (or those of ``codes``) in each of `Period.steps`. Raises `UnknownIndicator`."""
    return _along(session, period, period.steps(), filters, zone, codes)[1]


def times_along(
    session: Session, period: Period, filters: Filters, zone: ZoneInfo, codes: Collection[str]
) -> tuple[Figures, list[tuple[date, Figures]]]:
    """Indicators of time over the whole period and in each of `Period.steps`, both in one reading.

    The median of a year is not that of its months, so that it must be taken of all of them together.
    """
    return _along(session, period, period.steps(), filters, zone, codes)


def trend(session: Session, code: str, period: Period, filters: Filters, zone: ZoneInfo) -> list[Point]:
    """One figure in each of `Period.steps`. Raises `UnknownIndicator`, also for costs without a currency."""
    figures = trends(session, period, filters, zone, [_one(code)])
    return [Point(start, found[code]) for start, found in figures]


def splits(
    session: Session,
    by: By,
    period: Period,
    filters: Filters,
    zone: ZoneInfo,
    codes: Collection[str] = INDICATORS,
) -> list[tuple[str | None, Figures]]:
    """Every indicator (or those of ``codes``) for each value of ``by``, at once: see `split`.

    The value with the most complaints comes first. Raises `UnknownIndicator`.
    """
    if by not in get_args(By):
        raise UnknownIndicator(f"nothing is split by {by!r}: there are {', '.join(get_args(By))}")
    if by == "month":
        months = _along(session, period, period.months(), filters, zone, codes)[1]
        return [(f"{start:%Y-%m}", found) for start, found in months]
    groups = _Column(by)
    found = _count(session, scope_of(session, period, filters, zone), groups, codes)
    most = sorted(found, key=lambda key: (-max(f.of for f in found[key].values()), key is None, key or ""))
    return [(key, _complete(found[key], codes, groups, filters)) for key in most]


def split(
    session: Session, code: str, by: By, period: Period, filters: Filters, zone: ZoneInfo
) -> list[tuple[str | None, Figure]]:
    """One figure for each value of ``by``: months in their order (``2026-07``), else the largest first.

    The key ``None`` is of complaints that name no product. Raises `UnknownIndicator`, also for costs without
    a currency.
    """
    return [(key, f[code]) for key, f in splits(session, by, period, filters, zone, [_one(code)])]


def _one(code: str) -> str:
    indicator, currency = find(code)
    if indicator.unit == "money" and currency is None:
        raise UnknownIndicator(f"name the currency, such as {code}:EUR")
    return code


def _along(
    session: Session,
    period: Period,
    steps: list[Period],
    filters: Filters,
    zone: ZoneInfo,
    codes: Collection[str],
) -> tuple[Figures, list[tuple[date, Figures]]]:
    groups = _Steps(steps, zone)
    found = _count(session, scope_of(session, period, filters, zone), groups, codes)
    return found.get(_ALL_STEPS, {}), [
        (step.start, _complete(found.get(place, {}), codes, groups, filters))
        for place, step in enumerate(steps)
    ]


class _Whole:
    """One group: everything."""

    KEY = 0

    def of(self, at: Any) -> Any:
        del at
        return literal(self.KEY)


@dataclass(frozen=True)
class _Column:
    """A group for each value of a column of the complaint."""

    name: str

    def of(self, at: Any) -> Any:
        del at
        return col(getattr(Complaint, self.name))


@dataclass(frozen=True)
class _Steps:
    """A group for each step, by its place."""

    steps: list[Period]
    zone: ZoneInfo

    def of(self, at: Any) -> Any:
        last = len(self.steps) - 1
        if not last:
            return literal(0)
        ends = [(at < moment(step.end, self.zone), place) for place, step in enumerate(self.steps[:-1])]
        return case(*ends, else_=last)


_Groups = _Whole | _Column | _Steps
_ByKey = Mapping[Any, Figures]


def _count(session: Session, scope: Scope, groups: _Groups, codes: Collection[str]) -> _ByKey:
    """Every figure of ``codes`` for each group that has any."""
    wanted = {code: find(code) for code in codes}
    found: dict[Any, Figures] = defaultdict(dict)

    def take(figures: Iterator[tuple[Any, str, Figure]]) -> None:
        for key, code, figure in figures:
            found[key][code] = figure

    for day in Day:
        plain = {code: i for code, (i, _) in wanted.items() if i.day is day and i.unit in ("count", "share")}
        if plain and day is not Day.IMPROVED:
            take(_counts(session, scope, groups, day, plain))
    for name in dict.fromkeys(_bare(i.code) for i, _ in wanted.values() if i.unit == "hours"):
        take(_times(session, scope, groups, [code for code in wanted if _bare(code) == name]))
    currencies = {currency for i, currency in wanted.values() if i.unit == "money"}
    if currencies:
        take(_costs(session, scope, groups, currencies))
    if "satisfaction" in wanted:
        take(_grades(session, scope, groups))
    if "improvements" in wanted and _takes_improvements(groups, scope.filters):
        take(_improvements(session, scope, groups))
    return found


def _counts(
    session: Session, scope: Scope, groups: _Groups, day: Day, wanted: Mapping[str, Indicator]
) -> Iterator[tuple[Any, str, Figure]]:
    """Counts and shares of one cohort."""
    among = cohort(day, scope)
    flags = [
        case((counted(each, scope), 1), else_=0).label(f"is_{place}")
        for place, each in enumerate(wanted.values())
    ]
    rows = among.select(groups.of(among.at).label("key"), *flags).subquery()
    sums = [func.sum(rows.c[flag.name]) for flag in flags]
    for key, of, *numbers in session.execute(select(rows.c.key, func.count(), *sums).group_by(rows.c.key)):
        for (code, indicator), number in zip(wanted.items(), numbers, strict=True):
            if indicator.unit == "count":
                yield key, code, Figure(float(number), number, number)
            else:
                yield key, code, Figure(number / of, of, number)


def _times(
    session: Session, scope: Scope, groups: _Groups, codes: list[str]
) -> Iterator[tuple[Any, str, Figure]]:
    """Median and 90th percentile of one duration. To sort numbers here is faster than to have them ranked."""
    taken, among = duration(find(codes[0])[0], scope)
    values: dict[Any, list[int]] = defaultdict(list)
    for key, seconds in session.execute(among.select(groups.of(among.at), taken)):
        values[key].append(seconds)
    if isinstance(groups, _Steps):
        values[_ALL_STEPS] = [passed for step in values.values() for passed in step]
    for key, sorted_ in values.items():
        sorted_.sort()
        for code in codes if sorted_ else ():
            top, bottom = next(part for end, part in _PERCENTILES.items() if code.endswith(end))
            place, rest = divmod((len(sorted_) - 1) * top, bottom)
            below, above = sorted_[place], sorted_[min(place + 1, len(sorted_) - 1)]
            value = (below + (above - below) * rest / bottom) / _HOUR
            yield key, code, Figure(value, len(sorted_), len(sorted_))


def _costs(
    session: Session, scope: Scope, groups: _Groups, currencies: set[str | None]
) -> Iterator[tuple[Any, str, Figure]]:
    """What remedies cost, by currency; of all currencies, if ``None`` is among them."""
    among = cohort(Day.RESOLVED, scope)
    rows = (
        among.select(
            groups.of(among.at).label("key"),
            col(Complaint.remedy_currency).label("currency"),
            col(Complaint.compensation).label("cost"),
        )
        .where(counted(INDICATORS["remedy_cost"], scope))
        .subquery()
    )
    statement = select(rows.c.key, rows.c.currency, func.count(), func.sum(rows.c.cost))
    for key, currency, of, cost in session.execute(statement.group_by(rows.c.key, rows.c.currency)):
        if None in currencies or currency in currencies:
            yield key, f"remedy_cost:{currency}", Figure(round(float(cost), 2), of, of)


def _grades(session: Session, scope: Scope, groups: _Groups) -> Iterator[tuple[Any, str, Figure]]:
    among = cohort(Day.ASKED, scope)
    rows = among.select(groups.of(among.at).label("key"), col(Survey.grade).label("grade")).subquery()
    statement = select(rows.c.key, func.count(), func.sum(rows.c.grade)).group_by(rows.c.key)
    for key, of, total in session.execute(statement):
        yield key, "satisfaction", Figure(total / of, of, of)


def _improvements(session: Session, scope: Scope, groups: _Groups) -> Iterator[tuple[Any, str, Figure]]:
    """Actions carried out and not found to be without effect."""
    start, end = scope.bounds
    at = col(ImprovementAction.done_at)
    done = col(ImprovementAction.state).in_((ActionState.DONE, ActionState.VERIFIED))
    rows = select(groups.of(at).label("key")).where(at >= start, at < end, done).subquery()
    for key, number in session.execute(select(rows.c.key, func.count()).group_by(rows.c.key)):
        yield key, "improvements", Figure(float(number), number, 0)


def _takes_improvements(groups: _Groups, filters: Filters) -> bool:
    """Whether they can be counted: they are about no one part of the cases."""
    return not isinstance(groups, _Column) and filters == Filters()


def _complete(found: Figures, codes: Collection[str], groups: _Groups, filters: Filters) -> Figures:
    """The figures in their order; what has nothing to count is 0, what has nothing to rest on is ``None``."""
    whole: Figures = {}
    for code in codes:
        indicator, currency = find(code)
        if indicator.unit == "money" and currency is None:
            whole |= {name: found[name] for name in sorted(found) if name.startswith(f"{code}:")}
            continue
        countable = indicator.unit in ("count", "money") and (
            indicator.day is not Day.IMPROVED or _takes_improvements(groups, filters)
        )
        whole[code] = found.get(code, Figure(0.0 if countable else None, 0, 0))
    return whole


def _bare(code: str) -> str:
    """An indicator of time without its percentile."""
    return code.removesuffix("_median").removesuffix("_p90")
