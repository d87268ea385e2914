"""What a report is about, in words: its filters, the parts of a figure, the periods to choose from."""

from __future__ import annotations

from datetime import date

from handoff.console.reporting import asking
from handoff.console.reporting.asking import Asked
from handoff.console.reporting.figures import FigureWords
from handoff.console.wording import wording
from handoff.console.words import tell
from handoff.reports.periods import Period


def filters_said(asked: Asked, words: FigureWords) -> list[str]:
    """The filters in words: "Channel: SMS"."""
    said = asked.filters.as_query()
    names = {name: tell(words.language, f"reports_{name}") for name in said}
    return [f"{names[name]}: {value_said(name, value, words)}" for name, value in said.items()]


def value_said(name: str, value: str | None, words: FigureWords) -> str:
    """A value of a filter, or a part of a split, in words."""
    of_cases = wording(words.language)
    label = {"channel": of_cases.channel, "language": of_cases.language}.get(name, of_cases.label)
    return words.key(name, value, label)


def periods(asked: Asked, today: date, words: FigureWords) -> list[tuple[str, str]]:
    """Periods to choose from: (value, name); what was typed, too."""
    found = [(text, _period_said(text, today, words)) for text in asking.choices(today)]
    if asked.text not in dict(found):
        found.insert(0, (asked.text, words.period(asked.period)))
    return found


def _period_said(text: str, today: date, words: FigureWords) -> str:
    if text.startswith("last-"):
        return tell(words.language, "reports_last_days", count=int(text.split("-")[1]))
    return words.period(Period.parse(text, today))
