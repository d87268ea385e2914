"""Days that a text names: "last Tuesday", "on 3 May", "12/03", "two weeks ago".

The words come from dateparser's own data, so every language it knows works alike; each find is
put into plain English and computed by dateparser. Its own search is not used: it takes any number
or short word for a date. A month or a year alone is *vague*: said, but no day to write down.
"""

from __future__ import annotations

import datetime
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import dateparser
from babel import Locale, UnknownLocaleError
from babel.dates import get_date_format
from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]

from actions.lexicon import find, find_all, lexicon, plain

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TODAY = "0 day ago"
_UNITS = ("day", "week", "month", "year")
_PLAUSIBLE = datetime.timedelta(days=270)
_ORDINAL = r"(?:\s?(?:st|nd|rd|th)(?!\w)|er|re|[ºª°.])?"
# between a weekday and its day: "Monday, the 3rd of May"; but not "Friday and today"
_AND = r"(?:and|or|und|oder|y|o|u|e|ou|et|en|of|i|lub|ve|و)"
_BESIDE = re.compile(rf"(?:\.?,)?\s*(?:(?!{_AND}\b)\w{{1,4}}\.?\s+)?\Z")
_CLAUSE = re.compile(r"[.!?;,\n،؛؟]")
_NEAR = 80  # characters around a day that may say that it is planned
_OLDEST = 15  # years: digits that would be a day before that are another number


@dataclass(frozen=True)
class Mention:
    """A day that is named from ``start`` to ``end`` in the text; ``None`` if it is vague."""

    start: int
    end: int
    day: datetime.date | None


def find_dates(
    text: str, language: str, now: datetime.datetime, country: str, *, asked: bool = False
) -> list[Mention]:
    """Every past day that ``text`` names, in order. ``now`` is local time.

    ``asked`` says that the text answers the question when it happened: then "the 14th" and short
    names of weekdays count too. Days to come are left out: a problem lies in the past.
    """
    found: list[Mention] = []
    taken: list[tuple[int, int]] = []
    folded = plain(text)
    if words := lexicon(language).no_date:
        taken.extend(match.span() for match in find_all(words, folded))
    for pattern, canonical in _patterns(language, asked):
        for match in pattern.finditer(folded):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if match.groupdict().get("weekday") and _beside_a_day(folded, match, taken):
                continue
            english = canonical(match)
            if _is_to_come(folded, match, language, english):
                continue
            day = _digits(match["digits"], now.date(), country) if "digits" in match.groupdict() else None
            day = _compute(english, now, country) if english else day
            if day is None and "digits" in match.groupdict():
                continue
            taken.append(match.span())
            if day is None or _is_past(day, match, now.date(), asked=asked):
                found.append(Mention(match.start(), match.end(), day))
    return sorted(found, key=lambda m: m.start)


