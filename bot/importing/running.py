"""A whole file into the register, some rows at a time: a kill loses nothing, and the next run goes on."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.importing.problems import Problem
from bot.importing.reading import Old, Reader
from bot.importing.table import Layout, opened, rows
from bot.importing.writing import Written
from handoff.rest.export_rows import BOM, FORMULA

AT_ONCE = 50
"""Rows of one transaction."""

SHOWN = 20
"""Problems that are kept to be told; the report has all."""

HEADING = ("row", "column", "problem", "remedy")

Batch = Callable[[Sequence[Old]], Awaitable[Written]]


@dataclass
class Outcome:
    """What became of a file. ``bad`` counts rows, ``problems`` are the first of what is wrong with them."""

    rows: int = 0
    imported: int = 0
    already: int = 0
    bad: int = 0
    changed: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "rows": self.rows, "imported": self.imported, "already": self.already, "bad": self.bad,
            "changed": self.changed, "problems": [vars(one) for one in self.problems],
        }  # fmt: skip


async def run(
    file: Path,
    how: Layout,
    reader: Reader,
    batch: Batch,
    *,
    report: Path | None,
    told: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Give all sound rows to ``batch``, and what is wrong with the others to ``report``."""
    outcome = Outcome()
    good: list[Old] = []
    with ExitStack() as stack:
        tell = _report(stack, report)
        for found in _read(file, how, reader):
            outcome.rows += 1
            if isinstance(found, Old):
                good.append(found)
            else:
                outcome.bad += 1
                outcome.problems += found[: max(0, SHOWN - len(outcome.problems))]
                tell(found)
            if len(good) == AT_ONCE:
                await _give(outcome, batch, good)
                told(outcome)
        await _give(outcome, batch, good)
    return outcome


def _read(file: Path, how: Layout, reader: Reader) -> Iterator[Old | list[Problem]]:
    """Rows and problems; of a number that comes twice the second is a problem, unless it says the same."""
    seen: dict[bytes, tuple[int, bytes]] = {}
    for cells in rows(file, how):
        found = [cells] if isinstance(cells, Problem) else reader.read(cells)
        if isinstance(found, Old):
            key, content = _short(found.number), bytes.fromhex(found.digest)[:8]
            row, before = seen.setdefault(key, (found.row, content))
            if row != found.row and before != content:
                what = f"the same as in row {row}, with another content"
                found = [Problem(found.row, "number", what, "each case has a number of its own")]
            elif row != found.row:
                continue
        yield found


def _short(number: str) -> bytes:
    """Enough of it to tell millions apart, in little memory."""
    return hashlib.sha256(number.encode()).digest()[:12]


async def _give(outcome: Outcome, batch: Batch, good: list[Old]) -> None:
    if not good:
        return
    written = await batch(good)
    outcome.imported += written.imported
    outcome.already += written.already
    outcome.changed += written.changed[: max(0, SHOWN - len(outcome.changed))]
    good.clear()


def _report(stack: ExitStack, report: Path | None) -> Callable[[Sequence[Problem]], None]:
    if report is None:
        return lambda _: None
    out = stack.enter_context(opened(report, "utf-8", "w"))
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(HEADING)

    def tell(problems: Sequence[Problem]) -> None:
        for one in problems:
            writer.writerow([one.row, *(_cell(text) for text in (one.column, one.what, one.remedy))])

    return tell


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
