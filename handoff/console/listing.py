"""The lists of the queue's page, a bounded piece of each, read once for everybody who looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlmodel import Session

from handoff.case_file import queue_lines
from handoff.dispatch.standing import standing
from handoff.queue import State

LISTS = ("waiting", "held", "with_bot", "closed")
STEP = 30
MOST = 300
"""Cases on a page: more than anybody reads; the others are found by searching, or move up."""

T = TypeVar("T")


@dataclass(frozen=True)
class Listing:
    """One list: the first cases of it, and how many there are in those that do not only grow."""

    name: str
    lines: list[dict[str, Any]]
    shown: int
    counts: dict[str, int]
    step: int = STEP

    @property
    def cut(self) -> bool:
        """Whether there are cases beyond the page."""
        return len(self.lines) < self.counts.get(self.name, 0) or (
            self.name not in self.counts and len(self.lines) >= self.shown
        )

    @property
    def more(self) -> bool:
        """Whether the page may grow to show them."""
        return self.cut and self.shown + self.step <= MOST


def bounded(name: str, shown: int) -> tuple[str, int]:
    """The list and its length as they may be asked for."""
    return name if name in LISTS else LISTS[0], min(max(shown, STEP), MOST)


def read(session: Session, name: str, shown: int, now: datetime) -> Listing:
    """The first ``shown`` cases of a list."""
    lines = queue_lines(session, State(name), shown, now=now)
    return Listing(name, lines, shown, {str(k): v for k, v in standing(session, now).cases.items()})


class Shared(Generic[T]):
    """The same thing for many who ask at about the same time: made once, if it is young enough.

    Fifty open pages are woken by one new case; without this each would read the queue by itself.
    Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._made: dict[object, tuple[float, asyncio.Task[T]]] = {}

    async def get(self, key: object, since: float, make: Callable[[], Awaitable[T]]) -> T:
        """What ``make`` gives, begun no earlier than ``since`` (`time.monotonic`)."""
        begun, task = self._made.get(key, (-1.0, None))
        if task is None or begun < since:
            task = asyncio.ensure_future(_await(make))
            self._made[key] = (time.monotonic(), task)
        return await asyncio.shield(task)


async def _await(make: Callable[[], Awaitable[T]]) -> T:
    return await make()
