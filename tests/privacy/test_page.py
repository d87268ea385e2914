"""Supervisors hold, administrators erase what they have looked at, and a hold is a clear refusal.

Mutation: in `bot.privacy.pages`, let supervisors erase, or leave ``shown`` out of `_erase`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.app import create_app
from bot.audit.opening import open_audited
from bot.db import Database
from bot.settings import Settings
from bot.wiring import adapters
from handoff.staff.agents import Role
from tests.console.test_roles import signed_in
from tests.handoff.cases import hire
from tests.privacy.seeding import PHONE, seed
from tests.turn.desk import ScriptedEngine

REFERENCE = "RC-6CA5VAAG"


class Desk:
    def __init__(self, client: httpx.AsyncClient, database: Database) -> None:
        self.client, self.database = client, database

    async def enter(self, role: Role) -> None:
        token = await self.database.run(hire, f"The {role}", role)
        cookie, self.csrf = await self.database.run(signed_in, token)
        self.client.cookies.set("recourse_console", cookie)

    async def do(self, move: str, **fields: str) -> httpx.Response:
        return await self.client.post(f"/console/privacy/{move}", data={"csrf": self.csrf, **fields})


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv("RECOURSE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("RECOURSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECOURSE_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("RECOURSE_NLU_DATA_DIR", str(tmp_path / "nlu"))
    settings, stopping = Settings(_env_file=None), asyncio.Event()
    connected = adapters(settings)
    async with await open_audited(settings) as database:
        app = create_app(
            database, ScriptedEngine(lambda *_: pytest.fail("nobody wrote")), connected, settings, stopping
        )
        await database.run(seed, tmp_path, everywhere=False)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Desk(client, database)
    for adapter in set(connected.by_channel.values()):
        await adapter.close()


async def test_a_supervisor_holds_and_an_administrator_is_refused_until_it_is_released(desk: Desk) -> None:
    await desk.enter(Role.SUPERVISOR)
    assert (await desk.do("hold", whom=REFERENCE, reason="court 12/26")).status_code == 303
    assert "court 12/26" in (await desk.client.get("/console/privacy")).text
    assert (await desk.do("look", whom=REFERENCE)).status_code == 403
    assert (await desk.do("erase", whom=REFERENCE, reason="x")).status_code == 403
    await desk.enter(Role.ADMIN)
    refused = await desk.do("look", whom=REFERENCE)
    assert (refused.status_code, "Legal hold 1 forbids it" in refused.text) == (409, True)
    assert (await desk.do("release", number="1", reason="over")).status_code == 303
    assert (await desk.do("release", number="1", reason="over")).status_code == 404
    assert (await desk.do("look", whom=REFERENCE)).status_code == 200


async def test_what_was_looked_at_is_erased_and_nothing_else(desk: Desk) -> None:
    await desk.enter(Role.ADMIN)
    looked = await desk.do("look", whom=PHONE)
    assert REFERENCE in looked.text
    assert (await desk.do("erase", whom=PHONE, reason="asked", shown="another")).status_code == 400
    found = re.search(r'name="shown" value="([^"]+)"', looked.text)
    assert found is not None
    done = await desk.do("erase", whom=PHONE, reason="asked", shown=found[1])
    assert (done.status_code, "Erased, number 1" in done.text) == (200, True)
    assert (await desk.do("look", whom=PHONE)).status_code == 404
    gone = await desk.client.get(f"/console/cases/{REFERENCE}")
    assert (gone.status_code, "Xylophania" in gone.text, "wibbletext" in gone.text) == (200, False, False)
