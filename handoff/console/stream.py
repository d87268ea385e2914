"""Pages that stay true while they are open: their changed parts, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from channels.lanes import Unavailable
from channels.wakeups import Listener
from complaints.complaint import ComplaintError
from handoff.agents import SignInRefused
from handoff.console.views import Region
from handoff.database import Database

KEEP_ALIVE = 15.0
"""Seconds between two signs of life, so that no proxy closes a quiet stream (HTML, 9.2.7)."""

BREATH = 0.25
"""Seconds between two looks: a busy desk must not redraw with every message."""

log = structlog.get_logger()


async def events(
    database: Database,
    topics: tuple[str, ...],
    look: Callable[[], Awaitable[list[Region]]],
    stopping: asyncio.Event,
) -> AsyncIterator[bytes]:
    """What changes among the regions that ``look`` finds, until the program stops or the session ends.

    They end, too, when the database goes away: the page comes back by itself.
    """
    shown: dict[str, str] = {}
    yield b"retry: 1000\n\n"
    try:
        async with database.listen(*topics) as listener:
            while not stopping.is_set():
                for region in await look():
                    if shown.get(region.id) != region.digest:
                        shown[region.id] = region.digest
                        yield _event("region", vars(region))
                if await _woken(listener, stopping):
                    await asyncio.sleep(BREATH)
                else:
                    yield b": still here\n\n"
    except (SignInRefused, ComplaintError):
        yield _event("gone", {})  # signed out, or no such case any more: the page loads anew
    except Unavailable as error:
        log.warning("console stream ended", reason=str(error))


async def _woken(listener: Listener, stopping: asyncio.Event) -> bool:
    """Wait for news or the end of the program; ``False`` after `KEEP_ALIVE` without either."""
    waits = [asyncio.ensure_future(listener.wait(KEEP_ALIVE)), asyncio.ensure_future(stopping.wait())]
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        return any(wait.result() for wait in done)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


def _event(name: str, data: dict[str, str]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
