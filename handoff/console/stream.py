"""Pages that stay true while they are open: their changed parts, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from channels.lanes import Unavailable
from channels.wakeups import Listener
from complaints.complaint import ComplaintError
from handoff.console.views import Region
from handoff.database import Database
from handoff.staff.agents import SignInRefused

KEEP_ALIVE = 15.0
"""Seconds between two signs of life, so that no proxy closes a quiet stream (HTML, 9.2.7)."""

BREATH = 0.25
"""Seconds between two looks: a busy desk must not redraw with every message."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Part:
    """Regions that change for the same reason. ``look`` gets the time (monotonic) since when they may have.

    ``passes`` says that they also change by time alone: they are looked at again after so many seconds.
    """

    topic: str
    look: Callable[[float], Awaitable[list[Region]]]
    passes: float | None = None


async def events(
    database: Database,
    parts: Sequence[Part],
    alive: Callable[[], Awaitable[None]],
    stopping: asyncio.Event,
) -> AsyncIterator[bytes]:
    """What changes in the ``parts`` of a page, until the program stops or the session ends.

    ``alive`` is called every `KEEP_ALIVE` while the page is open. The events end, too, when the
    database goes away: the page comes back by itself.
    """
    shown: dict[str, str] = {}
    yield b"retry: 1000\n\n"
    try:
        async with AsyncExitStack() as stack:
            ears = [await stack.enter_async_context(database.listen(part.topic)) for part in parts]
            due, told = set(range(len(parts))), float("-inf")
            while not stopping.is_set():
                began = time.monotonic()
                if began - told >= KEEP_ALIVE:
                    told = began
                    await alive()
                    yield b": still here\n\n"
                for index in sorted(due):
                    for region in await parts[index].look(began):
                        if shown.get(region.id) != region.digest:
                            shown[region.id] = region.digest
                            yield _event("region", vars(region))
                passing = [p.passes for p in parts if p.passes is not None]
                left = min([told + KEEP_ALIVE - time.monotonic(), *passing])
                due = await _woken(ears, stopping, max(left, 0.05))
                if due:
                    await asyncio.sleep(BREATH)
                else:
                    due = {i for i, p in enumerate(parts) if p.passes is not None}
    except (SignInRefused, ComplaintError):
        yield _event("gone", {})  # signed out, or no such case any more: the page loads anew
    except Unavailable as error:
        log.warning("console stream ended", reason=str(error))


async def _woken(ears: Sequence[Listener], stopping: asyncio.Event, timeout: float) -> set[int]:
    """Which of the ears heard something, once one did or the program ends; none after ``timeout`` seconds."""
    waits = [asyncio.ensure_future(ear.wait(timeout)) for ear in ears]
    end = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([*waits, end], return_when=asyncio.FIRST_COMPLETED)
        return {i for i, wait in enumerate(waits) if wait.done() and wait.result()}
    finally:
        for wait in (*waits, end):
            wait.cancel()
        await asyncio.gather(*waits, end, return_exceptions=True)


def _event(name: str, data: dict[str, str]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
