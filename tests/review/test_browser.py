"""Review in a real browser: on a desk and on a phone, by keyboard, with and without a script.

Mutation: give ``.doubt-said`` in console.css a ``min-inline-size`` of 30rem, or leave the label off Severity.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.db import Database
from bot.review.deciding import Review
from complaints.complaint import Category, Severity
from handoff.staff import agents
from tests.console.conftest import Served
from tests.review.conftest import Say
from tests.review.test_candidates import TORN, UNSURE, corrected, files
from tests.review.test_page import served
from tests.webchat.browser import DESKTOP, PHONE, chromium

__all__ = ["served"]

SCREENS: dict[str, dict[str, Any]] = {"desktop": DESKTOP, "phone": PHONE}
PICTURES = os.environ.get("RECOURSE_REVIEW_PICTURES")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def arrive(browser: Browser, served: Served, **context: Any) -> Page:
    page = await (await browser.new_context(**(DESKTOP | {"locale": "en-GB"} | context))).new_page()
    code = await served.database.run(agents.sign_in_link, "Tina", datetime.now(UTC))
    await page.goto(f"{served.address}/console/sign-in?code={code}&next=/console/review")
    await page.get_by_role("button", name="Sign in").click()
    await page.goto(f"{served.address}/console/review")
    await expect(page.get_by_role("heading", name="Review")).to_be_visible()
    return page


async def a_list(database: Database, say: Say) -> None:
    """One of each kind."""
    await say("is there a kettle that whistles Bach, my number is 07700 900123", *TORN)
    await say("blue or green, and why not both", *UNSURE, replied="utter_not_understood")
    await say("quiero saber una cosa de las teteras por favor", *TORN, locale="es")
    await say(f"why is {'averylongword' * 20} not on the shelf", *UNSURE)
    leak = "the kettle leaks on the lead, plainly"
    await say(leak, key="leak", products=("kettle",), commands=lambda r: files(r, leak))
    await corrected(database, "leak", "water on a live cable", Severity.CRITICAL)


@pytest.mark.parametrize("size", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_clean_and_nothing_sticks_out(
    browser: Browser, served: Served, database: Database, say: Say, size: str, scheme: str
) -> None:
    await a_list(database, say)
    page = await arrive(browser, served, **SCREENS[size], color_scheme=scheme)
    for state in ("closed", "open"):
        if state == "open":
            await page.locator("summary").first.click()
        excess = await page.locator("html, body, .bar, .review, .doubt, .doubt-said").evaluate_all(
            "(parts) => Math.max(...parts.map((e) => e.scrollWidth - e.clientWidth))"
        )
        assert excess <= 0
        found = (await Axe().run(page)).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"review-{size}-{scheme}-{state}.png", full_page=True)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_corrected_by_keyboard(
    browser: Browser, served: Served, review: Review, say: Say, script: bool
) -> None:
    """No mouse: to the fold, open it, to the boxes, choose, save."""
    await say("is there a kettle that whistles Bach", *TORN)
    page = await arrive(browser, served, java_script_enabled=script)
    await page.locator("main summary").focus()
    await page.keyboard.press("Enter")
    for label, choice in (
        ("Intent", "file_complaint"),
        ("Severity", Severity.LOW),
        ("Category", Category.DEFECT),
    ):
        box = page.locator("article").get_by_label(label)
        await page.keyboard.press("Tab")
        await expect(box).to_be_focused()
        await box.select_option(choice)
    for _ in range(3):  # language, text, the button
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Save as corrected")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="Added to")).to_contain_text("File complaint")
    assert "severity: low" in (review.examples.folder / "en/reviewed.yml").read_text(encoding="utf-8")
