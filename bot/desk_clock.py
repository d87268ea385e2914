"""What happens at the desk without anybody's doing: cases offered, returned, escalated.

Any number of these may run: each step is a transaction that looks again before it changes anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlmodel import Session

from bot import loops
from bot.db import Database
from channels.lanes import Unavailable
from handoff import queue
from handoff.casework import deliveries
from handoff.dispatch import escalation, presence, routing
from handoff.dispatch.rules import Rules
from handoff.improvement import noticing
from handoff.queue import DESK

_TICK = 5.0  # seconds between two looks at what is due
_BREATH = 0.2  # seconds between two looks at who is free: a busy desk does not look after every change
_MOST = 500  # steps of one kind in a row: the others get their turn

log = structlog.get_logger()

Step = Callable[[Session, datetime], Sequence[object]]

_DUE: tuple[Step, ...] = (
    queue.bring_back,
    presence.expire,
    escalation.return_unanswered,
    escalation.escalate,
    routing.forget,
    deliveries.settle,
    noticing.notice,
)
_OFFERS: tuple[Step, ...] = (routing.end_lapsed, routing.offer_waiting)


async def run(database: Database, rules: Rules, stop: asyncio.Event) -> None:
    """Until ``stop`` is set: what is due, every `_TICK` seconds; and offers, as soon as anything changes."""
    loop = asyncio.get_running_loop()
    looked = -_TICK
    async with database.listen(DESK) as ear:
        while not stop.is_set():
            try:
                if loop.time() - looked >= _TICK:
                    looked = loop.time()
                    for step in _DUE:
                        await _all(database, step, stop)
                # Offers are ended also where none are made any more: the setting may have changed.
                for step in _OFFERS if rules.automatic else _OFFERS[:1]:
                    await _all(database, step, stop)
            except Unavailable as error:
                log.warning("database out of reach", reason=str(error))
            await _until(stop.wait(), timeout=_BREATH)
            await _until(stop.wait(), *([ear.wait()] if rules.automatic else []), timeout=_TICK)


async def _all(database: Database, step: Step, stop: asyncio.Event) -> None:
    """Take the step until it finds nothing to do."""
    with loops.apart("a step of the desk failed", step=step.__qualname__):
        for _ in range(_MOST):
            if stop.is_set() or not await database.run(step, datetime.now(UTC)):
                break


async def _until(*events: Coroutine[Any, Any, bool], timeout: float) -> None:
    """Wait for the first of ``events``, or so many seconds."""
    waits = [asyncio.ensure_future(event) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
