"""An Arabic conversation is laid out from right to left, and what is Latin in it is not turned round.

Mutation: take the isolates from ``summary_order`` in complaints/texts/ar.yml, or ``dir="{{ direction }}"``
from chat.html.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.db import Database
from complaints import texts
from tests.webchat.browser import DESKTOP, PHONE, ChatPage, chromium
from tests.webchat.chat_server import ChatServer, Reply, chat_server

SCREENS = {"desktop": DESKTOP, "phone": PHONE}
SUMMARY = "\n".join(
    [
        texts.say("summary_product", "ar", value="غلاية"),
        texts.say("summary_order", "ar", value="4711-22"),
        texts.say("summary_phone", "ar", value="+966501234567"),
    ]
)
# Where a piece of a text stands, in pixels from the left.
PLACE = """(bubble, piece) => {
  const walker = document.createTreeWalker(bubble, NodeFilter.SHOW_TEXT);
  let node = walker.nextNode();
  while (!node.textContent.includes(piece)) node = walker.nextNode();
  const at = node.textContent.indexOf(piece);
  const range = document.createRange();
  range.setStart(node, at);
  range.setEnd(node, at + piece.length);
  return range.getBoundingClientRect().left;
}"""


@pytest.fixture
async def server(sqlite_url: str, tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with (
        await Database.open(sqlite_url) as database,
        chat_server(database, tmp_path / "data") as server,
    ):
        yield server


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.mark.parametrize("screen", SCREENS)
async def test_arabic_is_laid_out_from_right_to_left(
    browser: Browser, server: ChatServer, screen: str
) -> None:
    server.script = lambda _text: [Reply(SUMMARY)]
    chat = await ChatPage.open(browser, server.url, **(SCREENS[screen] | {"locale": "ar-EG"}))
    await chat.say("الغلاية وصلت مكسورة")
    await chat.see("رقم الطلب")
    mine, answer = (chat.page.locator(f"#log .{who} .bubble") for who in ("customer", "bot"))
    for text in (mine.locator("p"), answer.locator("p")):
        assert await text.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    left, right = await mine.bounding_box(), await answer.bounding_box()
    assert left and right
    assert left["x"] < right["x"] + right["width"] - left["width"]  # one's own words on the left
    words = answer.locator("p")
    assert await words.evaluate(PLACE, "4711") < await words.evaluate(PLACE, "22")
    assert await words.evaluate(PLACE, "+") < await words.evaluate(PLACE, "966501234567")
    assert await words.evaluate(PLACE, "4711") < await words.evaluate(
        PLACE, "رقم"
    )  # the label is on the right
    await expect(chat.page.locator("html")).to_have_attribute("dir", "rtl")
    assert await chat.sideways() == 0
    assert chat.troubles == []
