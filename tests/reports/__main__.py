"""Compares every figure with an independent count on a year of 50,000 cases, and times the program's own.

    make report-check      both databases; writes what was found into docs/reports.md
    .venv/bin/python -m tests.reports --cases 5000 --only sqlite      smaller, and only printed

It ends with 1 if a figure is another than its count, or if the page of the year takes a second or more.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import get_args

import httpx
from fastapi import FastAPI

from bot.db import Database
from bot.migrating import migrate
from handoff.console import pages
from handoff.console.settings import ConsoleSettings
from handoff.reports import measuring
from handoff.reports.drilling import drill
from handoff.reports.filters import Filters
from handoff.reports.measuring import By
from handoff.staff import agents
from handoff.staff.agents import Role
from tests.handoff.cases import hire
from tests.handoff.serving import serving
from tests.postgres_server import PostgresServer
from tests.reports import comparing, document
from tests.reports.comparing import WHOLE, Compared
from tests.reports.counting import asking
from tests.reports.year import TABLES, ZONE, Year
from tests.scale.filling import filler

CASES = 50_000
PROMISED = 1.0  # seconds
_CALLS = 5


def main() -> None:
    """Fill, compare, time, print; and write down what was found at full size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--times", action="store_true", help="only how long it takes")
    options = parser.parse_args()
    os.nice(2)
    found: dict[str, list[Compared]] = {}
    times: dict[str, list[str]] = {}
    slow = []
    for name in [options.only] if options.only else ["sqlite", "postgresql"]:
        with _server(name) as url:
            migrate(url)
            asyncio.run(filler(url, TABLES).put(Year().rows(options.cases)))
            taken = asyncio.run(_times(url))
            times[name] = [f"{what} {seconds:.2f} s" for what, seconds in taken.items()]
            slow += [f"{name}: {what}" for what, seconds in taken.items() if seconds >= PROMISED]
            print(f"{name}, {options.cases:,} cases: {'; '.join(times[name])}", flush=True)
            if not options.times:
                found[name] = asyncio.run(_compared(url))
                _show(found[name])
    if options.cases == CASES and len(found) == 2:
        document.replace("indicators", document.definitions())
        document.replace("figures", document.results(CASES, found, times))
    wrong = [each for compared in found.values() for each in compared if not each.equal]
    if wrong or slow:
        sys.exit(f"{len(wrong)} figures differ from their counts; too slow: {', '.join(slow) or 'nothing'}")


async def _compared(url: str) -> list[Compared]:
    """The whole first, then everything else."""
    async with await Database.open(url) as database, asking(url) as db:
        found = await comparing.whole(database, db)
        for period in comparing.periods():
            found += await comparing.along(database, db, period)
        for by in get_args(By):
            if by != "month":
                found += await comparing.parts(database, db, by)
        return found + await comparing.filtered(database, db)


def _show(compared: list[Compared]) -> None:
    """The year's figures beside their counts, and whatever differs elsewhere."""
    whole = compared[0].part
    for each in compared:
        if each.part == whole or not each.equal:
            sign = "=" if each.equal else "DIFFERS"
            counted = f"{each.counted} ({each.counted_of})"
            print(f"  {each.part} {each.code}: {each.ours} ({each.of}) {sign} {counted}")
    print(f"  {sum(each.equal for each in compared):,} of {len(compared):,} figures equal", flush=True)


async def _times(url: str) -> dict[str, float]:
    """Seconds, the median of some calls."""
    async with await Database.open(url) as database:
        whole, no = WHOLE, Filters()

        async def measure() -> None:
            await database.read(measuring.measure, whole, no, ZONE)

        async def cases() -> None:
            await database.read(drill, "reopened", whole, no, ZONE, 50)

        async with _supervisor(database) as http:

            async def page(period: str) -> None:
                (await http.get("/console/reports", params={"period": period})).raise_for_status()

            asked = {
                "the page of the year": lambda: page(str(whole)),
                "the page of a quarter": lambda: page(f"{whole}-Q3"),
                "all figures": measure,
                "cases behind one": cases,
            }
            return {name: await _median(ask) for name, ask in asked.items()}


@asynccontextmanager
async def _supervisor(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A supervisor's browser, signed in to the console over this database."""
    now = datetime.now(UTC)
    app = FastAPI()
    settings = ConsoleSettings(
        organisation="Northwind Home", time_zone=ZONE, data_dir=Path(tempfile.gettempdir())
    )
    app.include_router(pages.routes(database, settings, asyncio.Event()))
    token = await database.run(hire, "Sue", Role.SUPERVISOR)
    cookie = await database.run(agents.sign_in_by_token, token, now)
    async with (
        serving(app) as address,
        httpx.AsyncClient(base_url=address, cookies={"recourse_console": cookie}, timeout=60) as http,
    ):
        yield http


async def _median(ask: Callable[[], Awaitable[None]]) -> float:
    taken = []
    await ask()  # statements that are built once
    for _ in range(_CALLS):
        began = perf_counter()
        await ask()
        taken.append(perf_counter() - began)
    return median(taken)


@contextmanager
def _server(name: str) -> Iterator[str]:
    """The address of a database with nothing in it."""
    if name == "sqlite":
        with tempfile.TemporaryDirectory(prefix="recourse-reports-") as folder:
            yield f"sqlite:///{Path(folder) / 'year.db'}"
        return
    server = PostgresServer()
    server.start()
    try:
        yield server.url("postgres")
    finally:
        server.remove()


if __name__ == "__main__":
    main()
