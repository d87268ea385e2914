"""Dates and times as other systems write them. One that could be two days is refused, never guessed.

Read as they stand: ISO 8601 (``2026-03-02``, ``2026-03-02 14:05``, ``20260302``, with an offset or without),
days with dots (``2.3.2026``: wherever these are used the day comes first), and months in English letters
(``2 Mar 2026``, ``March 2, 2026``). With slashes or dashes (``02/03/2026``) only where one of the numbers can
be no month, or the order is told.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.importing.problems import Wrong


class Order(StrEnum):
    """What comes first in 02/03/2026: the day (2 March) or the month (3 February)."""

    DAY = "dmy"
    MONTH = "mdy"


_MONTHS = 12
_ON_A_CLOCK_FACE = 12
_EARLIEST = date(1970, 1, 1)
_LATEST = date(2100, 1, 1)

_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{5}([.,]\d+)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?")
_LETTERS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y")

_REMEDY = "write 2026-03-02, or 2026-03-02 14:05"


def moment(text: str, zone: ZoneInfo, order: Order | None) -> datetime:
    """The moment that ``text`` names; without a time the beginning of the day, without an offset in ``zone``.

    Raises `Wrong`.
    """
    try:
        found = datetime.fromisoformat(text) if "-" in text or "T" in text else None
    except ValueError:
        found = None
    if found is None:
        written, clock = _apart(text)
        found = datetime.combine(day(written, order), clock)
    _check(found.date())
    return found if found.tzinfo else found.replace(tzinfo=zone)


def day(text: str, order: Order | None) -> date:
    """The day that ``text`` names. Raises `Wrong`."""
    text = text.strip()
    if numbers := _NUMBERS.fullmatch(text):
        found = _of_numbers(numbers, order)
    elif compact := _COMPACT.fullmatch(text):
        found = _made(*map(int, compact.groups()))
    elif _SERIAL.fullmatch(text):
        raise Wrong("a number, as spreadsheets keep dates", f"format the column as a date: {_REMEDY}")
    else:
        found = _iso(text) or _of_letters(text)
    _check(found)
    return found


def _apart(text: str) -> tuple[str, time]:
    """Day and time. A day alone is its first moment."""
    text = " ".join(text.replace("T", " ").split()) if _COMPACT.match(text) else " ".join(text.split())
    clock = re.search(rf"[ ,]+{_CLOCK.pattern}$", text)
    if clock is None:
        return text, time()
    hours, minutes, seconds, half = clock.groups()
    hour = int(hours)
    if half:
        if not 1 <= hour <= _ON_A_CLOCK_FACE:
            raise Wrong("no time", _REMEDY)
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    try:
        return text[: clock.start()], time(hour, int(minutes), int(seconds or 0))
    except ValueError as error:
        raise Wrong("no time", _REMEDY) from error


def _of_numbers(found: re.Match[str], order: Order | None) -> date:
    first, sign, second, year = int(found[1]), found[2], int(found[3]), found[4]
    if len(year) == len("26"):
        raise Wrong("a year of two digits", "write the year with four digits")
    if sign == ".":
        order = Order.DAY
    if order is None:
        if first == second or second > _MONTHS:
            order = Order.MONTH
        elif first > _MONTHS:
            order = Order.DAY
        else:
            raise Wrong(
                "it could be two days: the day or the month may come first",
                "say which for the whole file: --dates dmy, or --dates mdy",
            )
    day_, month = (first, second) if order is Order.DAY else (second, first)
    return _made(int(year), month, day_)


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _of_letters(text: str) -> date:
    plain = re.sub(r"[,.]", " ", text)
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", plain)
    for form in _LETTERS:
        try:
            return datetime.strptime(" ".join(plain.split()), form).date()  # noqa: DTZ007  a day
        except ValueError:
            continue
    raise Wrong("no date", _REMEDY)


def _made(year: int, month: int, day_: int) -> date:
    try:
        return date(year, month, day_)
    except ValueError as error:
        raise Wrong("there is no such day", _REMEDY) from error


def _check(found: date) -> None:
    if not _EARLIEST <= found <= _LATEST:
        raise Wrong(f"the year {found.year}", "write the year in which it was")


A_DAY = timedelta(days=1)
"""By so much the future is forgiven: clocks and time zones differ."""
