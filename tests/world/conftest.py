"""The trained engine and the invented shop of the documentation, in force while a test runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.db import Database
from bot.engine import RasaEngine
from complaints.world import reading, world
from complaints.world.world import World
from tests.dialogues.conftest import engine as engine  # noqa: PLC0414  (the fixtures are taken over)
from tests.dialogues.conftest import trained as trained  # noqa: PLC0414
from tests.engine.engine_process import TOKEN, Engine
from tests.world.shop import EXAMPLE, Customer, settings


@pytest.fixture
def shop() -> Iterator[World]:
    """The world of docs/world/example."""
    found = reading.read(EXAMPLE)
    with world.in_force_while(found):
        yield found


@pytest.fixture
async def customer(sqlite_url: str, shop: World, engine: Engine, tmp_path: Path) -> AsyncIterator[Customer]:
    """Somebody who writes to the shop, with the whole program and the engine behind it."""
    client = RasaEngine(str(engine.http.base_url), TOKEN)
    async with await Database.open(sqlite_url) as database:
        yield Customer(database, client, settings(tmp_path))
    await client.close()
