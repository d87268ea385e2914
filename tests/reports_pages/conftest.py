"""A served console over a year of invented complaints."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from handoff.console.settings import ConsoleSettings
from handoff.reports.figures import Figures
from handoff.reports.filters import Filters
from handoff.reports.measuring import measure
from handoff.reports.periods import Period
from tests.console.conftest import Served, database_url, served
from tests.reports.year import TABLES, Year
from tests.scale.filling import filler

__all__ = ["Served", "database_url", "served"]

CASES = 250
TODAY = date(2026, 11, 22)


@pytest.fixture
async def year(served: Served, sqlite_url: str) -> Served:
    """The console, and a year behind it."""
    await filler(sqlite_url, TABLES).put(Year().rows(CASES))
    return served


ZONE = ZoneInfo("Europe/London")  # that of the served console


@pytest.fixture
def console_settings(served: Served) -> ConsoleSettings:
    return ConsoleSettings(organisation="Northwind Home", time_zone=ZONE, data_dir=served.data_dir)


async def measured(served: Served, period: str, **filters: str) -> Figures:
    """What the reports count, by themselves."""
    return await served.database.read(measure, Period.parse(period, TODAY), Filters(**filters), ZONE)
