"""Taking a call in the console, in a real browser: the form, what to read out, the letter, the task.

Mutation: in `handoff.console.new_case._Pages._body` read the time as UTC, or leave the hidden ``id`` out of
new_case.html, or ``flex-basis`` out of new-case.css.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.app import create_app
from bot.db import Database
from bot.sending import Sender
from bot.settings import Settings
from bot.wiring import adapters
from complaints import register
from handoff.casework import by_hand
from handoff.staff import agents
from handoff.staff.agents import Role
from tests.handoff.cases import hire
from tests.handoff.serving import serving
from tests.turn.desk import ScriptedEngine, answer, work
from tests.webchat.browser import PHONE, chromium


@pytest.fixture
async def place(sqlite_url: str, tmp_path: Path) -> AsyncIterator[tuple[str, Database, Sender]]:
    settings = Settings(
        _env_file=None, RECOURSE_DATA_DIR=str(tmp_path), RECOURSE_SECRET_KEY="a-key-for-the-counter",
        RECOURSE_TIME_ZONE="America/New_York",
    )  # fmt: skip
    connected = adapters(settings)
    async with await Database.open(sqlite_url) as database:
        stopping = asyncio.Event()
        app = create_app(database, ScriptedEngine(lambda *_: answer("ok")), connected, settings, stopping)
        await database.run(hire, "Anna", Role.AGENT)
        async with serving(app) as address:
            yield address, database, Sender(database, connected.by_channel)
            stopping.set()
    for adapter in set(connected.by_channel.values()):
        await adapter.close()


async def whole(page: Page) -> None:
    """Nothing for axe to find, in either colours, and nothing sticks out at the side."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = (await Axe().run(page)).response["violations"]
        assert [f"{v['id']}: {[n['html'] for n in v['nodes']]}" for v in found] == []
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(width) == 0


async def test_a_letter_from_the_post_to_the_customer(place: tuple[str, Database, Sender]) -> None:
    """Written down on a phone, refused once and kept, filed once, posted by hand and recorded."""
    address, database, sender = place
    async with chromium() as browser:
        page = await (await browser.new_context(**PHONE, locale="en-GB")).new_page()  # type: ignore[arg-type]
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        code = await database.run(agents.sign_in_link, "Anna", datetime.now(UTC))
        await page.goto(f"{address}/console/sign-in?code={code}")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("link", name="New complaint").click()
        await whole(page)

        for kind in ("datetime-local", "file"):  # on a phone, too, one sees all of it
            missing = await page.locator(f"main [type={kind}]").evaluate(
                "(e) => { const own = e.offsetWidth; e.style.inlineSize = 'max-content'; "
                "const wanted = e.offsetWidth; e.style.inlineSize = ''; return wanted - own }"
            )
            assert missing <= 0, (kind, missing)
        await page.get_by_label("How did it come in?").select_option("letter")
        await page.get_by_label("When did it come in?").fill("2999-03-02T09:30")
        await page.get_by_label("What happened").fill("The kettle you sent leaks.")
        await page.get_by_label("Name", exact=True).fill("Maria Lopez")
        await page.get_by_label("Postal address").fill("1 Old Street\nLondon")
        await page.get_by_label("I’ll deal with it myself").check()
        await page.get_by_role("button", name="File the complaint").click()
        await expect(page.get_by_role("alert")).to_contain_text("later than now")
        await expect(page.get_by_label("What happened")).to_have_value("The kettle you sent leaks.")
        await page.get_by_label("When did it come in?").fill("2026-03-02T09:30")
        await page.get_by_role("button", name="File the complaint").dblclick()
        await expect(page.get_by_role("heading", name="Complaint filed")).to_be_visible()
        await expect(page.get_by_text("The customer has not been told yet")).to_be_visible()
        await whole(page)
        reference = await page.locator(".taken-reference").inner_text()
        letter = await page.request.get(f"{address}/console/taken/{reference.strip()}/letter")
        assert (await letter.body()).startswith(b"%PDF")

        while await work(database, "out", sender.take):
            pass
        await page.get_by_role("link", name="Go to the case").click()
        await page.locator('[data-pane-link="side"]').click()
        task = page.locator("#side .task", has_text="Post the letter")
        await expect(task).to_be_visible()
        await expect(task.get_by_role("link", name="The text as a letter (PDF)")).to_be_visible()
        await whole(page)
        await task.locator("summary").click()
        await task.get_by_label("What came of it").fill("Posted")
        await task.get_by_role("button", name="It is done").click()
        await expect(page.locator(".task-done", has_text="Post the letter")).to_be_visible()
        assert troubles == []

    [case] = await database.read(lambda session: register.newest(session, open_only=False))
    assert case.received_at == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # half past nine in New York
    assert (case.channel, case.status, case.acknowledged_at is not None) == ("letter", "investigating", True)
    assert await database.read(by_hand.message_of, 1) is not None
