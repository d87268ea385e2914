"""What is Telegram's own: groups, kinds of messages, files, the caption.

Mutation: in `channels.telegram_reading._is_meant`, return ``True`` — the bot then answers whatever
neighbours say to each other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.channel import DeliveryFailed, FileRefused, Rejected
from channels.message import Address, Attachment, Button, Inbound, InboundKind, Outbound
from channels.telegram import Telegram, TelegramSettings
from tests.channels.drivers import receive
from tests.platforms.telegram import BOT, SECRET, TOKEN, TelegramServer


@pytest.fixture
async def telegram(telegram_server: TelegramServer, tmp_path: Path) -> AsyncIterator[Telegram]:
    telegram = Telegram(TelegramSettings(TOKEN, SECRET, telegram_server.url, data_dir=tmp_path))
    telegram.bot_name = BOT["username"]
    yield telegram
    await telegram.close()


def read(telegram: Telegram, server: TelegramServer, kind: str, **details: Any) -> Inbound | None:
    messages = receive(telegram, server.webhook_for(kind, **details)).messages
    return messages[0] if messages else None


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("@RecourseTestBot my fridge is broken", "@RecourseTestBot"),
        ("👍 hey @recoursetestbot", "@recoursetestbot"),
        ("/complain", "/complain"),
        ("/complain@RecourseTestBot", "/complain@RecourseTestBot"),
    ],
)
def test_in_a_group_the_bot_hears_its_name(
    telegram: Telegram, telegram_server: TelegramServer, text: str, mention: str
) -> None:
    message = read(telegram, telegram_server, "group", text=text, mention=mention)
    assert message
    assert message.kind is InboundKind.PUBLIC
    assert message.address == Address("telegram", "-100123")


@pytest.mark.parametrize(
    ("text", "mention"),
    [("my fridge is broken", ""), ("@AnotherBot hello", "@AnotherBot"), ("/x@AnotherBot", "/x@AnotherBot")],
)
def test_in_a_group_it_does_not_listen_in(
    telegram: Telegram, telegram_server: TelegramServer, text: str, mention: str
) -> None:
    assert read(telegram, telegram_server, "group", text=text, mention=mention) is None


def test_before_it_knows_its_name_it_answers_to_any_bots(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    telegram.bot_name = None
    assert read(telegram, telegram_server, "group", text="@RecourseTestBot hi", mention="@RecourseTestBot")
    assert read(telegram, telegram_server, "group", text="@ana hi", mention="@ana") is None


def test_a_reply_to_the_bot_is_for_the_bot(telegram: Telegram, telegram_server: TelegramServer) -> None:
    message = read(telegram, telegram_server, "group", text="and mine?", reply_to_bot=True)
    assert message
    assert message.kind is InboundKind.PUBLIC


async def test_a_question_in_a_topic_is_answered_there(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    message = read(telegram, telegram_server, "group", text="/help", mention="/help", topic=55)
    assert message
    await telegram.send(Outbound("1", message.address, "Write to me privately"))
    assert telegram_server.sent[0].fields["message_thread_id"] == "55"


def test_an_album_is_named_in_each_of_its_parts(telegram: Telegram, telegram_server: TelegramServer) -> None:
    parts = [read(telegram, telegram_server, "photo", album="A1", text=text) for text in ("Look at this", "")]
    assert [part.album for part in parts if part] == ["A1", "A1"]
    assert parts[0]
    assert parts[0].text == "Look at this"


def test_the_largest_size_of_a_photo_counts(telegram: Telegram, telegram_server: TelegramServer) -> None:
    message = read(telegram, telegram_server, "photo", file_id="big")
    assert message
    assert [file.locator for file in message.attachments] == ["big"]


@pytest.mark.parametrize(
    ("kind", "media_type", "name"),
    [("document", "application/pdf", "invoice.pdf"), ("voice", "audio/ogg", "voice-u1")],
)
def test_files_of_all_kinds_come_along(
    telegram: Telegram, telegram_server: TelegramServer, kind: str, media_type: str, name: str
) -> None:
    message = read(telegram, telegram_server, kind)
    assert message
    (file,) = message.attachments
    assert (file.media_type, file.name) == (media_type, name)


@pytest.mark.parametrize(("kind", "text"), [("sticker", "👍"), ("location", "geo:41.4,2.2")])
def test_what_has_no_words_is_still_a_turn(
    telegram: Telegram, telegram_server: TelegramServer, kind: str, text: str
) -> None:
    message = read(telegram, telegram_server, kind)
    assert message
    assert (message.kind, message.text) == (InboundKind.UNSUPPORTED, text)


def test_a_shared_number_is_how_to_reach_them(telegram: Telegram, telegram_server: TelegramServer) -> None:
    message = read(telegram, telegram_server, "contact")
    assert message
    assert message.sender_phone == "+34600111222"
    assert "+34600111222" in message.text


@pytest.mark.parametrize("kind", ["pinned", "blocked", "channel_post"])
def test_what_nobody_wrote_to_us_is_no_turn(
    telegram: Telegram, telegram_server: TelegramServer, kind: str
) -> None:
    assert read(telegram, telegram_server, kind) is None


def test_who_writes_and_in_which_language(telegram: Telegram, telegram_server: TelegramServer) -> None:
    message = read(telegram, telegram_server, "text", text="Hola", name="Ana Ruiz")
    assert message
    assert (message.sender_name, message.locale) == ("Ana Ruiz", "es")
    assert message.sent_at
    assert message.sent_at.tzinfo


def test_an_edit_does_not_take_the_place_of_a_new_message(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    edit = read(telegram, telegram_server, "edit", message_id=5, text="Tuesday")
    assert edit
    assert (edit.order, edit.message_id, edit.revises) == (None, None, "5")


def test_without_a_secret_no_webhook_is_believed(telegram_server: TelegramServer) -> None:
    telegram = Telegram(TelegramSettings(TOKEN, "", telegram_server.url))
    webhook = telegram_server.webhook_for("text", text="Hello")
    for given in ("", SECRET):
        webhook.headers["x-telegram-bot-api-secret-token"] = given
        with pytest.raises(Rejected):
            receive(telegram, webhook)


@pytest.mark.parametrize("token", ["", "x" * 65, "ñ" * 33])
async def test_a_token_that_telegram_cannot_carry_is_refused(
    telegram: Telegram, telegram_server: TelegramServer, token: str
) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        await telegram.send(Outbound("1", Address("telegram", "7"), "Right?", (Button("Yes", token),)))
    assert failure.value.permanent
    assert telegram_server.received == []


async def test_a_file_goes_out_with_its_caption(
    telegram: Telegram, telegram_server: TelegramServer, tmp_path: Path
) -> None:
    (tmp_path / "label.txt").write_text("Return label")
    await telegram.send(Outbound("1", Address("telegram", "7"), "Your label", files=("label.txt",)))
    (sent,) = telegram_server.sent
    assert (sent.text, sent.fields["document"]) == ("Your label", b"Return label")


async def test_a_file_too_large_for_telegram_itself_is_too_large(telegram: Telegram) -> None:
    """Asked for it, Telegram only says that the request is bad. Mutation: `fetch` without its first look."""
    with pytest.raises(FileRefused, match="too_large"):
        await telegram.fetch(Attachment("large", "video/mp4", size=30_000_000), 20_000_000)


async def test_an_unknown_chat_is_gone_for_good(telegram: Telegram) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        await telegram.send(Outbound("1", Address("telegram", "404"), "Hello"))
    assert failure.value.permanent
    assert "Chat not found" in str(failure.value)


async def test_links_get_no_preview(telegram: Telegram, telegram_server: TelegramServer) -> None:
    await telegram.send(Outbound("1", Address("telegram", "7"), "See https://example.org"))
    assert "is_disabled" in telegram_server.sent[0].fields["link_preview_options"]
