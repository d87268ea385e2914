"""How one part of the program tells another that there is something new, without polling.

A unit of work calls `notify`; when its transaction has committed, everybody who listens to the
topic wakes, in every process. Topics are plain words: a kind of lane (``in``, ``out``),
``chat:<conversation>``, ``desk``. A wake-up carries no data: the listener looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlmodel import Session

P = ParamSpec("P")
T = TypeVar("T")

_TOPICS = "topics"


def notify(session: Session, topic: str) -> None:
    """Wake the listeners of ``topic`` once this unit of work has committed; never if it fails.

    On SQLite other processes notice a commit only if it changed something.
    """
    session.info.setdefault(_TOPICS, set()).add(topic)


def noted(session: Session) -> frozenset[str]:
    """The topics that this unit of work has notified so far, for whoever commits it."""
    return frozenset(session.info.get(_TOPICS, ()))


class Listener(Protocol):
    """One party's ear. What happens between two waits is remembered, so nothing is missed."""

    async def wait(self, timeout: float | None = None) -> bool:
        """``True`` at the next wake-up, at once if it came already; ``False`` after ``timeout`` seconds."""
        ...


class Database(Protocol):
    """What this room needs of the database; `bot.db` provides it."""

    async def run(
        self, unit: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``unit(session, ...)`` in one transaction: committed on return, rolled back on error."""
        ...

    async def accept(
        self, unit: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `run`, but before all else that waits: for what is acknowledged to the outside."""
        ...

    async def read(
        self, unit: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``unit(session, ...)`` on a snapshot that it can only read, beside the writers."""
        ...

    def listen(self, *topics: str) -> AbstractAsyncContextManager[Listener]:
        """Listen to topics. Look for work inside the block, then wait: never the other way round."""
        ...
