"""Periods of a report: whole days in the operator's time zone.

Written as ``2026``, ``2026-Q3``, ``2026-11``, ``2026-W47`` (ISO 8601), ``2026-01-01..2026-03-31`` (both days
belong to it) or ``last-30-days`` (today is the last of them).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from handoff.reports.errors import BadPeriod

LONGEST = 3660
"""Days of a period, at most: ten years."""

_AS_DAYS, _AS_WEEKS = 31, 190  # days up to which a trend has days, or weeks; months beyond
_DAY = timedelta(days=1)
_EARLIEST = 1900  # the first years of the calendar have no midnight in every time zone
_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|W(?P<week>\d{2})|(?P<month>\d{2})))?"
    r"|(?P<first>\d{4}-\d{2}-\d{2})\.\.(?P<last>\d{4}-\d{2}-\d{2})"
    r"|last-(?P<days>\d{1,4})-days",
    re.IGNORECASE,
)


@dataclass(frozen=True, order=True)
class Period:
    """From ``start`` until before ``end``. Raises `BadPeriod` if that is no day at all, or too many."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start.year < _EARLIEST:
            raise BadPeriod(f"a period begins in {_EARLIEST} or later")
        if self.end <= self.start:
            raise BadPeriod(f"a period ends after it begins: not so {self.start}..{self.end - _DAY}")
        if (self.end - self.start).days > LONGEST:
            raise BadPeriod("a period has ten years at most")

    @classmethod
    def parse(cls, text: str, today: date) -> Period:
        """The period that ``text`` names; ``today`` is the operator's. Raises `BadPeriod`."""
        match = _FORM.fullmatch(text.strip())
        try:
            if match is None:
                raise ValueError(text)  # noqa: TRY301  one answer to all that cannot be read
            return cls._read(match, today)
        except (ValueError, OverflowError) as error:
            raise BadPeriod(
                f"{text.strip()[:40]!r} is no period: write 2026, 2026-Q3, 2026-11, 2026-W47, "
                "2026-01-01..2026-03-31 or last-30-days"
            ) from error

    @classmethod
    def _read(cls, match: re.Match[str], today: date) -> Period:
        if match["days"]:
            return cls(today - _DAY * (int(match["days"]) - 1), today + _DAY)
        if match["first"]:
            return cls(date.fromisoformat(match["first"]), date.fromisoformat(match["last"]) + _DAY)
        year = int(match["year"])
        if match["week"]:
            monday = date.fromisocalendar(year, int(match["week"]), 1)
            return cls(monday, monday + 7 * _DAY)
        if match["month"]:
            first = date(year, int(match["month"]), 1)
            return cls(first, _months_after(first, 1))
        if match["quarter"]:
            first = date(year, 3 * int(match["quarter"]) - 2, 1)
            return cls(first, _months_after(first, 3))
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    def __str__(self) -> str:
        """As `parse` reads it: a year, quarter, month or week if it is one, else its first and last day."""
        months = self._months
        if months == 12 and self.start.month == 1:
            return f"{self.start.year:04d}"
        if months == 3 and self.start.month % 3 == 1:
            return f"{self.start.year:04d}-Q{(self.start.month + 2) // 3}"
        if months == 1:
            return self.start.isoformat()[:7]
        if self.days == 7 and self.start.weekday() == 0:
            year, week, _ = self.start.isocalendar()
            return f"{year:04d}-W{week:02d}"
        return f"{self.start}..{self.last}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - _DAY

    @property
    def _months(self) -> int:
        """How many whole calendar months it is; 0 if it is none."""
        if self.start.day != 1 or self.end.day != 1:
            return 0
        return 12 * (self.end.year - self.start.year) + self.end.month - self.start.month

    def before(self) -> Period:
        """The one of the same length that ends where this begins: so many months, or so many days.

        Raises `BadPeriod` where the calendar begins.
        """
        try:
            first = (
                _months_after(self.start, -self._months) if self._months else self.start - _DAY * self.days
            )
        except (ValueError, OverflowError) as error:
            raise BadPeriod(f"there is nothing before {self}") from error
        return Period(first, self.start)

    def compared(self, today: date) -> Period:
        """What to compare it with: the one before; while it goes on after ``today``, as many days of that.

        Half a month beside a whole one would always look like fewer complaints. Raises `BadPeriod`.
        """
        before, passed = self.before(), (today - self.start).days + 1
        if passed < 1 or self.last <= today:
            return before
        return Period(before.start, min(before.start + _DAY * passed, before.end))

    def steps(self) -> list[Period]:
        """Its parts for a trend: days, weeks (from Monday) or months, as fits. The outer ones may be cut."""
        if self.days <= _AS_DAYS:
            return self._cut([self.start + _DAY * n for n in range(self.days)])
        if self.days <= _AS_WEEKS:
            monday = self.start - _DAY * self.start.weekday()
            return self._cut([monday + _DAY * 7 * n for n in range(self.days // 7 + 2)])
        return self.months()

    def months(self) -> list[Period]:
        """Its calendar months; the outer ones may be cut."""
        first, starts = self.start.replace(day=1), []
        while first < self.end:
            starts.append(first)
            first = _months_after(first, 1)
        return self._cut(starts)

    def _cut(self, starts: list[date]) -> list[Period]:
        inner = [self.start, *(day for day in starts if self.start < day < self.end), self.end]
        return [Period(first, end) for first, end in pairwise(inner)]

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first moment of it, and the first one after it, in UTC."""
        return moment(self.start, zone), moment(self.end, zone)


def moment(day: date, zone: ZoneInfo) -> datetime:
    """When ``day`` begins in ``zone``, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _months_after(first: date, count: int) -> date:
    """The first of the month so many months after ``first``, which is a first, too."""
    months = 12 * first.year + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
