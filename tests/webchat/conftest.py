"""A running web chat on each kind of database, and visitors who use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from bot.db import Database
from tests.webchat.chat_server import ChatServer, chat_server
from tests.webchat.visitor import Visitor


@pytest.fixture
async def chat(database: Database, tmp_path: Path) -> AsyncIterator[ChatServer]:
    """The web chat with a bot that echoes, on each kind of database in turn."""
    async with chat_server(database, tmp_path / "data") as server:
        yield server


@pytest.fixture
async def client(chat: ChatServer) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token."""
    async with httpx.AsyncClient(base_url=chat.url, timeout=10) as client:
        yield client


@pytest.fixture
async def visitor(chat: ChatServer) -> AsyncIterator[Visitor]:
    """A customer with a session."""
    async with AsyncExitStack() as stack:
        yield await Visitor.enter(stack, chat.url)


@pytest.fixture
async def stranger(chat: ChatServer) -> AsyncIterator[Visitor]:
    """Another customer with a session of their own."""
    async with AsyncExitStack() as stack:
        yield await Visitor.enter(stack, chat.url)
