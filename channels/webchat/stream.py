"""What is said, as it is said: the events that keep a page up to date."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import structlog

from channels.lanes import Unavailable
from channels.wakeups import Database, Listener
from channels.webchat.transcript_view import Said, mark_delivered, news

KEEP_ALIVE = 15.0
"""Seconds between two signs of life, so that no proxy closes a quiet stream (HTML, 9.2.7)."""

log = structlog.get_logger()


async def events(
    database: Database, conversation: str, seq: int, stopping: asyncio.Event
) -> AsyncIterator[bytes]:
    """Server-sent events for everything said after ``seq``, until the program stops.

    They end, too, when the database goes away: the page comes back and goes on where it was.
    """
    yield b": connected\n\n"
    try:
        async with database.listen(f"chat:{conversation}") as listener:
            while not stopping.is_set():
                latest = await database.read(news, conversation, seq)
                for said in latest.said:
                    yield _event(said)
                    seq = said["seq"]
                if latest.unmarked:
                    await database.run(mark_delivered, conversation, seq, datetime.now(UTC))
                if not latest.said and not await _woken(listener, stopping):
                    yield b": still here\n\n"
    except Unavailable as error:
        log.warning("stream ended", conversation=conversation, reason=str(error))


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


def _event(said: Said) -> bytes:
    return f"id: {said['seq']}\ndata: {json.dumps(said, ensure_ascii=False)}\n\n".encode()
