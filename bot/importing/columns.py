"""The columns of a file of old complaints: the one table that reading, the sample and the document share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.importing import cells
from complaints.complaint import Category, Decision, Remedy, Severity

LONGEST_TEXT = 100_000


class State(StrEnum):
    """How far a case was over there."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class When(StrEnum):
    """How a column's dates are read."""

    MOMENT = "moment"
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """One column. ``read`` makes of a cell what is kept; ``sample`` are two rows' cells."""

    name: str
    holds: str
    read: Callable[[str], Any] | When
    sample: tuple[str, str] = ("", "")
    required: bool = False


COLUMNS = (
    Column("number", "its number over there", cells.number, ("C-2025-0117", "C-2025-0118"), required=True),
    Column("received_at", "when it came in", When.MOMENT, ("2025-11-03 09:40", "2025-11-04"), required=True),
    Column(
        "text", "what the customer said, in their words", cells.words(LONGEST_TEXT),
        ("The kettle leaks since the first day.", "Charged twice for one order."), required=True,
    ),
    Column("status", "`open`, `answered`, `closed`, `withdrawn`", cells.one_of(State), ("closed", "open")),
    Column("channel", "how it came in: `phone`, `letter`, `email`, `counter`, or a word of yours", cells.code,
           ("phone", "email")),
    Column("language", "ISO 639-1; without it, that of the text", cells.language, ("en", "en")),
    Column("acknowledged_at", "when they were told that you have it", When.MOMENT, ("2025-11-03 09:45", "")),
    Column("answered_at", "when they had your answer", When.MOMENT, ("2025-11-10", "")),
    Column("closed_at", "when it was over", When.MOMENT, ("2025-11-20", "")),
    Column("respond_by", "the date of the answer that they were promised", When.MOMENT, ("", "2026-01-15")),
    Column("name", "who complains", cells.words(200), ("Maria Lopez", "")),
    Column("organisation", "for whom", cells.words(200)),
    Column("phone", "", cells.words(200), ("+44 20 7946 0018", "")),
    Column("email", "", cells.words(200), ("", "ali@example.org")),
    Column("postal_address", "", cells.words(500)),
    Column("on_behalf_of", "for whom they speak", cells.words(200)),
    Column("anonymous", "`yes` or `no`", cells.yes_or_no),
    Column("product", "product or service", cells.words(200), ("Kettle", "")),
    Column("order", "order number", cells.words(200), ("NB-51207", "")),
    Column("problem_date", "the day it happened", When.DAY, ("2025-11-01", "")),
    Column("amount", "what it is about, `1234.50`", cells.amount, ("39.90", "")),
    Column("currency", "of the amount (ISO 4217)", cells.currency, ("GBP", "")),
    Column("remedy_requested", "what they ask for", cells.one_of(Remedy), ("exchange", "refund")),
    Column("wish", "the same in their words", cells.words(10_000)),
    Column("severity", "without it, what the rules find in the text", cells.one_of(Severity), ("medium", "")),
    Column("category", "the same", cells.one_of(Category), ("defect", "billing")),
    Column("decision", "of your answer", cells.one_of(Decision), ("upheld", "")),
    Column("response", "your answer", cells.words(LONGEST_TEXT), ("A new kettle is on its way.", "")),
    Column("remedy", "what was granted", cells.one_of(Remedy), ("exchange", "")),
    Column("compensation", "what that cost you", cells.amount),
    Column("remedy_currency", "of the compensation", cells.currency),
    Column("root_cause", "why it happened", cells.words(300), ("Seal left out", "")),
)  # fmt: skip

BY_NAME = {column.name: column for column in COLUMNS}
