"""A report's figures as people read them, in the language of their choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

from handoff.console.words import catalogue, tell
from handoff.reports.figures import Figure
from handoff.reports.filters import NOTHING
from handoff.reports.indicators import find
from handoff.reports.periods import Period
from handoff.reports.targets import Target

LOCALES = {"en": "en_GB", "es": "es"}
_MINUTES, _HOURS = 1.0, 72.0  # hours up to which a time is said in minutes, or in hours
_DAY = 24.0  # hours

GROUPS: dict[str, tuple[str, ...]] = {
    "came": ("received", "repeats", "reopened", "withdrawn", "wrongly_prioritised"),
    "fast": (
        "acknowledged_late", "time_to_acknowledge_median", "time_to_acknowledge_p90", "time_to_answer_median",
        "time_to_answer_p90", "resolved_late", "time_to_resolve_median", "time_to_resolve_p90",
    ),
    "outcome": ("resolved", "first_contact", "upheld", "remedies", "remedy_cost", "outside"),
    "learnt": ("satisfaction", "improvements"),
}  # fmt: skip
"""The indicators as a page groups them; together they are all of `handoff.reports.indicators.INDICATORS`."""


@dataclass(frozen=True)
class Scale:
    """How an axis says an indicator: values are divided by ``by`` and named by ``tick``."""

    by: float
    tick: Callable[[float], str]


@dataclass(frozen=True)
class FigureWords:
    """Names and values of indicators in one of `handoff.console.words.LANGUAGES`."""

    language: str

    @cached_property
    def locale(self) -> str:
        """What Babel calls it."""
        return LOCALES[self.language]

    @cached_property
    def _percent(self) -> str:
        """The locale's own form of a percentage, with one decimal at most."""
        pattern = Locale.parse(self.locale).percent_formats[None].pattern
        return str(pattern).replace("#,##0", "#,##0.#")

    def name(self, code: str) -> str:
        """What an indicator is called; a cost also says of which currency."""
        indicator, currency = find(code)
        said = tell(self.language, f"indicator_{indicator.code}")
        return f"{said} ({currency})" if currency else said

    def means(self, code: str) -> str:
        """What an indicator counts, in a sentence."""
        return tell(self.language, f"means_{find(code)[0].code}")

    def said(self, code: str, value: float | None) -> str:
        """A value in its unit."""
        indicator, currency = find(code)
        if value is None:
            return tell(self.language, "reports_none")
        if currency is not None:
            return format_currency(value, currency, locale=self.locale)
        match indicator.unit:
            case "share":
                return format_percent(value, self._percent, locale=self.locale)
            case "hours":
                return self._time(value)
            case "grade":
                return tell(self.language, "unit_grade", number=self._number(value, "0.0#"))
            case "count" | "money":
                return self._number(value, "#,##0")

    def shown(self, code: str, figure: Figure | None) -> str:
        """A figure in its unit."""
        return self.said(code, None if figure is None else figure.value)

    def target(self, code: str, target: Target) -> str:
        """What is aimed at, with its side."""
        return tell(self.language, f"reports_at_{target.side}", target=self.said(code, target.limit))

    def scale(self, code: str, top: float) -> Scale:
        """The axis of a chart whose highest value is ``top``."""
        indicator, _ = find(code)
        match indicator.unit:
            case "hours":
                by, key = self._unit_of(top)
                return Scale(by, lambda v: tell(self.language, key, number=self._number(v, "#,##0.#")))
            case "share":
                return Scale(1, lambda v: format_percent(v, self._percent, locale=self.locale))
            case _:
                return Scale(1, lambda v: self._number(v, "#,##0.##"))

    def key(self, by: str, key: str | None, label: Callable[[str], str]) -> str:
        """A part of a split, as people call it; ``label`` says words of the record."""
        if key in (None, "", NOTHING):
            return tell(self.language, "reports_nothing_named")
        return str(key) if by == "product" else label(str(key))

    def period(self, period: Period) -> str:
        """A period as people say it: a year, quarter, month, or from day to day."""
        name = str(period)
        if len(name) == 4:
            return name
        if "-Q" in name:
            return format_skeleton("yQQQ", period.start, locale=self.locale)
        if len(name) == 7:
            return self._heading(format_skeleton("yMMMM", period.start, locale=self.locale))
        if period.days == 1:
            return self.day(period.start)
        return f"{self.day(period.start)} – {self.day(period.last)}"

    def day(self, day: date) -> str:
        """A day."""
        return format_date(day, "d MMM y", locale=self.locale)

    def step(self, start: date, steps: timedelta) -> str:
        """The beginning of a step of a trend, as short as an axis needs it; ``steps``: how long they are."""
        if steps > timedelta(days=20):
            return self._heading(format_date(start, "MMM", locale=self.locale))
        return format_date(start, "d MMM", locale=self.locale)

    def _time(self, hours: float) -> str:
        by, key = self._unit_of(hours)
        return tell(self.language, key, number=self._number(hours / by, "#,##0.#"))

    @staticmethod
    def _unit_of(hours: float) -> tuple[float, str]:
        if abs(hours) < _MINUTES:
            return 1 / 60, "unit_minutes"
        return (1.0, "unit_hours") if abs(hours) < _HOURS else (_DAY, "unit_days")

    def _number(self, value: float, pattern: str) -> str:
        return format_decimal(value, pattern, locale=self.locale)

    @staticmethod
    def _heading(text: str) -> str:
        return text[:1].upper() + text[1:]


def group_of(code: str) -> str:
    """The group in which an indicator stands."""
    return next(group for group, codes in GROUPS.items() if find(code)[0].code in codes)


def has_words(language: str, code: str) -> bool:
    """Whether an indicator has a name and a meaning in ``language``."""
    texts = catalogue(language)
    return f"indicator_{code}" in texts and f"means_{code}" in texts
