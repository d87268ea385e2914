"""Slack's end of Socket Mode on loopback: envelopes out, acknowledgements in."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from typing import Any, Self

from aiohttp import WSMsgType, web


class SlackSocket:
    """``async with SlackSocket() as socket: socket.url, await socket.deliver(payload)``."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.connections: list[web.WebSocketResponse] = []
        self.opened = 0
        self._numbers = itertools.count(1)
        self._something = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/link", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        server: Any = site._server
        self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/link"
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in list(self.connections):
            await connection.close()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        self.connections.append(connection)
        self.opened += 1
        self._something.set()
        await connection.send_json({"type": "hello"})
        async for message in connection:
            if message.type is WSMsgType.TEXT:
                self.acknowledged.append(message.json()["envelope_id"])
                self._something.set()
        self.connections.remove(connection)
        return connection

    async def connected(self, times: int = 1, seconds: float = 10.0) -> None:
        """Until somebody has connected so often."""
        await self._until(lambda: self.opened >= times and bool(self.connections), seconds)

    async def deliver(self, payload: dict[str, Any], *, envelope: str | None = None, retry: int = 0) -> str:
        """Send an envelope to whoever is connected; its id."""
        envelope = envelope or f"envelope-{next(self._numbers)}"
        kind = "events_api" if payload.get("type") == "event_callback" else "interactive"
        await self.connections[-1].send_json(
            {
                "type": kind,
                "envelope_id": envelope,
                "payload": payload,
                "accepts_response_payload": False,
                "retry_attempt": retry,
                "retry_reason": "timeout" if retry else "",
            }
        )
        return envelope

    async def acknowledges(self, envelope: str, seconds: float = 10.0) -> bool:
        """Whether an envelope is acknowledged in time."""
        with suppress(TimeoutError):
            await self._until(lambda: envelope in self.acknowledged, seconds)
        return envelope in self.acknowledged

    async def refresh(self) -> None:
        """Ask whoever is connected to connect anew, as Slack does every few hours."""
        await self.connections[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def _until(self, condition: Any, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._something.clear()
                await self._something.wait()
