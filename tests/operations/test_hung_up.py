"""Whoever hangs up in the middle of a request leaves no traceback.

Mutation: in `bot.app.create_app` leave out the handler of `ClientDisconnect`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import create_app
from bot.db import Database
from bot.settings import Settings
from bot.wiring import adapters
from tests.turn.desk import ScriptedEngine


@pytest.mark.parametrize("path", ["/chat/session", "/chat/messages", "/status", "/hooks/telegram"])
async def test_hangs_up(sqlite_url: str, tmp_path: Path, path: str) -> None:
    given: dict[str, Any] = {"RECOURSE_DATA_DIR": str(tmp_path), "RECOURSE_SECRET_KEY": "a-key-for-the-test"}
    settings = Settings(_env_file=None, **given)
    said: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": b'{"te', "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, Any]:
        return next(said, {"type": "http.disconnect"})

    async def send(_: Any) -> None:
        pass

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": "POST",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"content-type", b"application/json")], "client": ("127.0.0.1", 9),
        "server": ("desk", 80),
    }  # fmt: skip
    async with await Database.open(sqlite_url) as database:
        app = create_app(
            database,
            ScriptedEngine(lambda _said, _facts: OSError("not asked")),
            adapters(settings),
            settings,
            asyncio.Event(),
        )
        await app(scope, receive, send)
