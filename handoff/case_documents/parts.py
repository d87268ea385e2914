"""What a printed document is made of: facts, tables, quotations, messages. `case.typ` lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from handoff.case_documents.safe_text import Line, lines
from handoff.case_documents.words import words
from handoff.console.wording import Wording, wording

Part = dict[str, Any]
Cell = list[Line] | dict[str, Any]

_SMALL_ROWS, _SMALL_TEXT = 8, 1200  # rows and characters of a table that need not be divided


@dataclass(frozen=True)
class Speech:
    """How things are said in one language and one time zone."""

    language: str
    zone: ZoneInfo

    @property
    def of_cases(self) -> Wording:
        """The console's words: what a severity or an event is called."""
        return wording(self.language)

    def say(self, key: str, **values: object) -> str:
        """A text of the document itself."""
        return words(self.language)[key].format_map(values)

    def known(self, key: str) -> str | None:
        """The same, or ``None``."""
        return words(self.language).get(key)

    def when(self, moment: str | None) -> str:
        """A time in full, nothing for none."""
        return self.of_cases.exact(moment, self.zone) if moment else ""

    def named(self, word: str | None) -> str:
        """A word of a vocabulary."""
        return self.of_cases.label(word)

    def yes(self, value: object) -> str:
        """Yes or no; nothing if that is not known."""
        return "" if value is None else self.say("is_so" if value else "is_not")


def cell(text: object, style: str = "") -> Cell:
    """A cell of a table; ``style`` is mono, strong, soft or alarm."""
    said = lines("" if text is None else str(text))
    return {"style": style, "lines": said} if style else said


def facts(speech: Speech, rows: Iterable[tuple[str, object]], *, empty: bool = False) -> Part:
    """Names and values. ``empty`` shows also what is not known: an empty field is an answer, too."""
    shown = []
    for label, value in rows:
        known = value not in (None, "", [])
        if known or empty:
            shown.append((label, cell(value) if known else cell(speech.say("not_given"), "soft")))
    return {"kind": "facts", "rows": shown}


def table(head: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Cell]]) -> Part:
    """A table; a width of 0 holds a number, the others share what is left. A small one stays on its page."""
    cells = [list(row) for row in rows]
    whole = len(cells) <= _SMALL_ROWS and sum(_length(cell) for row in cells for cell in row) <= _SMALL_TEXT
    return {"kind": "rows", "head": list(head), "widths": list(widths), "rows": cells, "whole": whole}


def _length(cell: Cell) -> int:
    lines = cell["lines"] if isinstance(cell, dict) else cell
    return sum(len(line) for _, line in lines)


def quoted(text: str) -> Part:
    """Somebody's own words."""
    return {"kind": "quoted", "lines": lines(text)}


def text(said: str) -> Part:
    """A paragraph."""
    return {"kind": "text", "lines": lines(said)}


def note(said: str) -> Part:
    """A paragraph in small print."""
    return {"kind": "note", "lines": lines(said)}


def heading(title: str) -> Part:
    """A heading inside a section."""
    return {"kind": "heading", "title": title}


def section(title: str, parts: Iterable[Part]) -> Mapping[str, Any]:
    """A section with its parts."""
    return {"title": title, "parts": list(parts)}
