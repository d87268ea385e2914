"""How a management review says things: texts, figures and days, in one language and one time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from handoff.case_documents.parts import Part, note
from handoff.console.reporting.figures import FigureWords
from handoff.console.wording import Wording, wording
from handoff.console.words import tell


@dataclass(frozen=True)
class Speech:
    """How the pack says things."""

    language: str
    zone: ZoneInfo

    @property
    def figures(self) -> FigureWords:
        """The words of indicators."""
        return FigureWords(self.language)

    @property
    def of_cases(self) -> Wording:
        """The console's words."""
        return wording(self.language)

    def say(self, key: str, **values: object) -> str:
        """A text of the pack."""
        return tell(self.language, f"pack_{key}", **values)

    @property
    def complaints(self) -> str:
        """The head of a column that counts complaints."""
        return tell(self.language, "reports_complaints")

    def cut(self, count: int, shown: int) -> list[Part]:
        """What is said of a list that is longer than what is shown of it."""
        return [note(self.say("more", shown=shown, count=count))] if count > shown else []

    def when(self, moment: datetime) -> str:
        """A time in full."""
        return self.of_cases.exact(moment.isoformat(), self.zone)

    def day(self, day: date | datetime | None) -> str:
        """A day; of a moment, the operator's."""
        if isinstance(day, datetime):
            day = day.astimezone(self.zone).date()
        return "" if day is None else self.figures.day(day)

    def number(self, value: float) -> str:
        """A plain number."""
        return format_decimal(value, "#,##0.##", locale=self.figures.locale)
