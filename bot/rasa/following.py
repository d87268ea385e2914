"""Keeps an engine on the model in service, so that any number of them change over by themselves.

Each looks at the pointer every second; a folder that they share is all they need to have in common. What each
answers with is written down beside the models, so that whoever promotes one sees when all have changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from model_store import Pointer, read_pointer
from presence import Presence

logger = logging.getLogger("recourse.engine")

LOOK_SECONDS = 1.0


async def follow(
    models: Path, seen: Pointer, take_up: Callable[[Path], Awaitable[None]], loaded: Callable[[], str]
) -> None:
    """Take up whatever model the pointer moves to, until cancelled.

    `seen` is the pointer as it was when the engine loaded its first model; `loaded` says what it answers
    with. A model that cannot be loaded, or is of another version of the program, is left alone and logged.
    """
    program = seen["program"]
    presence = Presence(models)
    change: asyncio.Task[None] | None = None
    try:
        while True:
            presence.tell(loaded())
            await asyncio.sleep(LOOK_SECONDS)
            # Beside this loop, or a slow change would look as if the engine were gone.
            if change and not change.done():
                continue
            pointer = _read(models)
            if pointer is None or pointer == seen:
                continue
            seen = pointer
            if pointer["program"] != program:
                logger.error("%s is of another version of the program: start anew", pointer["digest"])
            elif pointer["digest"] != loaded():
                change = asyncio.create_task(_take_up(models / pointer["model"], take_up))
    finally:
        presence.leave()


def _read(models: Path) -> Pointer | None:
    """The pointer, or None while it cannot be read: a folder may be away for a moment."""
    try:
        return read_pointer(models)
    except (OSError, ValueError) as failure:
        logger.error("the pointer in %s cannot be read: %s", models, type(failure).__name__)  # noqa: TRY400
        return None


async def _take_up(model: Path, take_up: Callable[[Path], Awaitable[None]]) -> None:
    try:
        await take_up(model)
    except Exception:
        # Whatever is wrong with it: customers are better served by the model before than by none.
        logger.exception("%s cannot be loaded, the model before stays: `recourse rollback`", model.name)
