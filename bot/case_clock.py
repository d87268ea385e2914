"""What happens to cases without anybody's doing: warnings, promised updates, notices, pauses that end.

Any number of these may run: each case is a transaction of its own that looks again before it acts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from bot import loops
from bot.db import Database
from channels.lanes import Unavailable
from handoff.casework import timing, updates

_TICK = 5.0  # seconds between two looks at what is due
_MOST = 500  # pauses that end in a row
_BREATH = 0.01  # seconds: between two cases others get their turn
_AFTER_TROUBLE = timedelta(hours=1)

log = structlog.get_logger()


async def run(database: Database, stop: asyncio.Event) -> None:
    """Until ``stop`` is set: what is due, every `_TICK` seconds."""
    await loops.repeat(partial(look, database, stop, _now), _TICK, stop)


async def look(database: Database, stop: asyncio.Event, now: Callable[[], datetime]) -> None:
    """Do all that is due, case by case. Raises `Unavailable`."""
    for _ in range(_MOST):
        if stop.is_set() or not await database.run(timing.go_on, now()):
            break
    while due := await database.read(updates.due_cases, now()):
        for reference in due:
            if stop.is_set():
                return
            await _tend(database, reference, now())
            await asyncio.sleep(_BREATH)


async def _tend(database: Database, reference: str, now: datetime) -> None:
    """One case; one that cannot be tended must not keep the others waiting."""
    try:
        await database.run(updates.tend, reference, now)
    except Unavailable:
        raise
    except Exception:
        log.exception("clock of a case", reference=reference)
        await database.run(updates.postpone, reference, now + _AFTER_TROUBLE)


def _now() -> datetime:
    return datetime.now(UTC)
