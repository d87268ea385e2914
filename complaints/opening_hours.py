"""Opening hours in the notation of OpenStreetMap: ``Mo-Fr 09:00-17:00; Sa 10:00-14:00; PH off``.

A part of that notation: weekdays and ranges of them, one or more spans a day, ``off``, ``24/7``,
and ``PH`` for public holidays. A later rule replaces an earlier one for the same day. A span that
ends before it begins runs past midnight.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Self
from zoneinfo import ZoneInfo

from complaints.clocks import UnreadableHours

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOLIDAY = 7  # the eighth kind of day
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")
_ONE_DAY = datetime.timedelta(days=1)

Span = tuple[datetime.timedelta, datetime.timedelta]  # from the day's midnight


@dataclass(frozen=True)
class OpeningHours:
    """When people are there. ``week`` holds the spans of Monday to Sunday and, last, of a holiday.

    ``special`` days have spans of their own, whatever weekday or holiday they are.
    """

    week: tuple[tuple[Span, ...] | None, ...]
    time_zone: ZoneInfo
    holidays: Container[datetime.date] = field(default=frozenset())
    special: Mapping[datetime.date, tuple[Span, ...]] = field(default_factory=dict)

    @classmethod
    def parse(
        cls, text: str, time_zone: str = "UTC", holidays: Container[datetime.date] = frozenset()
    ) -> Self:
        """Read ``text``. ``holidays`` matter only if it has a rule for ``PH``. Raises `UnreadableHours`."""
        week: list[tuple[Span, ...] | None] = [()] * 7 + [None]
        for rule in filter(None, (part.strip() for part in text.split(";"))):
            if rule == "24/7":
                week[:7] = [(_span("00:00-24:00"),)] * 7
                continue
            days, _, hours = rule.partition(" ")
            if re.match(r"\d", days):  # no day named: every day
                days, hours = "Mo-Su", rule
            on_these = () if hours.strip() in ("off", "closed") else spans(hours)
            for day in _days(days):
                week[day] = on_these
        return cls(tuple(week), ZoneInfo(time_zone), holidays)

    def is_open(self, now: datetime.datetime) -> bool:
        """Whether somebody is there at ``now`` (aware)."""
        return self.closes_at(now) is not None

    def closes_at(self, now: datetime.datetime) -> datetime.datetime | None:
        """When the span that holds ``now`` ends, in the opening hours' time zone; ``None`` if closed."""
        today = now.astimezone(self.time_zone).date()
        ends = [
            end for day in (today - _ONE_DAY, today) for start, end in self._on(day) if start <= now < end
        ]
        if not ends:
            return None
        following = max(ends)
        for _ in range(8):  # spans that meet at midnight are one; for ever open ends after a week
            joined = [e for s, e in self._on(following.date()) if s <= following < e]
            if not joined:
                break
            following = max(joined)
        return following

    def next_opening(self, now: datetime.datetime) -> datetime.datetime | None:
        """When somebody is there next, in the opening hours' time zone: ``now`` itself if open.

        ``None`` if nobody is there within the next four weeks.
        """
        local = now.astimezone(self.time_zone)
        if self.is_open(now):
            return local
        for ahead in range(29):
            starts = [start for start, _ in self._on(local.date() + _ONE_DAY * ahead) if start > now]
            if starts:
                return min(starts)
        return None

    def after(self, start: datetime.datetime, amount: datetime.timedelta) -> datetime.datetime:
        """The moment, in UTC, by which so much opening time has passed since ``start`` (aware).

        Where nobody is there for four weeks, time simply passes.
        """
        left, local = amount, start.astimezone(self.time_zone).date()
        for ahead in range(-1, 29):
            for opens, closes in self._spans(local + _ONE_DAY * ahead):
                if closes <= start:
                    continue
                begins = max(opens, start)
                if closes - begins >= left:
                    return begins + left
                left -= closes - begins
        return start.astimezone(datetime.UTC) + amount

    def before(self, end: datetime.datetime, amount: datetime.timedelta) -> datetime.datetime:
        """The moment, in UTC, since when so much opening time has passed until ``end`` (aware)."""
        left, local = amount, end.astimezone(self.time_zone).date()
        for back in range(29):
            for opens, closes in reversed(self._spans(local - _ONE_DAY * back)):
                if opens >= end:
                    continue
                ends = min(closes, end)
                if ends - opens >= left:
                    return ends - left
                left -= ends - opens
        return end.astimezone(datetime.UTC) - amount

    def _spans(self, day: datetime.date) -> list[tuple[datetime.datetime, datetime.datetime]]:
        """The spans that begin on ``day``, in UTC: between wall-clock times a changed clock is missed."""
        return sorted((a.astimezone(datetime.UTC), b.astimezone(datetime.UTC)) for a, b in self._on(day))

    def _on(self, day: datetime.date) -> list[tuple[datetime.datetime, datetime.datetime]]:
        found = self.week[day.weekday()]
        if self.week[_HOLIDAY] is not None and day in self.holidays:
            found = self.week[_HOLIDAY]
        found = self.special.get(day, found)
        return [(self._at(day, start), self._at(day, end)) for start, end in found or ()]

    def _at(self, day: datetime.date, since_midnight: datetime.timedelta) -> datetime.datetime:
        # Wall-clock arithmetic: "09:00" is nine o'clock on the day the clocks change, too.
        wall = datetime.datetime.combine(day, datetime.time()) + since_midnight
        return wall.replace(tzinfo=self.time_zone)


def spans(text: str) -> tuple[Span, ...]:
    """The spans of a day: ``09:00-13:00, 14:00-17:00``. Raises `UnreadableHours`."""
    return tuple(_span(part) for part in text.split(","))


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise UnreadableHours(f"not a span of hours: {text!r}")
    start = datetime.timedelta(hours=int(match[1]), minutes=int(match[2]))
    end = datetime.timedelta(hours=int(match[3]), minutes=int(match[4]))
    if start >= _ONE_DAY or end > _ONE_DAY or int(match[2]) > 59 or int(match[4]) > 59:
        raise UnreadableHours(f"not a span of hours: {text!r}")
    return start, end if end > start else end + _ONE_DAY


def _days(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first == "PH" and not last:
            found.append(_HOLIDAY)
            continue
        if first not in _DAYS or (last and last not in _DAYS):
            raise UnreadableHours(f"not a weekday: {part!r}")
        start = _DAYS.index(first)
        length = (_DAYS.index(last) - start) % 7 if last else 0
        found += [(start + i) % 7 for i in range(length + 1)]
    return found