def _beside_a_day(folded: str, weekday: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    """Whether a day of the month stands beside the weekday: where the two disagree, that day is meant."""
    return any(
        (weekday.end() <= start and _BESIDE.match(folded, weekday.end(), start))
        or (end <= weekday.start() and _BESIDE.match(folded, end, weekday.start()))
        for start, end in taken
    )


def _is_to_come(folded: str, match: re.Match[str], language: str, english: str | None) -> bool:
    """Whether the words around put the day into the future: "by Monday", "we will do it on Monday"."""
    coming = _coming(language)
    if coming and coming.search(folded, 0, match.start()):
        return True
    if english not in (*_WEEKDAYS, _TODAY):
        return False  # a full date and yesterday are what they are, whatever is planned
    words = lexicon(language)
    before = _CLAUSE.split(folded[max(0, match.start() - _NEAR) : match.start()])[-1]
    after = _CLAUSE.split(folded[match.end() : match.end() + _NEAR])[0]
    return bool(find(words.planned, before) or find(words.planned_after, after))


def _digits(digits: str, today: datetime.date, country: str) -> datetime.date | None:
    """The day that eight or six digits write: in the country's order, or else in one that makes it past."""
    year = "%Y" if len(digits) == len("03112025") else "%y"
    orders = [_date_order(country), "DMY", "MDY", "YMD"]
    for order in dict.fromkeys(orders):
        form = "".join({"D": "%d", "M": "%m"}.get(part, year) for part in order)
        try:
            day = datetime.datetime.strptime(digits, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
        if today - datetime.timedelta(days=365 * _OLDEST) < day <= today:
            return day
    return None


def best(mentions: list[Mention], today: datetime.date) -> datetime.date | None:
    """The day that a problem most likely happened on: the first one named, today only if alone."""
    days = [m.day for m in mentions if m.day]
    return next((day for day in days if day != today), days[0] if days else None)


def _compute(english: str, now: datetime.datetime, country: str) -> datetime.date | None:
    parsed = dateparser.parse(
        english,
        languages=["en"],
        settings={
            "PREFER_DATES_FROM": "past",
            "RELATIVE_BASE": now.replace(tzinfo=None),
            "DATE_ORDER": _date_order(country),
        },
    )
    if parsed is None:
        return None
    if parsed.date() > now.date() and english.startswith("on the"):
        parsed -= relativedelta(months=1)
    return parsed.date()


def _is_past(day: datetime.date, match: re.Match[str], today: datetime.date, *, asked: bool) -> bool:
    """Whether the day lies behind us. Without its year and long ago, it is more likely to come."""
    if asked or day > today or re.search(r"\d{4}", match[0]) or match[0].count("/") == 2:
        return day <= today
    return today - day < _PLAUSIBLE


@cache
def _date_order(country: str) -> Any:
    """Whether 3/4 is in March or in April, from CLDR's short date of the country's main language."""
    try:
        pattern = get_date_format("short", Locale.parse(f"und_{country}")).pattern
    except (UnknownLocaleError, ValueError):
        return "DMY"
    return "".join(dict.fromkeys(c.upper() for c in pattern if c.lower() in "dmy"))


@cache
def _coming(language: str) -> re.Pattern[str] | None:
    words = lexicon(language).coming
    return re.compile(rf"(?<!\w)(?:{_any(words)})\s+(?:\w{{1,3}}\s+)?\Z", re.IGNORECASE) if words else None


@cache
def _patterns(language: str, asked: bool) -> list[tuple[re.Pattern[str], Any]]:
    words = lexicon(language)
    data = _data(language)
    data |= {name: [*data.get(name, []), *more] for name, more in words.calendar.items()}
    # "sat", "mar" and the like are words of their own: as a weekday only where a day was asked for,
    # and not at all where the word is as common as German "die" and "mit" or Turkish "ara".
    months = {n: month for n, month in _names(data, _MONTHS).items() if n not in words.function_words}
    short_too = {name for name in _names(data, _WEEKDAYS) if asked and name not in words.function_words}
    weekdays = {
        name: day for name, day in _names(data, _WEEKDAYS).items() if len(name) > 3 or name in short_too
    }
    numbers = {plain(k).lower(): v for k, v in words.numbers.items()}
    ending = rf"(?:'?(?:{_any(words.endings)}))?"
    month, weekday = _any(months), _any(weekdays)
    joint = r"(?:\s+[^\W\d]{1,3})?\s+"  # "3 May", "3rd of May", "3 de mayo"
    year = r"(?:(?:,|\s+[^\W\d]{2,3})?\s+(?P<year>(?:19|20)\d\d))?"
    rules: list[tuple[str, Any]] = [
        (r"(?P<iso>\d{4}-\d\d-\d\d)", lambda m: m["iso"]),
        (rf"(?P<day>\d{{1,2}}){_ORDINAL}{joint}(?P<month>{month}){ending}{year}", lambda m: _day(m, months)),
        (
            rf"(?P<month>{month})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL}(?!\d|[.,]\d){year}",
            lambda m: _day(m, months),
        ),
        (
            r"(?P<n>\d{1,2}([./-])\d{1,2}\2(?:\d{4}|\d\d))",
            lambda m: m["n"].replace(".", "/").replace("-", "/"),
        ),
    ]
    # "8/10" is a mark and "24/7" a promise, unless a day is spoken of.
    lead = "" if asked else rf"(?:{_any(words.date_filler)})\s+"
    rules.append((rf"{lead}(?P<n>\d{{1,2}}/\d{{1,2}})", lambda m: m["n"]))
    rules.append((rf"{lead}(?P<n>\d{{1,2}}\.\s?\d{{1,2}}\.)", lambda m: _slashes(m["n"])))
    if asked:
        rules.append((r"(?P<digits>\d{8}|\d{6})", lambda _m: None))
    elif words.dated:
        cue = rf"(?:{_any(words.dated)})\s*[:.]?\s*(?:[^\W\d]{{1,3}}\s+)?"
        rules.append((rf"{cue}(?P<digits>\d{{8}}|\d{{6}})", lambda _m: None))
        rules.append((rf"(?P<digits>\d{{8}}|\d{{6}})\s+(?:{_any(words.dated)})", lambda _m: None))
    for unit in _UNITS:
        ago = [_ago(p, numbers) for p in data["relative-type-regex"].get(rf"\1 {unit} ago", [])]
        if ago:
            vague = unit in ("month", "year")
            rules.append(
                ("|".join(ago), lambda m, u=unit, v=vague: None if v else f"{_number(m, numbers)} {u} ago")
            )
    relative = _relative(data, words.relative)
    rules.append((_any(relative), lambda m: _not_vague(relative[" ".join(m[0].lower().split())])))
    rules.append((rf"(?P<weekday>{weekday}){ending}", lambda m: weekdays[m["weekday"].lower()]))
    if words.month_lead:
        rules.append(
            (rf"(?:{_any(words.month_lead)})\s+(?P<month>{month}){ending}(?:\s+\d{{4}})?", lambda _m: None)
        )
    if words.vague:
        rules.append(("|".join(words.vague).replace(" ", r"\s+"), lambda _m: None))
    if asked:
        rules.append((r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)", lambda m: _of_month(m["d"])))
        rules.append((rf"(?:{_any(words.date_filler)})\s+(?P<d>\d{{1,2}})", lambda m: _of_month(m["d"])))
        rules.append((rf"(?P<month>{month}){ending}", lambda _m: None))
    return [(re.compile(rf"(?<![\w/.-])(?:{p})(?![\w/-])", re.IGNORECASE), c) for p, c in rules]


def _data(language: str) -> dict[str, Any]:
    """Give dateparser's words of a language: a copy, to be added to."""
    try:
        info: dict[str, Any] = importlib.import_module(
            f"dateparser.data.date_translation_data.{language}"
        ).info
    except ModuleNotFoundError:
        return _data("en")
    return dict(info)


def _names(data: dict[str, Any], keys: tuple[str, ...]) -> dict[str, str]:
    return {
        plain(name).lower().rstrip("."): key for key in keys for name in data.get(key, []) if len(name) > 2
    }


def _relative(data: dict[str, Any], extra: dict[str, list[str]]) -> dict[str, str]:
    """Phrase ("yesterday") to what it means ("1 day ago"), for the units that matter here."""
    units = tuple(f"{unit} ago" for unit in _UNITS)
    sources = [*data["relative-type"].items(), *extra.items()]
    return {plain(p).lower(): kind for kind, phrases in sources if kind.endswith(units) for p in phrases}


def _not_vague(kind: str) -> str | None:
    return kind if kind.endswith("day ago") else None


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in longest_first) or r"(?!)"


def _ago(pattern: str, numbers: dict[str, int]) -> str:
    return plain(pattern).replace(" ", r"\s+").replace(r"(\d++[.,]?\d*+)", rf"(?:\d{{1,3}}|{_any(numbers)})")


def _number(match: re.Match[str], numbers: dict[str, int]) -> int:
    text = match[0].lower()
    if digits := re.search(r"\d+", text):
        return int(digits[0])
    words = " ".join(text.split())
    return next(
        numbers[w] for w in sorted(numbers, key=len, reverse=True) if re.search(rf"\b{re.escape(w)}\b", words)
    )


def _slashes(numbers: str) -> str:
    """“12. 3.” as “12/3”."""
    return "/".join(re.findall(r"\d+", numbers))


def _day(match: re.Match[str], months: dict[str, str]) -> str:
    month = months[match["month"].lower()]
    return f"{match['day']} {month} {match['year'] or ''}".strip()


def _of_month(day: str) -> str | None:
    return f"on the {day}th" if 1 <= int(day) <= 31 else None
