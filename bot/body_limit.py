"""Refuses request bodies that are too large, while they arrive, before anything reads them whole."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIMIT = 25 * 1024 * 1024
"""Bytes. Above the largest file that the web chat takes; everything else has smaller limits of its own."""


class BodyLimit:
    """An ASGI middleware: more than ``limit`` bytes are answered with 413."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        # So long a number is too large, and Python reads none of more than 4,300 digits.
        if announced.isdigit() and (len(announced) > 20 or int(announced) > self._limit):
            await PlainTextResponse("the body is too large", 413)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:  # it lied, or did not say: the reader sees a client that went away
                return {"type": "http.disconnect"}
            return message

        await self._app(scope, counted, send)
