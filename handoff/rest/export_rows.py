"""Cases as rows of a file: CSV for spreadsheets, JSON Lines for programs; the same columns in both.

What a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection"): customers
write what stands there. An import takes it off again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from handoff.case_query import Row

COLUMNS = (
    "reference", "kind", "status", "channel", "language", "received_at", "acknowledged_at",
    "responded_at", "closed_at", "update_by", "respond_by", "policy", "name", "organisation",
    "postal_address", "phone", "email", "on_behalf_of", "anonymous", "description", "product", "order",
    "problem_date", "amount", "currency", "wish", "remedy_requested", "recurring", "severity",
    "category", "safety", "complexity", "impact", "state", "holder", "decision", "remedy",
    "compensation", "remedy_currency", "response", "cause_kind", "root_cause", "decided_by",
)  # fmt: skip
"""The columns, in their order. New ones come at the end."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, in full width as well."""

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""By this Excel knows UTF-8."""


class Form(StrEnum):
    """How cases are written."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """Its media type."""
        return {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl"}[self.value]

    @property
    def heading(self) -> str:
        """What stands before the first case."""
        return BOM + _csv([COLUMNS]) if self is Form.CSV else ""


def values(row: Row) -> dict[str, Any]:
    """What is written of a case. What only the platform tells counts too, unless they are to stay unnamed."""
    given = row.case.model_dump(mode="json", include=set(COLUMNS))
    if not row.case.anonymous:
        given["name"], given["phone"] = given["name"] or row.name, given["phone"] or row.phone
    given["state"], given["holder"] = (row.item.state, row.item.agent) if row.item else (None, None)
    return {name: given[name] for name in COLUMNS}


def write(form: Form, rows: Sequence[Mapping[str, Any]]) -> str:
    """Some cases, as they stand in the file."""
    return _WRITERS[form](rows)


def _lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    return _csv([[_cell(row[name]) for name in COLUMNS] for row in rows])


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)  # RFC 4180
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


_WRITERS: Mapping[Form, Callable[[Sequence[Mapping[str, Any]]], str]] = {
    Form.CSV: _table,
    Form.JSONL: _lines,
}
