"""Verdicts as JSON lines, CSV or a table."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.backlog.verdict import Verdict

COLUMNS = tuple(column.name for column in fields(Verdict))


class Format(StrEnum):
    """How verdicts are written. In CSV the reasons are one field, a line each."""

    JSONL = "jsonl"
    CSV = "csv"
    TABLE = "table"


def write(verdicts: Iterable[Verdict], form: Format, out: IO[str]) -> None:
    """Write all of them, each as soon as it is there; a table needs the last before the first."""
    WRITERS[form](verdicts, out)


def _json_lines(verdicts: Iterable[Verdict], out: IO[str]) -> None:
    for verdict in verdicts:
        out.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")


def _csv(verdicts: Iterable[Verdict], out: IO[str]) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for verdict in verdicts:
        writer.writerow([_cell(getattr(verdict, column)) for column in COLUMNS])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _table(verdicts: Iterable[Verdict], out: IO[str]) -> None:
    table = Table(*COLUMNS, box=None)
    for verdict in verdicts:
        table.add_row(*(Text(_cell(getattr(verdict, column))) for column in COLUMNS))
    Console(file=out).print(table)


WRITERS: Mapping[Format, Callable[[Iterable[Verdict], IO[str]], None]] = {
    Format.JSONL: _json_lines,
    Format.CSV: _csv,
    Format.TABLE: _table,
}
