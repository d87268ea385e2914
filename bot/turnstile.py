"""The queue of the processes that write to one SQLite file.

SQLite lets a writer that finds the file taken sleep and look again, longer each time up to a tenth
of a second: whoever writes often comes first, and who writes now and then waits for seconds. Here
there are two locks, as at a turnstile: whoever waits for the file holds the entrance, so one that
has just written and wants to write again comes after. A third lock says that somebody urgent waits,
who goes past the entrance; whoever stands there lets them, for a while. They look often, for a
transaction takes a millisecond or two; the kernel's own waiting would be as quick, but it has no timeout.

The kernel frees the locks of a process that dies. SQLite's own lock is still what protects the
file: these only keep the order.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE = 0.0005  # seconds between two looks
_COURTESY = 0.03  # seconds for which one at the entrance lets urgent ones go first


class Turnstile:
    """For one thread of each process. The locks are files beside ``path``, the database's."""

    def __init__(self, path: Path, patience: float) -> None:
        self._paths = [path.with_name(f"{path.name}-{name}") for name in ("entrance", "urgent", "writer")]
        self._patience = patience
        self._locks: list[int] = []

    @contextmanager
    def passed(self, *, urgent: bool = False) -> Iterator[None]:
        """Inside, no other process writes. Raises `OSError`; `TimeoutError` after ``patience`` seconds."""
        if not self._locks:
            self._locks = [
                os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for path in self._paths
            ]
        entrance, haste, file = self._locks
        end = time.monotonic() + self._patience
        place = haste if urgent else entrance
        _take(place, end)
        try:
            _take(file, end, behind=None if urgent else haste)
        finally:
            fcntl.flock(place, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files. They stay: to delete one would part those who hold it from those who come."""
        while self._locks:
            os.close(self._locks.pop())


def _take(lock: int, end: float, behind: int | None = None) -> None:
    """Whoever holds ``behind`` goes first, as long as courtesy asks from when they came."""
    courteous = end
    while True:
        try:
            if behind is not None and time.monotonic() < courteous:
                fcntl.flock(behind, fcntl.LOCK_SH | fcntl.LOCK_NB)
                fcntl.flock(behind, fcntl.LOCK_UN)
        except BlockingIOError:
            courteous = min(courteous, time.monotonic() + _COURTESY)
        else:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
        if time.monotonic() > end:
            raise TimeoutError("another process writes for too long")
        time.sleep(_PAUSE)
