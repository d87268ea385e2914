"""An Arabic case in the console is read from right to left, and its numbers are not turned round.

Mutation: take ``dir="auto"`` from the ``h3`` in _queue.html, or from ``said-text`` in _log.html.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Locator

from handoff import desk
from handoff.queue import Reason
from tests.console.conftest import Served
from tests.console.test_browser import SCREENS, Agent
from tests.handoff.cases import complain_to
from tests.webchat.browser import chromium

STORY = "الغلاية وصلت مكسورة، والطلب رقم 4711-22. أريد استرداد المبلغ."


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def direction(of: Locator) -> str:
    """In which direction the browser lays it out."""
    found: str = await of.first.evaluate("(e) => getComputedStyle(e).direction")
    return found


@pytest.mark.parametrize("screen", SCREENS)
async def test_arabic_is_read_from_right_to_left(served: Served, browser: Browser, screen: str) -> None:
    now = datetime.now(UTC)
    reference = await complain_to(
        served.database, text=STORY, language="ar", reason=Reason.ASKED, channel="webchat", now=now
    )
    english = await complain_to(served.database, text="My kettle arrived broken.", now=now)
    agent = await Agent.arrive(browser, served, "Anna", **SCREENS[screen])
    page = agent.page
    row, other = page.locator(".row", has_text=reference), page.locator(".row", has_text=english)
    assert await direction(row.locator("h3")) == "rtl"
    assert await direction(other.locator("h3")) == "ltr"

    await served.database.run(desk.claim, reference, "Anna", now)
    await served.database.run(desk.reply, reference, "Anna", "نرسل لكم غلاية جديدة.", "1", now)
    await agent.open(reference)
    said = page.locator(".said-text", has_text="الغلاية وصلت")
    assert await direction(said) == "rtl"
    assert await direction(page.locator(".said-text", has_text="نرسل لكم")) == "rtl"
    assert await direction(page.locator("blockquote", has_text="الغلاية وصلت")) == "rtl"
    assert await direction(page.locator("body")) == "ltr"  # the console itself is English
    await page.get_by_label("Reply to").fill("مرحبًا")
    assert await direction(page.get_by_label("Reply to")) == "rtl"
    assert await agent.sideways() == 0
    assert agent.troubles == []
