"""The chat page in a real browser.

Mutation: put texts in with ``innerHTML`` in ``log.js``, or let ``outbox.js`` drop a message whose
request fails.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.db import Database
from channels.message import Button
from channels.transcript import Author
from tests.webchat.browser import DESKTOP, PHONE, ChatPage, chromium
from tests.webchat.chat_server import ChatServer, Reply, chat_server
from tests.webchat.test_files import PDF

HOSTILE = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script> https://x.example/\"><b>"
PNG = base64.b64decode(  # two by two pixels
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGNQmDABiBggFAAhTgUB8MrU/QAAAABJRU5ErkJggg=="
)
LONG = "a" * 300 + " " + "Ärger mit der Waschmaschine. " * 20


@pytest.fixture
async def server(sqlite_url: str, tmp_path: Path) -> AsyncIterator[ChatServer]:
    """The web chat; the browser does not care which database it has."""
    async with (
        await Database.open(sqlite_url) as database,
        chat_server(database, tmp_path / "data") as server,
    ):
        yield server


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def chat(browser: Browser, server: ChatServer) -> AsyncIterator[ChatPage]:
    """The page, as it opens on a desk; at the end nothing has gone wrong in it."""
    chat = await ChatPage.open(browser, server.url)
    yield chat
    assert chat.troubles == []


def bot(text: str) -> list[Reply]:
    """A bot that shows all there is to show."""
    match text:
        case "person":
            return [
                Reply("Anna has joined.", author=Author.SYSTEM),
                Reply("Hello, I am Anna.", author=Author.AGENT, name="Anna"),
            ]
        case "buttons":
            return [Reply("Is it RC-7K2M9P4X?", (Button("Yes", "t-yes"), Button("No, another one", "t-no")))]
        case "nothing":
            return []
        case _:
            return [Reply(f"You said: {text}")]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["1280", "390"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_everybody_can_use_it(
    browser: Browser, server: ChatServer, screen: dict[str, object], scheme: str, language: str
) -> None:
    server.script = bot
    chat = await ChatPage.open(browser, server.url, **screen, color_scheme=scheme, locale=language)
    assert await chat.sideways() == 0
    assert await chat.violations() == []
    await chat.say(LONG)
    await chat.see(LONG[:300], times=2)
    await chat.say("person")
    await chat.see("Hello, I am Anna.")
    await chat.say("buttons")
    await expect(chat.page.locator("#replies button")).to_have_count(2)
    await chat.page.set_input_files("#file", [
        {"name": "x" * 150 + ".pdf", "mimeType": "application/pdf", "buffer": PDF},
        {"name": "photo.png", "mimeType": "image/png", "buffer": PNG},
    ])  # fmt: skip
    await chat.page.locator("#menu-button").click()
    assert await chat.sideways() == 0
    assert await chat.violations() == []
    assert await chat.small_targets() == []
    await chat.page.keyboard.press("Escape")
    await chat.page.locator("#send").click()
    await expect(chat.page.locator("#log .picture img")).to_be_visible()
    assert await chat.sideways() == 0
    assert await chat.violations() == []
    assert chat.troubles == []


async def test_a_conversation(chat: ChatPage) -> None:
    await chat.say("My kettle is broken.")
    await chat.see("You said: My kettle is broken.")
    assert await chat.states() == ["Sent"]
    await expect(chat.page.locator("#starters")).to_be_hidden()


async def test_enter_sends_and_shift_enter_does_not(chat: ChatPage) -> None:
    box = chat.page.get_by_role("textbox")
    await box.press_sequentially("one")
    await box.press("Shift+Enter")
    await box.press_sequentially("two")
    await box.press("Enter")
    await chat.see("You said: one\ntwo")


async def test_a_starter_begins_the_conversation(chat: ChatPage) -> None:
    await chat.page.get_by_role("button", name="I want to talk to a person").click()
    await chat.see("You said: I want to talk to a person")


async def test_hostile_text_is_only_text(server: ChatServer, chat: ChatPage) -> None:
    server.script = lambda text: [
        Reply(text, (Button(HOSTILE, "t"),)), Reply(text, author=Author.AGENT, name=HOSTILE),
        Reply(text, author=Author.SYSTEM), Reply(text, (Button(HOSTILE, "t"),)),
    ]  # fmt: skip
    await chat.say(HOSTILE)
    await chat.see("<img src=x onerror", times=5)
    await expect(chat.page.locator("#replies button")).to_have_text(HOSTILE)
    assert await chat.page.locator("#log img, #log script, #log b, #replies img").count() == 0
    assert "stolen" not in await chat.page.title()
    links = await chat.page.locator("#log a").evaluate_all("(links) => links.map((a) => a.href)")
    assert set(links) == {"https://x.example/"}


async def test_a_button_is_pressed_once(server: ChatServer, chat: ChatPage) -> None:
    server.script = bot
    await chat.say("buttons")
    await chat.page.get_by_role("button", name="No, another one").click()
    await chat.see("You said: No, another one")
    await expect(chat.page.locator("#replies")).to_be_hidden()
    assert await chat.states() == ["Sent", "Sent"]


async def test_a_person_is_seen_to_be_one(server: ChatServer, chat: ChatPage) -> None:
    server.script = bot
    await chat.say("person")
    await expect(chat.page.locator(".agent .author")).to_have_text("AnnaPerson")
    await expect(chat.page.locator(".system")).to_have_text("Anna has joined.")


async def test_it_shows_that_an_answer_is_being_written(server: ChatServer, chat: ChatPage) -> None:
    server.script = lambda text: [Reply("Here it is.", after=0.7)]
    await chat.say("Hello")
    await expect(chat.page.locator("#typing")).to_be_visible()
    await chat.see("Here it is.")
    await expect(chat.page.locator("#typing")).to_be_hidden()


async def test_a_reload_resumes(server: ChatServer, chat: ChatPage) -> None:
    server.script = bot
    await chat.say("Hello")
    await chat.see("You said: Hello")
    await chat.say("buttons")
    await expect(chat.page.locator("#replies button")).to_have_count(2)
    await chat.page.get_by_role("textbox").fill("half a thought")
    await chat.page.reload()
    await chat.see("You said: Hello")
    await expect(chat.page.locator("#replies button")).to_have_count(2)
    await expect(chat.page.get_by_role("textbox")).to_have_value("half a thought")
    assert await chat.states() == ["Sent", "Sent"]
    await chat.say("again")
    await chat.see("You said: again")


async def test_what_is_written_offline_is_sent_later(browser: Browser, server: ChatServer) -> None:
    chat = await ChatPage.open(browser, server.url)
    await chat.say("before")
    await chat.see("You said: before")
    await chat.page.context.set_offline(offline=True)
    await expect(chat.page.locator("#banner")).to_contain_text("You are offline")
    for number in range(3):
        await chat.say(f"offline {number}")
    await expect(chat.page.locator("#log .customer")).to_have_count(4)
    await expect(chat.page.locator("#log .state").nth(1)).to_have_text("Not sent yet, trying again")
    await chat.page.context.set_offline(offline=False)
    await chat.see("You said: offline 2")
    await expect(chat.page.locator("#banner")).to_be_empty()
    own = await chat.page.locator("#log .customer .bubble").all_inner_texts()
    assert own == ["before", "offline 0", "offline 1", "offline 2"]
    assert await chat.states() == ["Sent"] * 4


async def test_what_could_not_be_sent_survives_a_reload(browser: Browser, server: ChatServer) -> None:
    chat = await ChatPage.open(browser, server.url)
    await chat.say("before")
    await chat.see("You said: before")
    await server.stop()
    await chat.say("written in between")
    await expect(chat.page.locator("#log .state").nth(1)).to_have_text(re.compile("Not sent yet"))
    await server.start()
    await chat.page.reload()
    await chat.see("You said: written in between")
    await chat.see("written in between", times=2)


async def test_it_comes_back_after_the_server_was_away(browser: Browser, server: ChatServer) -> None:
    chat = await ChatPage.open(browser, server.url)
    await chat.say("before")
    await chat.see("You said: before")
    await server.stop()
    await chat.say("during")
    await server.start()
    await chat.see("You said: during")
    await expect(chat.page.locator("#banner")).to_be_empty()


async def test_a_message_that_is_refused_says_so(server: ChatServer, chat: ChatPage) -> None:
    await chat.page.route("**/chat/messages", lambda route: route.fulfill(status=422, body="{}"))
    await chat.say("Hello")
    await expect(chat.page.locator("#log .state")).to_have_text(re.compile("^Not sent"))
    await chat.page.unroute("**/chat/messages")
    await chat.page.get_by_role("button", name="Try again").click()
    await chat.see("You said: Hello")
    assert await chat.states() == ["Sent"]
    assert [t for t in chat.troubles if "422" not in t] == []
    chat.troubles.clear()


async def test_a_flood_is_waited_out(browser: Browser, sqlite_url: str, tmp_path: Path) -> None:
    async with (
        await Database.open(sqlite_url) as database,
        chat_server(database, tmp_path, messages_per_minute=30) as server,
    ):
        chat = await ChatPage.open(browser, server.url)
        for number in range(32):
            await chat.say(f"number {number}")
        await expect(chat.page.locator("#log .customer .state").last).to_have_text("Sent", timeout=20_000)
        own = await chat.page.locator("#log .customer .bubble").all_inner_texts()
        assert own == [f"number {number}" for number in range(32)]


async def test_too_long_a_text_is_not_sent(chat: ChatPage) -> None:
    await chat.say("x" * 10_007)
    await expect(chat.page.locator("#note")).to_contain_text("7 characters too long")
    assert await chat.page.locator("#log .message").count() == 0
    await chat.say("🙂" * 10_000)
    await chat.see("🙂" * 100, times=2)


async def test_a_photo_is_previewed_sent_and_shown(chat: ChatPage) -> None:
    await chat.page.set_input_files("#file", {"name": "kitchen.png", "mimeType": "image/png", "buffer": PNG})
    await expect(chat.page.locator("#previews li")).to_contain_text("kitchen.png")
    await chat.say("Look")
    await expect(chat.page.locator("#previews")).to_be_hidden()
    picture = chat.page.get_by_role("img", name="Photo: kitchen.png")
    await expect(picture).to_be_visible()
    await chat.see("You said: Look")
    await chat.page.reload()
    await expect(picture).to_have_js_property("naturalWidth", 2)


async def test_a_preview_can_be_removed(chat: ChatPage) -> None:
    await chat.page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    await chat.page.get_by_role("button", name="Remove a.png").click()
    await expect(chat.page.locator("#previews")).to_be_hidden()


async def test_a_file_that_is_refused_says_why(chat: ChatPage) -> None:
    await chat.page.set_input_files(
        "#file", {"name": "x.png", "mimeType": "image/png", "buffer": b"MZ" + bytes(99)}
    )
    await chat.page.locator("#send").click()
    await expect(chat.page.locator("#log .state")).to_contain_text("Files of this kind cannot be sent")
    chat.troubles.clear()


async def test_starting_anew_forgets_the_conversation(chat: ChatPage) -> None:
    await chat.say("Hello")
    await chat.see("You said: Hello")
    await chat.page.get_by_role("button", name="Menu").click()
    await chat.page.get_by_role("button", name="Start a new conversation").click()
    await chat.page.get_by_role("dialog").get_by_role("button", name="Start a new conversation").click()
    await expect(chat.page.locator("#log .message")).to_have_count(0)
    await chat.page.reload()
    await chat.say("New")
    await chat.see("You said: New")
    await expect(chat.page.locator("#log .message")).to_have_count(2)


async def test_a_token_that_is_refused_begins_anew(chat: ChatPage) -> None:
    await chat.page.evaluate(
        "localStorage.setItem('recourse.session',"
        " JSON.stringify({ token: 'old', locale: 'en-GB', since: Date.now() }))"
    )
    await chat.page.reload()
    await expect(chat.page.locator("#log .system")).to_contain_text("this is a new one")
    await chat.say("Hello")
    await chat.see("You said: Hello")
    chat.troubles.clear()


async def test_nothing_is_stored_until_something_is_said(chat: ChatPage) -> None:
    assert await chat.page.evaluate("Object.keys(localStorage)") == []
    await chat.say("Hello")
    await chat.see("You said: Hello")
    assert await chat.page.evaluate("Object.keys(localStorage)") == ["recourse.session"]


async def test_two_windows_show_the_same(chat: ChatPage, server: ChatServer) -> None:
    await chat.say("Hello")
    await chat.see("You said: Hello")
    other = ChatPage(await chat.page.context.new_page())
    await other.page.goto(server.url)
    await other.see("You said: Hello")
    await other.say("from the other one")
    await chat.see("You said: from the other one")
    assert await chat.states() == ["Sent", "Sent"]


async def test_the_keyboard_is_enough(chat: ChatPage) -> None:
    assert await chat.page.evaluate("document.activeElement.id") == "text"
    await chat.page.keyboard.type("Hello")
    await chat.page.keyboard.press("Tab")
    assert await chat.page.evaluate("document.activeElement.id") == "send"
    await chat.page.keyboard.press("Enter")
    await chat.see("You said: Hello")
    assert await chat.page.evaluate("document.activeElement.id") == "text"


async def test_an_interrupted_stream_goes_on_where_it_was(browser: Browser, server: ChatServer) -> None:
    chat = await ChatPage.open(browser, server.url)
    asked: list[str] = []
    chat.page.on(
        "request", lambda r: asked.append(r.url.partition("after=")[2]) if "stream" in r.url else None
    )
    for number in range(3):
        await chat.say(f"number {number}")
        await chat.see(f"You said: number {number}")
        await chat.page.context.set_offline(offline=True)
        await chat.page.context.set_offline(offline=False)
    await chat.say("last")
    await chat.see("You said: last")
    assert await chat.page.locator("#log .message").count() == 8
    assert list(dict.fromkeys(asked)) == ["0", "2", "4", "6"]


async def test_it_asks_again_and_again_where_streams_are_held_back(chat: ChatPage) -> None:
    await chat.page.clock.install()
    await chat.page.route("**/chat/stream*", lambda route: None)
    await chat.say("Hello")
    await expect(chat.page.locator("#log .state")).to_have_text("Sent")
    assert await chat.page.locator("#log .bot").count() == 0
    await chat.page.clock.run_for(12_000)
    await chat.see("You said: Hello")
    await chat.say("again")
    await expect(chat.page.locator("#log .state").nth(1)).to_have_text("Sent")
    await chat.page.clock.run_for(4_000)
    await chat.see("You said: again")
