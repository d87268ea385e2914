"""``opening_hours.yml``: when somebody is there, by weekday, with breaks and special days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Container
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator

from complaints.clocks import UnreadableHours
from complaints.opening_hours import OpeningHours, Span, spans
from complaints.world.names import STRICT
from complaints.world.problems import Wrong

_DAYS = {
    "monday": "Mo", "tuesday": "Tu", "wednesday": "We", "thursday": "Th", "friday": "Fr", "saturday": "Sa",
    "sunday": "Su", "holidays": "PH",
}  # fmt: skip


def _hours(given: object) -> str:
    """``09:00-17:00``, several with commas, or ``closed``."""
    text = str(given).strip()
    if text.lower() in ("closed", "off", "false"):
        return "off"
    try:
        spans(text)
    except UnreadableHours as error:
        raise Wrong(str(error), "write 09:00-17:00, two with a comma, or closed") from error
    return text


def _a_break(given: object) -> str:
    text = _hours(given)
    if text == "off":
        raise Wrong("a break has a beginning and an end", "write it as 12:30-13:15")
    return text


def _a_date(given: object) -> datetime.date:
    if isinstance(given, datetime.date):
        return given
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given):
        try:
            return datetime.date.fromisoformat(given)
        except ValueError:
            pass
    raise Wrong(f"{given!r} is no day", "write year-month-day: 2026-12-24")


Hours = Annotated[str, BeforeValidator(_hours)]


def _known_days(week: dict[str, str]) -> dict[str, str]:
    for day in week:
        if day not in _DAYS:
            raise Wrong(f"{day!r} is no weekday", f"use one of {', '.join(_DAYS)}")
    if not set(week) - {"holidays"}:
        raise Wrong("no weekday has hours", "write at least one, as in monday: 09:00-17:00")
    return week


class Opening(BaseModel):
    """The file. A weekday that is not named is closed; ``breaks`` hold on every day that is open then."""

    model_config = STRICT

    week: Annotated[dict[str, Hours], AfterValidator(_known_days)]
    breaks: list[Annotated[str, BeforeValidator(_a_break)]] = []
    special: dict[Annotated[datetime.date, BeforeValidator(_a_date)], Hours] = {}

    def hours(self, time_zone: str, holidays: Container[datetime.date]) -> OpeningHours:
        """As the program counts them. Special days come before holidays, and those before weekdays."""
        text = "; ".join(f"{_DAYS[day]} {hours}" for day, hours in self.week.items())
        plain = OpeningHours.parse(text, time_zone, holidays)
        breaks = [span for text in self.breaks for span in spans(text)]
        return OpeningHours(
            tuple(_without(day, breaks) if day else day for day in plain.week),
            plain.time_zone,
            holidays,
            {day: _without(() if h == "off" else spans(h), breaks) for day, h in self.special.items()},
        )


def _without(open_: tuple[Span, ...], breaks: list[Span]) -> tuple[Span, ...]:
    """``open_`` less the breaks."""
    left = list(open_)
    for begins, ends in breaks:
        left = [
            (start, end)
            for first, last in left
            for start, end in ((first, min(last, begins)), (max(first, ends), last))
            if start < end
        ]
    return tuple(left)
