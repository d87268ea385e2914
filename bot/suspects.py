"""Messages at which the engine fell silent: it is down for everybody, or never done with this very one.

A message that hangs the engine, or kills it, must not come back for ever. So one that had no answer
in time is a suspect: it is asked again only once the engine answers its ``/status``, and no two of
them at once. If it then gets no answer again, while others get theirs, that is an attempt of this
message's own. Where everybody waits in vain, nobody is blamed.

Kept by each worker for itself: a restart forgives one silence, no more.
"""

from __future__ import annotations

import asyncio
import time

MEMORY = 3600.0
"""Seconds after which a silence is forgotten: another worker has long had that message."""


class Suspects:
    """Who was not answered, and when anybody was."""

    def __init__(self) -> None:
        self._silence: dict[int, float] = {}
        self._answer = 0.0
        self.one_by_one = asyncio.Lock()
        """Held while a suspect is asked, so that the innocent are not silenced along with the culprit."""

    def __contains__(self, message: int) -> bool:
        """Whether the engine was silent when it was last asked about this message."""
        return message in self._silence

    def answered(self, message: int) -> None:
        """The engine had an answer, be it that it failed."""
        self._silence.pop(message, None)
        self._answer = time.monotonic()

    def silent(self, message: int) -> bool:
        """The engine had none; whether that is this message's own doing."""
        now = time.monotonic()
        before = self._silence.get(message)
        self._silence = {m: at for m, at in self._silence.items() if now - at < MEMORY}
        alone = not self._silence.keys() - {message}
        self._silence[message] = now
        return before is not None and (alone or self._answer > before)
