"""The real program in this process: its application over a real database, called without a network.

The calls go through ASGI, so that tens of thousands take a minute; parsing, routing, limits, database and
workers are the program's own.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from fastapi import FastAPI

from bot.app import create_app
from bot.db import Database
from bot.settings import Settings
from bot.wiring import Adapters, adapters
from channels.webchat import visitors
from channels.webchat.visitors import Visitor
from handoff.staff import agents
from handoff.staff.agents import Role
from tests.end_to_end.running import platforms
from tests.platforms.server import PlatformServer, Webhook
from tests.turn.desk import ScriptedEngine

T = TypeVar("T")


@dataclass(frozen=True)
class Response:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass
class Program:
    """The program, and how often it was called; ``statuses`` counts its answers."""

    app: FastAPI
    database: Database
    settings: Settings
    adapters: Adapters
    engine: ScriptedEngine
    loop: asyncio.AbstractEventLoop
    statuses: Counter[int] = field(default_factory=Counter)
    _callers: Iterator[int] = field(default_factory=itertools.count)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the program's own loop."""
        return self.loop.run_until_complete(work)

    def call(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        raw_headers: list[tuple[bytes, bytes]] | None = None,
    ) -> Response:
        """One request from an address of its own. Fails on 5xx, and on what reaches the server."""
        address = urlsplit(target)
        number = next(self._callers)
        given = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in (headers or {}).items()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(address.path),
            "raw_path": address.path.encode(),
            "query_string": address.query.encode("latin-1", "replace"),
            "root_path": "",
            "headers": [(b"host", b"example.org"), *given, *(raw_headers or [])],
            "client": (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 50_000),
            "server": ("127.0.0.1", 8080),
        }
        answer = self.do(_exchange(self.app, scope, body))
        self.statuses[answer.status] += 1
        assert answer.status < 500, (
            f"{method} {target[:200]!r} answers {answer.status}: {answer.body[:300]!r}"
        )
        assert b"Traceback" not in answer.body
        return answer

    def deliver(self, webhook: Webhook) -> Response:
        """A platform's call."""
        return self.call("POST", urlsplit(webhook.url).path, webhook.headers, webhook.body)

    def visitor(self) -> dict[str, str]:
        """The header of somebody who is new to the web chat."""
        token = visitors.issue(Visitor.new(), self.settings.secret_key.decode(), datetime.now(UTC))
        return {"authorization": f"Bearer {token}"}

    def token(self, role: Role) -> str:
        """The access token of a new person at the desk."""
        name = f"{role} {next(self._callers)}"
        return self.do(self.database.run(agents.add, name, role, datetime.now(UTC)))


async def _exchange(app: FastAPI, scope: dict[str, Any], body: bytes) -> Response:
    sent: list[dict[str, Any]] = []
    coming = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(coming, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    [start] = [m for m in sent if m["type"] == "http.response.start"]
    content = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    return Response(start["status"], start["headers"], content)


@contextmanager
def program(
    url: str, data_dir: Path, servers: Mapping[str, PlatformServer], engine: ScriptedEngine
) -> Iterator[Program]:
    """The program over the database at ``url``, in a loop that runs while it is called.

    It is asked to stop from the start: streams then end after what there is to say.
    """
    loop = asyncio.new_event_loop()
    given = platforms(servers) | {
        "RECOURSE_DATA_DIR": str(data_dir),
        "RECOURSE_SECRET_KEY": "a-key-for-fuzzing",
    }

    async def start() -> Program:
        settings = Settings(_env_file=None, **given)
        database = await Database.open(url)
        connected = adapters(settings)
        stopping = asyncio.Event()
        stopping.set()
        app = create_app(database, engine, connected, settings, stopping)
        return Program(app, database, settings, connected, engine, loop)

    async def stop(running: Program) -> None:
        for adapter in set(running.adapters.by_channel.values()):
            await adapter.close()
        await running.database.close()

    try:
        running = loop.run_until_complete(start())
        yield running
        running.do(stop(running))
    finally:
        loop.close()
