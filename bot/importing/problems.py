"""What is wrong with a file of old complaints, and what to do about it. Nothing here quotes a customer."""

from __future__ import annotations

from dataclasses import dataclass


class ImportRefused(Exception):
    """The whole file cannot be imported. The text is one line that says what to do."""


class Wrong(Exception):
    """One cell cannot be read; ``remedy`` says what would do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one row. ``row`` counts as a spreadsheet does: the heading is row 1."""

    row: int
    column: str
    what: str
    remedy: str
