"""Measures look-ups with 10,000 cases and with 200,000 (2,000,000 messages), and checks the plans.

    make scale            both databases; writes the figures into docs/scale.md
    .venv/bin/python -m tests.scale --small 1000 --large 5000    smaller, and only printed

Of each kind there are two databases, a small and a large one. Every question is put to both in turn, so that
whatever else the machine does slows down both.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter

import asyncpg
from sqlmodel import Session, SQLModel, func, select

from bot.db import Database
from bot.migrating import migrate
from bot.settings import Settings
from tests.postgres_server import PostgresServer
from tests.scale import document
from tests.scale.filling import filler
from tests.scale.invented import TABLES, Year, utc_now
from tests.scale.measuring import measure
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
        with tempfile.TemporaryDirectory(prefix="recourse-scale-") as folder, _server(name, folder) as urls:
            found = asyncio.run(compare(urls, (options.small, options.large)))
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


async def compare(urls: Sequence[str], sizes: Sequence[int]) -> document.Comparison:
    """Fill both, ask both the same, and look at the large one's plans."""
    now = utc_now()
    for url, cases in zip(urls, sizes, strict=True):
        await _fill(url, Year(now), cases)
    async with await Database.open(urls[0]) as small, await Database.open(urls[1]) as large:
        figures = await measure((small, large), now)
        rows = await large.read(_rows)
        print(*document.figures(*figures), sep="\n", flush=True)  # whatever the plans come to
        return document.Comparison(*figures, rows, await _faults(large, now))


async def _fill(url: str, year: Year, cases: int) -> None:
    await asyncio.to_thread(migrate, url)
    began = perf_counter()
    await filler(url).put(year.until(cases))
    seconds = perf_counter() - began
    print(f"{cases:,} cases, {year.numbers.message:,} messages, filled in {seconds:.0f} s", flush=True)


async def _faults(database: Database, now: datetime) -> list[str]:
    """The plans of what has a limit, as they really are at this size."""
    small = SMALL | {name for name, count in (await database.read(_all_rows)).items() if count < _BIG}
    known, settings = await database.read(sample), Settings(_env_file=None)
    questions = reading(known, settings, now) + writing(known, settings, now)
    return [
        f"{question.name}: {step} in {plan.statement}"
        for question in questions
        if question.promised
        for plan in await plans_of(database, question.ask)
        for step in plan.faults(question.walks, small, few=question.few)
    ]


def _rows(session: Session) -> dict[str, int]:
    """How many rows each table has that was filled."""
    counts = _all_rows(session)
    return {str(table.__tablename__): counts[str(table.__tablename__)] for table in TABLES}


def _all_rows(session: Session) -> dict[str, int]:
    tables = SQLModel.metadata.tables
    return {
        name: session.exec(select(func.count()).select_from(table)).one() for name, table in tables.items()
    }


@contextmanager
def _server(name: str, folder: str) -> Iterator[tuple[str, str]]:
    """The addresses of two empty databases."""
    if name == "sqlite":
        yield f"sqlite:///{Path(folder) / 'small.db'}", f"sqlite:///{Path(folder) / 'large.db'}"
        return
    server = PostgresServer()
    server.start()
    try:
        for database in ("small", "large"):
            asyncio.run(_create(server.url("postgres"), database))
        yield server.url("small"), server.url("large")
    finally:
        server.remove()


async def _create(url: str, database: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {database}")
    await connection.close()


if __name__ == "__main__":
    main()
