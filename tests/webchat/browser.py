"""A real browser on the chat page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
HERE = CHROMIUM.exists()
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

expect.set_options(timeout=20_000)  # how quick an answer is, is measured elsewhere, on a machine at rest


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    if not HERE:
        pytest.skip(f"NO BROWSER, the chat page is not tested: {CHROMIUM} is missing")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        await browser.close()


class ChatPage:
    """The page as a customer uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on(
            "console", lambda message: self.troubles.append(message.text) if message.type == "error" else None
        )

    @classmethod
    async def open(cls, browser: Browser, url: str, **context: Any) -> ChatPage:
        page = await (await browser.new_context(**(DESKTOP | {"locale": "en-GB"} | context))).new_page()
        chat = cls(page)
        await page.goto(url)
        return chat

    async def say(self, text: str) -> None:
        await self.page.get_by_role("textbox").fill(text)
        await self.page.locator("#send").click()

    async def see(self, text: str, times: int = 1) -> None:
        """Wait until ``text`` is shown so many times among the messages."""
        await expect(self.page.locator("#log .bubble").filter(has_text=text)).to_have_count(times)

    async def states(self) -> list[str]:
        """What each of the customer's own messages says about itself."""
        return await self.page.locator("#log .customer .state").all_inner_texts()

    async def sideways(self) -> int:
        """By how many pixels something sticks out at the side."""
        parts = self.page.locator("html, .frame, .scroller, .composer")
        excess: int = await parts.evaluate_all(
            "(e) => Math.max(...e.map((p) => p.scrollWidth - p.clientWidth))"
        )
        return excess

    async def violations(self) -> list[str]:
        """What axe finds, serious or worse."""
        found = (await Axe().run(self.page)).response["violations"]
        return [
            f"{v['id']}: {[n['html'] for n in v['nodes']]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]

    async def small_targets(self) -> list[str]:
        """The visible controls that are smaller than 44 pixels."""
        controls = self.page.locator("button, select, textarea, input").filter(visible=True)
        found: list[str] = await controls.evaluate_all(
            "(e) => e.filter((c) => Math.min(c.offsetHeight, c.offsetWidth) < 44).map((c) => c.outerHTML)"
        )
        return found
