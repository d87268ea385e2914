"""A flood is slowed down politely, and nobody else notices.

Mutation: let `Pace.wait` count what it refuses, so that whoever keeps trying never gets through; or leave
`remove` out of `CountedStream`: a closed window counts for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from bot.db import Database
from channels.webchat.pace import Pace
from tests.webchat.chat_server import ChatServer, chat_server
from tests.webchat.visitor import Visitor


@pytest.fixture
async def strict(database: Database, tmp_path: Path) -> AsyncIterator[ChatServer]:
    """A web chat that allows seven messages a minute."""
    async with chat_server(database, tmp_path, messages_per_minute=7, requests_per_minute=30) as server:
        yield server


async def test_a_flood_is_told_to_wait(strict: ChatServer) -> None:
    async with AsyncExitStack() as stack:
        hasty = await Visitor.enter(stack, strict.url)
        calm = await Visitor.enter(stack, strict.url)
        answers = [await hasty.say(str(n), "again") for n in range(8)]
        assert [a.status_code for a in answers] == [202] * 7 + [429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 9
        assert "again" in answers[-1].json()["detail"]
        assert (await calm.say("1", "Hello")).status_code == 202


async def test_files_count_for_more(strict: ChatServer) -> None:
    async with AsyncExitStack() as stack:
        visitor = await Visitor.enter(stack, strict.url)
        assert (await visitor.send_file("1", "a.txt", b"Hello")).status_code == 202
        assert (await visitor.send_file("2", "b.txt", b"Hello")).status_code == 429


async def test_an_address_that_floods_with_new_sessions_is_told_to_wait(strict: ChatServer) -> None:
    async with httpx.AsyncClient(base_url=strict.url) as client:
        answers = [await client.post("/chat/session") for _ in range(31)]
        assert [a.status_code for a in answers] == [201] * 30 + [429]


async def test_open_streams_are_limited_and_make_room_when_they_end(
    database: Database, tmp_path: Path
) -> None:
    """By visitor and by address; another visitor of the same address has room until that is full."""
    async with (
        chat_server(database, tmp_path, streams_per_visitor=2, streams_per_address=3) as server,
        AsyncExitStack() as stack,
    ):
        greedy, calm = await Visitor.enter(stack, server.url), await Visitor.enter(stack, server.url)
        first = await _open(stack, greedy)
        assert [first.status_code, (await _open(stack, greedy)).status_code] == [200, 200]
        assert (await _open(stack, greedy)).status_code == 429
        assert (await _open(stack, calm)).status_code == 200
        assert (await _open(stack, calm)).status_code == 429  # the address is full
        await first.aclose()
        async with asyncio.timeout(10):
            while (await _open(stack, calm)).status_code != 200:  # noqa: ASYNC110  (it is another process's)
                await asyncio.sleep(0.05)  # until the server has noticed


async def _open(stack: AsyncExitStack, visitor: Visitor) -> httpx.Response:
    return await stack.enter_async_context(visitor.http.stream("GET", "/chat/stream"))


def test_who_waits_as_told_gets_through() -> None:
    pace = Pace(60)
    assert [pace.wait("a", 0.0) for _ in range(60)] == [0.0] * 60
    wait = pace.wait("a", 0.0)
    assert wait == pytest.approx(1.0)
    assert pace.wait("a", wait / 2) > 0
    assert pace.wait("a", wait) == 0


def test_those_who_are_gone_are_forgotten() -> None:
    pace = Pace(60)
    for number in range(20_000):
        pace.wait(f"visitor {number}", number / 1000)
    assert len(pace._buckets) <= 10_001
