"""Loops that look again and again at what is due. What fails is logged: it must not end the other loops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from channels.lanes import Unavailable

log = structlog.get_logger()


async def repeat(look: Callable[[], Awaitable[object]], pause: float, stop: asyncio.Event) -> None:
    """``look``, then wait ``pause`` seconds, until ``stop`` is set. A look that fails is only that."""
    while not stop.is_set():
        try:
            with apart("a look failed", at=getattr(look, "__qualname__", str(look))):
                await look()
        except Unavailable as error:
            log.warning("database out of reach", reason=str(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


@contextmanager
def apart(what: str, **context: object) -> Iterator[None]:
    """One of many: what it raises is logged as ``what``, and the others go on. `Unavailable` concerns all."""
    try:
        yield
    except Unavailable:
        raise
    except Exception:
        log.exception(what, **context)
