"""Refuses addresses that no client sends, before the framework stumbles over them."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class PlainAddress:
    """An ASGI middleware: a query with bytes outside ASCII (RFC 3986, 2) is answered with 400."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and not scope["query_string"].isascii():
            await PlainTextResponse("the address holds bytes outside ASCII", 400)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
