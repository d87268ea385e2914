"""While the database is away nothing is promised, and nothing promised is lost.

Mutation: let `channels.webchat.routes._Route` answer 202 when the database is `Unavailable`.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bot.db import Database
from tests.postgres_server import PostgresServer
from tests.webchat.chat_server import chat_server
from tests.webchat.visitor import Visitor


async def test_a_message_is_refused_until_it_can_be_stored(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    async with (
        await Database.open(postgres_url) as database,
        chat_server(database, tmp_path) as server,
        AsyncExitStack() as stack,
    ):
        visitor = await Visitor.enter(stack, server.url)
        await visitor.say("1", "before")
        await visitor.wait_for(2)
        listening = asyncio.create_task(visitor.hear(99))
        await asyncio.to_thread(postgres.stop)
        try:
            said, read = await asyncio.gather(visitor.say("2", "during"), visitor.http.get("/chat/messages"))
        finally:
            await asyncio.to_thread(postgres.start)
        for answer in (said, read):
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "2"
        assert "same id" in said.json()["detail"]
        assert (await visitor.say("2", "during")).status_code == 202
        assert [m["text"] for m in await visitor.wait_for(4)] == [
            "before", "You said: before", "during", "You said: during",
        ]  # fmt: skip
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
