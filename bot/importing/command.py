"""What ``recourse import`` does: look at the file, then at every row, then write; or only look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, make_url
from sqlmodel import Session

from bot import migrating
from bot.audit.opening import open_audited
from bot.db import Database
from bot.importing import mapping, running, table, writing
from bot.importing.moments import Order
from bot.importing.problems import ImportRefused
from bot.importing.reading import Old, Reader
from bot.importing.running import Outcome
from bot.importing.table import Layout
from bot.importing.writing import Origin, Written
from bot.settings import Settings
from complaints.imported import ImportedCase
from handoff.dispatch import rules
from handoff.staff import accounts

_LONGEST_SOURCE = 60


@dataclass(frozen=True)
class Asked:
    """What the command line says."""

    file: Path
    mapping: Path | None = None
    report: Path | None = None
    source: str = "import"
    by: str = ""
    encoding: str | None = None
    separator: str | None = None
    dates: str | None = None
    dry_run: bool = False
    all_or_nothing: bool = False


def run(
    settings: Settings, asked: Asked, now: datetime, told: Callable[[Outcome], None]
) -> tuple[Layout, Outcome]:
    """How the file was read, and what became of it. Raises `ImportRefused`, `DatabaseUnavailable`."""
    if not 0 < len(asked.source) <= _LONGEST_SOURCE or ":" in asked.source:
        raise ImportRefused(f"--source: a short name without a colon, up to {_LONGEST_SOURCE} characters")
    if asked.report is not None and asked.report.resolve() == asked.file.resolve():
        raise ImportRefused("--report: another file than the one that is imported")
    words = mapping.load(asked.mapping)
    how = table.layout(asked.file, words, asked.encoding, asked.separator)
    reader = Reader(words, ZoneInfo(settings.time_zone), _order(asked.dates) or words.dates, now)
    actor = f"{accounts.OPERATOR}:{asked.by}" if asked.by else accounts.OPERATOR
    origin = Origin(asked.source, actor, settings.policy)
    rules.put_in_force(settings.desk)
    if asked.dry_run:
        return how, asyncio.run(_look(settings, asked, how, reader, origin, told))
    if asked.all_or_nothing:
        outcome = asyncio.run(_look(settings, asked, how, reader, origin, told))
        if outcome.bad:
            outcome.imported = 0
            return how, outcome
    migrating.migrate(settings.database_url)
    return how, asyncio.run(_write(settings, asked, how, reader, origin, now, told))


async def _write(
    settings: Settings,
    asked: Asked,
    how: Layout,
    reader: Reader,
    origin: Origin,
    now: datetime,
    told: Callable[[Outcome], None],
) -> Outcome:
    async with await open_audited(settings) as database:

        async def batch(rows: Sequence[Old]) -> Written:
            return await database.run(writing.write, list(rows), origin, now)

        return await running.run(asked.file, how, reader, batch, report=asked.report, told=told)


async def _look(
    settings: Settings,
    asked: Asked,
    how: Layout,
    reader: Reader,
    origin: Origin,
    told: Callable[[Outcome], None],
) -> Outcome:
    """Every row, and what is there already. Not even a database is made."""
    if _is_absent(settings.database_url):

        async def nothing(rows: Sequence[Old]) -> Written:
            return Written(len(rows), 0, ())

        return await running.run(asked.file, how, reader, nothing, report=asked.report, told=told)
    async with await Database.open(settings.database_url) as database:
        fresh = not await database.read(_has_table)

        async def batch(rows: Sequence[Old]) -> Written:
            if fresh:
                return Written(len(rows), 0, ())
            return await database.read(writing.look, list(rows), origin)

        return await running.run(asked.file, how, reader, batch, report=asked.report, told=told)


def _is_absent(database_url: str) -> bool:
    url = make_url(database_url)
    return url.drivername == "sqlite" and not Path(url.database or "").exists()


def _has_table(session: Session) -> bool:
    """A database of an earlier version has no imported cases."""
    return inspect(session.connection()).has_table(str(ImportedCase.__tablename__))


def _order(given: str | None) -> Order | None:
    if given is None:
        return None
    try:
        return Order(given)
    except ValueError as error:
        raise ImportRefused("--dates: dmy (2 March is 02/03) or mdy (03/02)") from error
