"""However updates reach us, none is confirmed to Telegram before it is committed.

Mutation: in `channels.telegram_updates.run`, move the offset before `_take` — the update whose
commit failed never comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from channels.channel import Receipt
from channels.telegram import Telegram, TelegramSettings
from channels.telegram_updates import run
from tests.platforms.telegram import SECRET, TOKEN, TelegramServer


class Inbox:
    """Takes receipts, unless it is told to fail first."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.failures = 0

    async def accept(self, receipt: Receipt) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the database is away")
        self.texts += [message.text for message in receipt.messages]

    async def until(self, count: int) -> None:
        await until(lambda: len(self.texts) >= count)


async def until(met: Callable[[], object]) -> None:
    """Wait for something that happens in the server's thread, at most 10 s."""
    for _ in range(1000):
        if met():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it has not happened")


@asynccontextmanager
async def polling(server: TelegramServer, inbox: Inbox) -> AsyncIterator[Telegram]:
    telegram, stop = Telegram(TelegramSettings(TOKEN, api_url=server.url)), asyncio.Event()
    task = asyncio.create_task(run(telegram, inbox.accept, stop))
    try:
        yield telegram
    finally:
        stop.set()
        await asyncio.wait_for(task, 2)
        await telegram.close()


async def test_updates_are_polled_in_order_and_once(telegram_server: TelegramServer) -> None:
    inbox = Inbox()
    texts = [f"message {n}" for n in range(120)]
    telegram_server.waiting = [telegram_server.update_for("text", text=text) for text in texts[:119]]
    async with polling(telegram_server, inbox):
        await inbox.until(119)
        telegram_server.waiting.append(telegram_server.update_for("text", text=texts[119]))
        await inbox.until(120)
    assert inbox.texts == texts


async def test_the_webhook_is_taken_down_before_polling(telegram_server: TelegramServer) -> None:
    telegram_server.webhook = {"url": "https://old.example"}
    inbox = Inbox()
    telegram_server.waiting = [telegram_server.update_for("text", text="Hello")]
    async with polling(telegram_server, inbox) as telegram:
        await inbox.until(1)
        assert telegram.bot_name == "RecourseTestBot"
    methods = [call.method for call in telegram_server.received]
    assert methods.index("deleteWebhook") < methods.index("getUpdates")


async def test_what_was_not_committed_comes_again(telegram_server: TelegramServer) -> None:
    inbox = Inbox()
    inbox.failures = 2
    telegram_server.waiting = [telegram_server.update_for("text", text=text) for text in ("one", "two")]
    async with polling(telegram_server, inbox):
        await inbox.until(2)
    assert inbox.texts == ["one", "two"]


async def test_a_restart_takes_up_what_was_not_confirmed(telegram_server: TelegramServer) -> None:
    broken, sound = Inbox(), Inbox()
    broken.failures = 1_000
    telegram_server.waiting = [telegram_server.update_for("text", text="Hello")]
    async with polling(telegram_server, broken):
        await until(lambda: telegram_server.calls("getUpdates"))
    async with polling(telegram_server, sound):
        await sound.until(1)
    assert sound.texts == ["Hello"]


@pytest.mark.parametrize("status", [500, 429, 409, 401])
async def test_polling_outlives_every_trouble(telegram_server: TelegramServer, status: int) -> None:
    inbox = Inbox()
    telegram_server.fail_next(status, times=2, only="getUpdates", retry_after=1 if status == 429 else None)
    telegram_server.waiting = [telegram_server.update_for("text", text="Hello")]
    async with polling(telegram_server, inbox):
        await inbox.until(1)
    assert inbox.texts == ["Hello"]


async def test_a_start_without_telegram_is_made_up_for(telegram_server: TelegramServer) -> None:
    inbox = Inbox()
    telegram_server.fail_next(503, times=2, only="deleteWebhook")
    telegram_server.fail_next(503, only="getMe")
    telegram_server.waiting = [telegram_server.update_for("text", text="Hello")]
    async with polling(telegram_server, inbox):
        await inbox.until(1)


async def test_a_webhook_set_by_somebody_is_taken_down_again(telegram_server: TelegramServer) -> None:
    inbox = Inbox()
    async with polling(telegram_server, inbox):
        await until(lambda: telegram_server.calls("getUpdates"))
        telegram_server.webhook = {"url": "https://other.example"}
        telegram_server.waiting = [telegram_server.update_for("text", text="Hello")]
        await inbox.until(1)


async def test_an_update_beyond_understanding_holds_nobody_up(telegram_server: TelegramServer) -> None:
    inbox = Inbox()
    odd = telegram_server.update_for("text", text="x")
    odd["message"]["text"] = {"not": "a text"}
    telegram_server.waiting = [odd, telegram_server.update_for("text", text="Hello")]
    async with polling(telegram_server, inbox):
        await inbox.until(1)
    assert inbox.texts == ["Hello"]


async def test_a_button_polled_stops_spinning(telegram_server: TelegramServer) -> None:
    inbox = Inbox()
    telegram_server.waiting = [telegram_server.update_for("button", token="t:1", title="Yes")]
    async with polling(telegram_server, inbox):
        await inbox.until(1)
        await until(lambda: telegram_server.calls("answerCallbackQuery"))


async def test_polling_stops_at_once_in_the_middle_of_a_poll(telegram_server: TelegramServer) -> None:
    telegram_server.poll_limit = 30
    started = asyncio.get_running_loop().time()
    async with polling(telegram_server, Inbox()):
        await until(lambda: telegram_server.calls("getUpdates"))
    telegram_server.poll_limit = 1
    assert asyncio.get_running_loop().time() - started < 2


async def test_with_a_public_address_the_webhook_is_registered(telegram_server: TelegramServer) -> None:
    telegram_server.fail_next(502, only="setWebhook")
    settings = TelegramSettings(TOKEN, SECRET, telegram_server.url, "https://example.org/")
    telegram = Telegram(settings)
    await asyncio.wait_for(run(telegram, Inbox().accept, asyncio.Event()), 5)
    await telegram.close()
    assert telegram_server.webhook
    assert telegram_server.webhook["url"] == "https://example.org/hooks/telegram"
    assert telegram_server.webhook["secret_token"] == SECRET
    assert telegram_server.webhook["max_connections"] == "1"
    assert telegram_server.webhook["allowed_updates"] == '["message", "edited_message", "callback_query"]'
    assert telegram_server.calls("getUpdates") == []
