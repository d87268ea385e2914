"""Every figure equals an independent count, whole, along the year, by its parts and filtered; and its cases.

Mutation: count `contested` no more among `REOPENED`; take any answer after its date as late, without the
sixty seconds; count another `Kind`; let a period begin at midnight of UTC.
"""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from bot.db import Database
from handoff.reports import measuring
from handoff.reports.drilling import drill
from handoff.reports.filters import Filters
from handoff.reports.measuring import By
from handoff.reports.periods import Period
from tests.reports import comparing
from tests.reports.comparing import WHOLE, Compared
from tests.reports.counting import asking
from tests.reports.year import CHANNELS, TABLES, YEAR, ZONE, Year
from tests.scale.filling import filler

CASES = 2000
DAYS = Period(date(YEAR, 3, 27), date(YEAR, 4, 1))  # the clocks change in them
WEEKS = Period(date(YEAR, 9, 1), date(YEAR, 10, 7))
BY: tuple[By, ...] = ("channel", "product", "severity")
"""`make report-check` takes all, and longer periods."""


@pytest.fixture
async def filled(database_url: str) -> str:
    await filler(database_url, TABLES).put(Year().rows(CASES))
    return database_url


def unequal(found: list[Compared]) -> list[Compared]:
    assert found
    return [each for each in found if not each.equal]


async def test_equal_independent_counts(filled: str) -> None:
    """The year, some days, weeks and all months, its parts, and some filters at once."""
    async with await Database.open(filled) as database, asking(filled) as db:
        whole = await comparing.whole(database, db)
        assert not unequal(whole)
        assert all(each.of for each in whole)  # nothing is equal for want of cases
        for period in (DAYS, WEEKS, WHOLE):
            assert not unequal(await comparing.along(database, db, period))
        for by in BY:
            assert not unequal(await comparing.parts(database, db, by))
        assert not unequal(await comparing.filtered(database, db))


async def test_cases_behind_a_figure(filled: str) -> None:
    """As many as it counts, each once, also page by page; and all of them in the figure's own scope."""
    async with await Database.open(filled) as database:
        for filters in (Filters(), Filters(channel="sms")):
            figures = await database.read(measuring.measure, WHOLE, filters, ZONE)
            for code, figure in figures.items():
                cases = await database.read(drill, code, WHOLE, filters, ZONE, 10_000)
                assert len({case.reference for case in cases}) == len(cases) == figure.counted, code
                assert {case.kind for case in cases} <= {"complaint"}
                assert {case.channel for case in cases} <= ({"sms"} if filters.channel else set(CHANNELS))
        pages, after = [], None
        while page := await database.read(drill, "reopened", WHOLE, Filters(), ZONE, 25, after):
            pages += page
            after = page[-1].reference
        assert pages == sorted(pages, key=lambda case: -(case.id or 0))
        assert (
            len(pages) == (await database.read(measuring.measure, WHOLE, Filters(), ZONE))["reopened"].counted
        )


async def test_steps_and_parts_add_up(filled: str) -> None:
    """Each case falls into one step and one part only."""
    counts = ["received", "resolved", "remedies", "outside"]
    async with await Database.open(filled) as database:
        whole = await database.read(measuring.measure, WHOLE, Filters(), ZONE, counts)
        for by in get_args(By):
            split = await database.read(measuring.splits, by, WHOLE, Filters(), ZONE, counts)
            for code in counts:
                assert sum(figures[code].value or 0 for _, figures in split) == whole[code].value
        one = await database.read(measuring.split, "received", "product", WHOLE, Filters(), ZONE)
        assert [figure.of for _, figure in one] == sorted((figure.of for _, figure in one), reverse=True)
        points = await database.read(measuring.trend, "upheld", WHOLE, Filters(), ZONE)
        assert [point.start.month for point in points] == list(range(1, 13))
        assert sum(point.figure.of for point in points) == whole["resolved"].value
