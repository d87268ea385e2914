"""A served console with the people at it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from bot.db import Database
from handoff.console import letters, pages
from handoff.console.settings import ConsoleSettings
from handoff.staff.agents import Role
from tests.handoff.cases import hire
from tests.handoff.serving import serving


@dataclass
class Served:
    """A console on loopback: its address, its people's access tokens, and its end."""

    database: Database
    address: str
    tokens: dict[str, str]
    data_dir: Path
    stopping: asyncio.Event
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def visitor(self) -> httpx.AsyncClient:
        """A browser without scripts, not signed in."""
        client = httpx.AsyncClient(base_url=self.address, headers={"Accept": "text/html"})
        self.clients.append(client)
        return client

    async def signed_in(self, name: str) -> httpx.AsyncClient:
        """The same, signed in as ``name``."""
        client = self.visitor()
        guard = field_of(await client.get("/console/sign-in"), "guard")
        answer = await client.post("/console/sign-in", data={"guard": guard, "token": self.tokens[name]})
        assert answer.status_code == 303, answer.text
        return client


def field_of(page: httpx.Response, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, f"no field {name} on {page.url}"
    return found[1]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: what the two databases do differently is tested below the pages, and in the streams."""
    return sqlite_url


@pytest.fixture
async def served(database: Database, tmp_path: Path) -> AsyncIterator[Served]:
    """Anna and Ben answer, Tina trains, Otto audits, Sue supervises."""
    roles = {
        "Anna": Role.AGENT,
        "Ben": Role.AGENT,
        "Tina": Role.TRAINER,
        "Otto": Role.AUDITOR,
        "Sue": Role.SUPERVISOR,
    }
    tokens = {name: await database.run(hire, name, role) for name, role in roles.items()}
    stopping = asyncio.Event()
    app = FastAPI()
    settings = ConsoleSettings(
        organisation="Northwind Home", time_zone=ZoneInfo("Europe/London"), data_dir=tmp_path / "data"
    )
    app.include_router(pages.routes(database, settings, stopping))
    app.include_router(letters.routes(database, settings))
    async with serving(app) as address:
        served = Served(database, address, tokens, settings.data_dir, stopping)
        yield served
        stopping.set()
        for client in served.clients:
            await client.aclose()
