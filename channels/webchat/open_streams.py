"""How many event streams are open: each keeps a connection and some memory for as long as it lasts.

Counted in this process, by visitor and by network address; a stream counts until it has ended, however
it ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class OpenStreams:
    """Allows each of several keys so many open streams at once."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def are_enough(self, limits: dict[str, int]) -> bool:
        """Whether one of these keys has as many open streams as it may."""
        return any(self._open[key] >= limit for key, limit in limits.items())

    def add(self, *keys: str) -> None:
        """A stream opens."""
        self._open.update(keys)

    def remove(self, *keys: str) -> None:
        """It has ended."""
        for key in keys:
            self._open[key] -= 1
            if self._open[key] <= 0:
                del self._open[key]


class CountedStream(StreamingResponse):
    """A response of server-sent events that counts as open from now until it has ended."""

    def __init__(self, content: AsyncIterator[bytes], streams: OpenStreams, keys: tuple[str, ...]) -> None:
        super().__init__(
            content,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._streams, self._keys = streams, keys
        streams.add(*keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; when that is over, for whatever reason, make room for another."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.remove(*self._keys)
