"""Measures look-ups with 10,000 cases and with 200,000 (2,000,000 messages), and checks the plans.

    make scale            both databases; writes the figures into docs/scale.md
    .venv/bin/python -m tests.scale --small 1000 --large 5000    smaller, and only printed

Each database is filled once: to the small size, measured, on to the large one, measured, and deleted.
It ends with 1 if a limit is broken: p95 large/small above 2 where a limit was promised, or a big table
that is read whole.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from sqlmodel import Session, func, select

from bot.db import Database
from bot.migrating import migrate
from bot.settings import Settings
from tests.postgres_server import PostgresServer
from tests.scale import document
from tests.scale.filling import filler
from tests.scale.invented import TABLES, Year, utc_now
from tests.scale.measuring import Figure, measure
from tests.scale.plans import SMALL, plans_of
from tests.scale.questions import reading, sample, writing

PROMISED = 2.0
_BIG = 20_000  # rows; a table with fewer may be read whole


def main() -> None:
    """Measure on both databases, print, and write down what was measured at full size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=200_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    os.nice(2)  # filling must not slow down whoever else works here
    whole = (options.small, options.large) == (10_000, 200_000)
    broken = []
    for name in [options.only] if options.only else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="recourse-scale-") as folder, _server(name, folder) as url:
            found = asyncio.run(compare(url, options.small, options.large))
        lines = document.table(found, options.small, options.large)
        print(f"\n{name}\n", *lines, *found.faults, sep="\n", flush=True)
        broken += found.faults + [
            f"{name}: {large.name} takes {large.p95 / small.p95:.1f} times as long"
            for small, large in zip(found.small, found.large, strict=True)
            if large.promised and large.p95 > PROMISED * small.p95
        ]
        if whole:
            document.replace(name, [*document.circumstances(), "", *lines])
    sys.exit("\n".join(broken) if broken else 0)


async def compare(url: str, small: int, large: int) -> document.Comparison:
    """Fill, measure, fill on, measure again and look at the plans."""
    await asyncio.to_thread(migrate, url)
    year = Year(utc_now())
    figures: list[list[Figure]] = []
    for cases in (small, large):
        began = perf_counter()
        await filler(url).put(year.until(cases))
        seconds = perf_counter() - began
        print(f"{cases:,} cases, {year.numbers.message:,} messages, filled in {seconds:.0f} s", flush=True)
        async with await Database.open(url) as database:
            figures.append(await measure(database, year.now))
            rows = await database.read(_rows)
            if cases == large:
                print(*document.figures(*figures), sep="\n", flush=True)  # whatever the plans come to
                faults = await _faults(database, year)
        year.leave_room()
    return document.Comparison(figures[0], figures[1], rows, faults)


async def _faults(database: Database, year: Year) -> list[str]:
    """The plans as they really are at this size."""
    rows = await database.read(_rows)
    small = SMALL | {name for name, count in rows.items() if count < _BIG}
    known, settings = await database.read(sample), Settings(_env_file=None)
    questions = reading(known, settings, year.now) + writing(known, settings, year.now)
    return [
        f"{question.name}: {step} in {plan.statement}"
        for question in questions
        for plan in await plans_of(database, question.ask)
        for step in plan.faults(question.walks, small, few=question.few)
    ]


def _rows(session: Session) -> dict[str, int]:
    """How many rows each table has."""
    return {
        str(table.__tablename__): session.exec(select(func.count()).select_from(table)).one()
        for table in TABLES
    }


@contextmanager
def _server(name: str, folder: str) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{Path(folder) / 'recourse.db'}"
        return
    server = PostgresServer()
    server.start()
    try:
        yield server.url("postgres")
    finally:
        server.remove()


if __name__ == "__main__":
    main()
