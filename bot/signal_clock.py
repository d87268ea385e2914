"""Looks once a day for what has risen: `handoff.signals`.

Any number of these may run: a day is looked at once. A day that nobody looked at, for the program did
not run, is not made up for: the next look sees its cases, too.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot import loops
from bot.db import Database
from handoff.signals import keeping, reading

_GLANCE = 600.0  # seconds between two looks at the calendar

log = structlog.get_logger()


async def run(database: Database, alarms_per_year: float, stop: asyncio.Event) -> None:
    """Until ``stop`` is set: once on each day, UTC."""

    async def today() -> None:
        await look(database, alarms_per_year, datetime.now(UTC))

    await loops.repeat(today, _GLANCE, stop)


async def look(database: Database, alarms_per_year: float, now: datetime) -> int:
    """Look at the days before today, unless somebody has; how many signals are new. Raises `Unavailable`."""
    day = now.date()
    if await database.read(keeping.is_looked_at, day):
        return 0
    seen = await database.read(reading.see, day, alarms_per_year)  # beside the writers: it takes its time
    try:
        opened = await database.run(_keep, seen, now)
    except IntegrityError:  # another worker was quicker
        return 0
    (log.info if opened else log.debug)("looked for rises", series=seen.look.series, signals=opened)
    return len(opened)


def _keep(session: Session, seen: reading.Seen, now: datetime) -> list[int | None]:
    return [signal.id for signal in keeping.keep(session, seen, now)]
