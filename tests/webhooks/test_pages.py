"""Webhooks in the console: added, seen, tried again; readable on a desk and a phone, light and dark.

Mutation: leave ``who.need(Right.ADMINISTER)`` out of `handoff.console.webhooks._administrator`, or show the
secret on every load of the page.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Page

from bot.db import Database
from handoff.console import pages, webhooks
from handoff.console.settings import ConsoleSettings
from handoff.staff import agents
from handoff.staff.agents import Role
from handoff.webhooks.record import State
from tests.console.conftest import field_of
from tests.handoff.cases import complain_to, hire
from tests.handoff.serving import serving
from tests.webchat.browser import DESKTOP, PHONE, chromium
from tests.webhooks.conftest import KEY, LOOPBACK, Receiver, deliveries, endpoint, until, working
from tests.webhooks.test_delivery import _all_delivered

SCREENS = {"desktop": DESKTOP, "phone": PHONE}
_SECRET = re.compile(r'value="(whsec_[^"]+)"')


@pytest.fixture
async def address(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[str]:
    """A console with Ada, who administers, and Otto, who audits."""
    settings = ConsoleSettings("Northwind Home", ZoneInfo("Europe/London"), tmp_path, secret_key=KEY)
    app, stopping = FastAPI(), asyncio.Event()
    app.include_router(pages.routes(sqlite_database, settings, stopping))
    app.include_router(webhooks.routes(sqlite_database, settings, LOOPBACK))
    await sqlite_database.run(hire, "Ada", Role.ADMIN)
    await sqlite_database.run(hire, "Otto", Role.AUDITOR)
    async with serving(app) as address:
        yield address
        stopping.set()


@pytest.fixture
async def ada(sqlite_database: Database, address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, headers={"Accept": "text/html"}) as client:
        await sign_in(client, sqlite_database, "Ada")
        yield client


async def sign_in(client: httpx.AsyncClient, database: Database, name: str) -> None:
    code = await database.run(agents.sign_in_link, name, datetime.now(UTC))
    guard = field_of(await client.get(f"/console/sign-in?code={code}"), "guard")
    await client.post("/console/sign-in", data={"guard": guard, "code": code})


async def press(client: httpx.AsyncClient, path: str, **fields: object) -> httpx.Response:
    token = field_of(await client.get("/console/webhooks"), "csrf")
    return await client.post(f"/console/webhooks{path}", data={"csrf": token, **fields})


async def test_from_first_to_last_day(
    ada: httpx.AsyncClient, sqlite_database: Database, receiver: Receiver
) -> None:
    """Added with its secret, which is not there again; each delivery seen; sent again; rotated; removed."""
    added = await press(
        ada, "", url=receiver.url, description="CRM <b>", types=["case.received", "case.closed"]
    )
    [secret] = _SECRET.findall(added.text)
    receiver.secrets.append(secret)
    assert "whsec_" not in (await ada.get("/console/webhooks/1")).text
    assert "whsec_" not in (await ada.get("/console/webhooks")).text
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: len(receiver.got) == 1)
        await until(lambda: _all_delivered(sqlite_database))
        shown = (await ada.get("/console/webhooks/1")).text
        assert "case.received" in shown
        assert "CRM &lt;b&gt;" in shown
        assert "<strong>200</strong>" in shown
        assert receiver.got[0]["id"] in shown
        again = await press(ada, "/1/replay", delivery="1")
        assert again.headers["location"] == "/console/webhooks/1?did=replay"
        await until(lambda: len(receiver.got) == 2)
        rotated = await press(ada, "/1/rotate")
        assert _SECRET.findall(rotated.text)[0] != secret
        await press(ada, "/1/test")
        await until(lambda: len(receiver.got) == 3)  # the old secret still signs
    assert (await press(ada, "/1/replay_since", since="yesterday")).status_code == 422
    assert (await press(ada, "/1/replay_since", since="2026-03-01T08:00")).status_code == 303
    await press(ada, "/1/disable")
    assert (await sqlite_database.read(endpoint, 1)).state == State.DISABLED
    assert (await sqlite_database.read(endpoint, 1)).state_by == "agent:Ada"
    assert (await press(ada, "/1/test")).status_code == 422
    await press(ada, "/1/enable")
    await press(ada, "/1/remove")
    assert (await ada.get("/console/webhooks/1")).status_code == 404
    assert await sqlite_database.read(deliveries) == []


async def test_refused_with_what_was_typed(ada: httpx.AsyncClient) -> None:
    """A wrong address, an invented event: said above the form, which is as it was."""
    answer = await press(ada, "", url="https://192.168.1.7/", types=["case.closed"], description="Old CRM")
    assert answer.status_code == 422
    assert "RECOURSE_WEBHOOK_PRIVATE_ADDRESSES" in answer.text
    assert 'value="Old CRM"' in answer.text
    assert re.search(r'value="case.closed" checked', answer.text)
    assert (await press(ada, "", url="https://a.example.org/", types="case.invented")).status_code == 422


async def test_auditor_looks_only(
    ada: httpx.AsyncClient, address: str, sqlite_database: Database, receiver: Receiver
) -> None:
    """Whoever inspects sees endpoints and deliveries, and no button."""
    await press(ada, "", url=receiver.url)
    async with httpx.AsyncClient(base_url=address, headers={"Accept": "text/html"}) as otto:
        await sign_in(otto, sqlite_database, "Otto")
        shown = await otto.get("/console/webhooks/1")
        assert receiver.url in shown.text
        assert "/console/webhooks/1/" not in shown.text
        token = field_of(shown, "csrf")
        assert (await otto.post("/console/webhooks/1/remove", data={"csrf": token})).status_code == 403


async def test_accessible_and_fits(
    ada: httpx.AsyncClient, address: str, sqlite_database: Database, receiver: Receiver
) -> None:
    """axe finds nothing and nothing sticks out: on a desk and a phone, light and dark, in both languages."""
    await press(ada, "", url=receiver.url + "?" + "long" * 60, types=["case.received", "case.closed"])
    receiver.answer = lambda _: 500
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: len(receiver.asked) >= 1)
        await press(ada, "/1/test")
        await until(lambda: len(receiver.asked) >= 2)
    async with chromium() as browser:
        for screen, size in SCREENS.items():
            for scheme, locale in (("light", "en-GB"), ("dark", "es-ES")):
                look = size | {"color_scheme": scheme, "locale": locale}
                page = await (await browser.new_context(**look)).new_page()
                await looked_at(page, address, sqlite_database, f"{screen}-{scheme}")
                await page.context.close()


async def looked_at(page: Page, address: str, database: Database, name: str) -> None:
    """Both pages with all that folds open, one after the other."""
    troubles: list[str] = []
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    code = await database.run(agents.sign_in_link, "Ada", datetime.now(UTC))
    await page.goto(f"{address}/console/sign-in?code={code}")
    await page.locator("main button").first.click()
    await page.wait_for_url("**/console")
    for path in ("/console/webhooks", "/console/webhooks/1"):
        await page.goto(address + path)
        folded = page.locator("details:not(.drop)")
        await folded.evaluate_all("(all) => all.forEach((d) => (d.open = true))")
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await picture(page, f"{path.rpartition('/')[2]}-{name}")
    assert troubles == []


async def violations(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{v['id']}: {[n['html'] for n in v['nodes']]}" for v in found]


async def picture(page: Page, name: str) -> None:
    """For whoever wants to look: ``RECOURSE_LOOK`` names a folder."""
    if folder := os.environ.get("RECOURSE_LOOK"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)
