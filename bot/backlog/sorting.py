"""`recourse triage`: sorts a backlog offline, in the order it came."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from bot.backlog.parsers import Parsers
from bot.backlog.rows import Broken, Row
from bot.backlog.verdict import Verdict, judge
from bot.settings import Settings

BATCH = 128
"""Texts parsed in one pass. More gain nothing, and a short backlog would keep only one process busy."""

MOST_PROCESSES = (
    4  # each takes a third of a gigabyte, and the rules in this process set the pace from here on
)


@dataclass
class Count:
    """What has become of the rows so far."""

    sorted: int = 0
    skipped: int = 0


@dataclass
class Backlog:
    """Rows to be sorted. ``report`` is called for each broken row, which is then skipped."""

    rows: Iterable[Row | Broken]
    report: Callable[[Broken], None]
    count: Count = field(default_factory=Count)

    def verdicts(self, settings: Settings, processes: int | None = None) -> Iterator[Verdict]:
        """A verdict for each whole row, in order. Raises what `Parsers.parse` raises."""
        under_way: deque[list[Row]] = deque()
        with Parsers(settings, processes or min(os.cpu_count() or 1, MOST_PROCESSES)) as parsers:
            for model, parses in parsers.parse(self._texts(under_way)):
                for row, parse in zip(under_way.popleft(), parses, strict=True):
                    self.count.sorted += 1
                    yield judge(row, parse, model)

    def _texts(self, under_way: deque[list[Row]]) -> Iterator[list[str]]:
        batch: list[Row] = []
        for row in self.rows:
            if isinstance(row, Broken):
                self.count.skipped += 1
                self.report(row)
                continue
            batch.append(row)
            if len(batch) == BATCH:
                under_way.append(batch)
                yield [row.text for row in batch]
                batch = []
        if batch:
            under_way.append(batch)
            yield [row.text for row in batch]
