"""The one catalogue of what customers are told, and how dates and money are written for them.

Flat lists of ``key: text`` with ``{placeholders}``. ``texts/<language>.yml`` is what the dialogue says;
Rasa's responses are generated from it (`bot.responses`), so a sentence has one home. What only the
program says lies beside it in ``texts/<language>/``, a file for each subject: to change that, no model
need be trained. A new language is a new file and folder. The operator's own wording comes before all of it
(`put_own`): it is put in at the start, and needs no training either.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from babel import Locale
from babel.dates import format_date as _format_date
from babel.dates import format_time as _format_time
from babel.dates import format_timedelta as _format_timedelta
from babel.lists import format_list as _format_list
from babel.numbers import format_currency, format_decimal

_FOLDER = Path(__file__).with_suffix("")
FALLBACK = "en"
"""The language of the texts where the customer's own has no catalogue."""

# After "do" (by) a Polish weekday would change its form; the bare date does not.
_DAYS: dict[str, Literal["full", "long", "medium", "short"]] = {"pl": "long"}


class _Own:
    by_language: Mapping[str, Mapping[str, str]] = {}
    whole: Mapping[str, Mapping[str, str]] = {}


def put_own(by_language: Mapping[str, Mapping[str, str]]) -> None:
    """Let the operator's own texts, by language and key, stand in place of ours from now on."""
    _Own.by_language = by_language
    _Own.whole = {language: {**ours(language), **own} for language, own in by_language.items()}


def is_own(key: str, language: str) -> bool:
    """Whether the text ``key`` is the operator's own: Rasa's responses do not know it then."""
    return key in _Own.by_language.get(spoken(language), {})


def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one language, by key, as customers read them. Raises `FileNotFoundError`."""
    return _Own.whole.get(language) or ours(language)


@cache
def ours(language: str) -> Mapping[str, str]:
    """All texts of one language as they come with the program. Raises `FileNotFoundError`."""
    texts = dict(of_dialogue(language))
    for file in sorted((_FOLDER / language).glob("*.yml")):
        texts |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return texts


@cache
def of_dialogue(language: str) -> Mapping[str, str]:
    """What the dialogue says in one language, by key. Raises `FileNotFoundError`."""
    texts: dict[str, str] = yaml.safe_load((_FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    return texts


@cache
def languages() -> tuple[str, ...]:
    """The languages (ISO 639-1) that have a catalogue, English first."""
    found = sorted(file.stem for file in _FOLDER.glob("*.yml"))
    return (FALLBACK, *(name for name in found if name != FALLBACK))


def spoken(language: str) -> str:
    """``language`` if there is a catalogue for it, otherwise English."""
    return language if language in languages() else FALLBACK


def say(key: str, language: str, /, **values: object) -> str:
    """The text ``key`` in ``language``, or in English where that language has no catalogue.

    Raises `KeyError` for an unknown key or a missing value: both are errors of ours.
    """
    return catalogue(spoken(language))[key].format_map(values)


def language_name(language: str, in_language: str) -> str:
    """What ``language`` is called in ``in_language``, such as "Spanish"."""
    return Locale.parse(language).get_display_name(in_language) or language


def format_date(day: datetime.date, language: str) -> str:
    """A day in full, with its weekday where that fits a sentence: "Monday, 5 May 2025"."""
    return _format_date(day, format=_DAYS.get(spoken(language), "full"), locale=_locale(language))


def format_time(moment: datetime.time | datetime.datetime, language: str) -> str:
    """A time of the day without seconds: "18:00"."""
    return _format_time(moment, format="short", locale=_locale(language))


def format_duration(length: datetime.timedelta, language: str) -> str:
    """A length of time in its largest unit, as one says it who does not know exactly: "20 minutes"."""
    return _format_timedelta(length, threshold=1.5, granularity="minute", locale=_locale(language))


def format_money(amount: Decimal, currency: str | None, language: str) -> str:
    """An amount with its currency (ISO 4217), or as a plain number where the currency is not known."""
    if currency is None:
        return format_decimal(amount, locale=_locale(language))
    return format_currency(amount, currency, locale=_locale(language))


def format_list(items: list[str], language: str) -> str:
    """“A, B and C” in the customer's language.

    From right to left each item is isolated (Unicode UAX #9): "4711-22" would be shown as "22-4711".
    """
    if Locale.parse(_locale(language)).text_direction == "rtl":
        items = [f"\N{FIRST STRONG ISOLATE}{item}\N{POP DIRECTIONAL ISOLATE}" for item in items]
    return _format_list(items, locale=_locale(language))


def _locale(language: str) -> str:
    # Plain "en" is American to CLDR. Readers elsewhere take 5/12 for another day, so days are always
    # written out; and the day comes first.
    return {"en": "en_GB"}.get(spoken(language), spoken(language))
