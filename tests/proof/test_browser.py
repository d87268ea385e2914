"""The page at ``/status`` in a real browser.

Mutation: give ``input`` in status.css a ``min-width`` of 30rem.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.db import Database
from tests.proof.asking import Office
from tests.proof.page_server import page_server
from tests.webchat.browser import DESKTOP, PHONE, chromium


async def wrong_with(page: Page) -> list[str]:
    """What axe finds, what sticks out at the side, and controls that are too small for a finger."""
    found = [
        f"{v['id']}: {[n['html'] for n in v['nodes']]}"
        for v in (await Axe().run(page)).response["violations"]
    ]
    # Not wider than the screen: a phone widens the window to what is in it.
    assert page.viewport_size is not None
    if await page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]:
        found.append("sideways")
    return found + await page.locator("button, input, a").evaluate_all(
        "(e) => e.filter((c) => c.offsetHeight < 40).map((c) => c.outerHTML)"
    )


@pytest.mark.parametrize(
    ("screen", "scheme", "locale"),
    [
        (PHONE, "dark", "ar"),
        (PHONE, "light", "de-DE"),
        (DESKTOP, "light", "en-GB"),
    ],
    ids=["phone-dark-ar", "phone-de", "desk-en"],
)
async def test_from_reference_to_status(sqlite_url: str, tmp_path: Path, screen, scheme, locale) -> None:
    """By keyboard, without script (but for axe, which is one)."""
    async with await Database.open(sqlite_url) as database, chromium() as browser:
        office = Office(database, data_dir=tmp_path, organisation="Northwind Home")
        reference = await office.case()
        async with page_server(office) as url:
            context = await browser.new_context(**screen, color_scheme=scheme, locale=locale, bypass_csp=True)
            page = await context.new_page()
            await page.goto(f"{url}/status")
            assert await wrong_with(page) == []
            await page.locator("#reference").focus()
            await page.keyboard.type("RC-7K2M9P4A")
            await page.keyboard.press("Enter")
            await expect(page.locator("#reference[aria-invalid]")).to_be_visible()
            assert await wrong_with(page) == []
            await page.locator("#reference").fill(reference)
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/status/code?*")
            assert await wrong_with(page) == []
            await office.jobs()
            await page.locator("#code").focus()
            await page.keyboard.type(await office.code())
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/status/case?*")
            await expect(page.locator("li[aria-current=step]")).to_have_count(1)
            assert await wrong_with(page) == []


async def test_without_script_and_under_its_own_policy(sqlite_url: str, tmp_path: Path) -> None:
    async with await Database.open(sqlite_url) as database, chromium() as browser:
        office = Office(database, data_dir=tmp_path)
        async with page_server(office) as url:
            page = await (await browser.new_context(java_script_enabled=False)).new_page()
            troubles: list[str] = []
            page.on("console", lambda message: troubles.append(message.text))
            await page.goto(f"{url}/status")
            await page.locator("#reference").fill(await office.case())
            await page.locator("button").click()
            await page.wait_for_url("**/status/code?*")
            await office.jobs()
            await page.locator("#code").fill(await office.code())
            await page.locator("button").click()
            await page.wait_for_url("**/status/case?*")
            assert troubles == []


async def test_the_chat_leads_there(sqlite_url: str, tmp_path: Path) -> None:
    async with await Database.open(sqlite_url) as database, chromium() as browser:
        office = Office(database, data_dir=tmp_path)
        async with page_server(office) as url:
            page = await (await browser.new_context(locale="es-ES")).new_page()
            await page.goto(url)
            await page.locator("#menu-button").click()
            await page.locator("#status-link").click()
            await page.wait_for_url("**/status?lang=es")
            await expect(page.locator("h1")).to_have_text("Cómo va su reclamación")
