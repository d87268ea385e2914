"""The program's figures beside the independent counts, over every part of a year."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from bot.db import Database
from handoff.reports import measuring
from handoff.reports.filters import NOTHING, Filters
from handoff.reports.indicators import INDICATORS
from handoff.reports.measuring import By, Figures
from handoff.reports.periods import Period
from tests.reports.counting import Asking, Part, count
from tests.reports.year import CURRENCIES, YEAR, ZONE

WHOLE = Period(date(YEAR, 1, 1), date(YEAR + 1, 1, 1))
CODES = [
    each
    for code in INDICATORS
    for each in ([f"{code}:{currency}" for currency in CURRENCIES] if code == "remedy_cost" else [code])
]

_EXACT = 1e-9


@dataclass(frozen=True)
class Compared:
    """A figure of ours, and the same counted by itself."""

    part: str
    code: str
    ours: float | None
    of: int
    counted: float | None
    counted_of: int

    @property
    def equal(self) -> bool:
        if self.ours is None or self.counted is None:
            return self.ours is self.counted and self.of == self.counted_of
        return math.isclose(self.ours, self.counted, rel_tol=_EXACT) and self.of == self.counted_of


async def whole(database: Database, asking: Asking) -> list[Compared]:
    """The year as a whole, every figure that there is."""
    figures = await database.read(measuring.measure, WHOLE, Filters(), ZONE)
    assert list(figures) == CODES
    return await _compare(asking, str(WHOLE), figures, Part(WHOLE.start, WHOLE.end, ZONE))


async def along(database: Database, asking: Asking, period: Period) -> list[Compared]:
    """Each step of a period."""
    found = []
    points = await database.read(measuring.trends, period, Filters(), ZONE, CODES)
    ends = [start for start, _ in points[1:]] + [period.end]
    for (start, figures), end in zip(points, ends, strict=True):
        found += await _compare(asking, f"{start}..{end}", figures, Part(start, end, ZONE))
    return found


async def parts(database: Database, asking: Asking, by: By) -> list[Compared]:
    """Each value by which the year can be split."""
    found = []
    for key, figures in await database.read(measuring.splits, by, WHOLE, Filters(), ZONE, CODES):
        where = f"c.{by} IS NULL" if key is None else "c.{} = '{}'".format(by, key.replace("'", "''"))
        part = Part(WHOLE.start, WHOLE.end, ZONE, where)
        assert figures.pop("improvements").value is None  # they are about no part of the cases
        found += await _compare(asking, f"{by} {key}", figures, part)
    return found


async def filtered(database: Database, asking: Asking) -> list[Compared]:
    """Some filters at once, in other periods."""
    found = []
    for filters, where, period in (
        (Filters(channel="sms", language="de"), "c.channel = 'sms' AND c.language = 'de'", WHOLE),
        (Filters(product=NOTHING), "c.product IS NULL", Period(date(YEAR, 3, 20), date(YEAR, 4, 10))),
        (
            Filters(severity="high", category="defect", product="Kettle"),
            "c.severity = 'high' AND c.category = 'defect' AND c.product = 'Kettle'",
            WHOLE,
        ),
    ):
        figures = await database.read(measuring.measure, period, filters, ZONE, CODES)
        assert figures.pop("improvements").value is None
        part = Part(period.start, period.end, ZONE, where)
        found += await _compare(asking, str(filters.as_query()), figures, part)
    return found


async def _compare(asking: Asking, name: str, figures: Figures, part: Part) -> list[Compared]:
    return [
        Compared(name, code, figure.value, figure.of, *await count(asking, code, part))
        for code, figure in figures.items()
    ]


def periods() -> list[Period]:
    """A month, a quarter and the year: with days, weeks and months as steps. Clocks change in March."""
    return [Period(date(YEAR, 3, 1), date(YEAR, 4, 1)), Period(date(YEAR, 7, 1), date(YEAR, 10, 1)), WHOLE]
