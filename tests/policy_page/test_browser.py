"""The policy page in a real browser: everybody can read it, on any screen, and on paper.

Mutation: give ``main li`` in policy.css a ``min-inline-size`` of 40rem, or a link to another host's style.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Page, expect

from bot.db import Database
from bot.policy_page.routes import routes
from bot.settings import Settings
from bot.status_page.routes import routes as status_page
from bot.wiring import web_chat
from channels.webchat.routes import routes as chat
from tests.webchat.browser import DESKTOP, PHONE, chromium


@asynccontextmanager
async def server(url: str, data_dir: Path) -> AsyncIterator[str]:
    """The page, with the pages that it links to."""
    settings = Settings(
        _env_file=None, RECOURSE_DATA_DIR=str(data_dir), RECOURSE_ORGANISATION="Northwind Home",
        RECOURSE_POLICY="au_rg271", TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="t0k",
        TWILIO_SMS_FROM="+15005550006",
    )  # fmt: skip
    async with await Database.open(url) as database:
        app = FastAPI()
        app.include_router(routes(settings))
        app.include_router(status_page(database, settings))
        app.include_router(chat(database, web_chat(settings), asyncio.Event()))
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
        running = uvicorn.Server(config)
        serving = asyncio.create_task(running.serve())
        while not running.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
        finally:
            running.should_exit = True
            await serving


async def wrong_with(page: Page) -> list[str]:
    """What axe finds, and what sticks out at the side."""
    found = [
        f"{v['id']}: {[n['html'] for n in v['nodes']]}"
        for v in (await Axe().run(page)).response["violations"]
    ]
    # A phone zooms out to what sticks out: its window grows with the page, its screen does not.
    if await page.evaluate("document.documentElement.scrollWidth > screen.width"):
        found.append("sideways")
    return found


async def test_everybody_can_read_it(sqlite_url: str, tmp_path: Path) -> None:
    async with server(sqlite_url, tmp_path) as url, chromium() as browser:
        for screen, scheme, locale in (
            (PHONE, "dark", "ar"),
            (PHONE, "light", "de"),
            (DESKTOP, "light", "en-GB"),
        ):
            context = await browser.new_context(**screen, color_scheme=scheme, locale=locale, bypass_csp=True)
            page = await context.new_page()
            await page.goto(f"{url}/complaints-policy")
            assert await wrong_with(page) == [], locale
            assert await page.locator("html").get_attribute("dir") == ("rtl" if locale == "ar" else "ltr")
            await context.close()


async def test_under_its_own_policy_and_in_print(sqlite_url: str, tmp_path: Path) -> None:
    async with server(sqlite_url, tmp_path) as url, chromium() as browser:
        page = await (await browser.new_context(locale="es-MX", java_script_enabled=False)).new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on(
            "request", lambda request: None if request.url.startswith(url) else troubles.append(request.url)
        )
        answered = await page.goto(f"{url}/complaints-policy")
        assert answered is not None
        assert "default-src 'none'" in answered.headers["content-security-policy"]
        await expect(page.locator("h1")).to_have_text("Cómo reclamar y qué pasa después")
        await page.get_by_role("link", name="العربية").click()
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        await page.emulate_media(media="print")
        await expect(page.locator("footer")).to_be_hidden()
        await expect(page.locator("h1")).to_be_visible()
        assert troubles == []


async def test_the_chat_leads_there(sqlite_url: str, tmp_path: Path) -> None:
    async with server(sqlite_url, tmp_path) as url, chromium() as browser:
        page = await (await browser.new_context(locale="pl-PL")).new_page()
        await page.goto(url)
        await page.locator("#menu-button").click()
        await page.locator("#policy-link").click()
        await page.wait_for_url("**/complaints-policy?lang=pl")
        await page.get_by_role("link", name="Jak stoi moja reklamacja?").click()
        await page.wait_for_url("**/status?lang=pl")
