"""Who in this process listens to which topic; see `channels.wakeups`."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress


class Ear:
    """A listener: remembers a wake-up until somebody waits for it."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """End the present wait, or the next."""
        self._woken.set()

    async def wait(self, timeout: float | None = None) -> bool:
        """``True`` at the next wake-up, at once if it came already; ``False`` after ``timeout`` seconds."""
        with self._waiting, suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._woken.wait()
            self._woken.clear()
            return True
        return False


class Waiting:
    """Whether anybody waits, so that a poll can rest while nobody does."""

    def __init__(self) -> None:
        self._count = 0
        self.somebody = asyncio.Event()

    def __enter__(self) -> None:
        self._count += 1
        self.somebody.set()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if self._count == 0:
            self.somebody.clear()


class Wakeups:
    """All the ears of this process. Belongs to one event loop."""

    def __init__(self) -> None:
        self.waiting = Waiting()
        self._ears: defaultdict[str, set[Ear]] = defaultdict(set)

    @contextmanager
    def listen(self, topics: Iterable[str]) -> Iterator[Ear]:
        """An ear for these topics, open until the block ends."""
        ear = Ear(self.waiting)
        for topic in topics:
            self._ears[topic].add(ear)
        try:
            yield ear
        finally:
            for topic in topics:
                self._ears[topic].remove(ear)
                if not self._ears[topic]:
                    del self._ears[topic]

    def wake(self, topics: Iterable[str]) -> None:
        """Wake everybody who listens to one of these topics."""
        for topic in topics:
            for ear in self._ears.get(topic, ()):
                ear.wake()

    def wake_all(self) -> None:
        """Wake everybody: something happened, and nobody knows what."""
        self.wake(list(self._ears))
