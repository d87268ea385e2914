"""Telegram: complaints in private chats with the bot, by webhook or long polling.

Built on python-telegram-bot's `Bot` and update types. What an update means is
`channels.telegram_reading`; how updates reach us (registering the webhook, or polling) is
`channels.telegram_updates`.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from channels.channel import DeliveryFailed, FileRefused, Receipt, Rejected, Request
from channels.checking import checked
from channels.download import download
from channels.message import Attachment, Outbound
from channels.splitting import fits
from channels.telegram_reading import read

API_URL = "https://api.telegram.org"
_TOKEN_BYTES = 64  # callback_data: https://core.telegram.org/bots/api#inlinekeyboardbutton
_CAPTION = 1024
_MISCONFIGURED_PAUSE = 60.0  # seconds until a token that was refused is tried again

# Times come as `timedelta`, which the library makes its only form in the next major version.
os.environ.setdefault("PTB_TIMEDELTA", "true")

log = structlog.get_logger()


@dataclass(frozen=True)
class TelegramSettings:
    """``TELEGRAM_*``. Without ``public_url`` the bot polls; ``webhook_secret`` is then not needed.

    ``data_dir`` is where the paths of files to be sent begin; ``timeout`` is in seconds.
    """

    token: str
    webhook_secret: str = ""
    api_url: str = API_URL
    public_url: str | None = None
    data_dir: Path = Path("var")
    timeout: float = 10.0


class Telegram:
    """The adapter; see `channels.channel.Channel`."""

    name = "telegram"
    channels = ("telegram",)
    reachable_later = True

    def __init__(self, settings: TelegramSettings) -> None:
        # The one logs every address it calls, and Telegram's hold the bot's token; the other quotes
        # updates that it cannot read. What goes wrong is raised as well.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
        self.settings = settings
        self.bot_name: str | None = None  # known once `channels.telegram_updates` has asked
        bot_id = settings.token.partition(":")[0]
        self._bot_id = int(bot_id) if bot_id.isdecimal() else None
        self._http = httpx.AsyncClient()
        self._requests = [
            _Request(
                connection_pool_size=size,
                connect_timeout=min(5.0, settings.timeout),
                read_timeout=settings.timeout,
                write_timeout=settings.timeout,
                pool_timeout=settings.timeout,
            )
            for size in (1, 32)  # the poller's connection, and everybody else's
        ]
        api = settings.api_url.rstrip("/")
        self.bot = Bot(
            settings.token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )

    def receive(self, request: Request) -> Receipt:
        """Check the secret that ``setWebhook`` agreed on, and read the update."""
        secret = self.settings.webhook_secret
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not secret or not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
            raise Rejected("wrong secret token")
        try:
            update = Update.de_json(json.loads(request.body))
        except Exception as error:  # what the library raises on other shapes is not specified
            raise Rejected("not an update", HTTPStatus.BAD_REQUEST) from error
        return self.read(update)

    def read(self, update: Update) -> Receipt:
        """What an update means to us: nothing, for most of their kinds. Raises `Rejected`."""
        try:
            message = read(update, self._bot_id, self.bot_name)
            messages = (checked(message),) if message else ()
        except Exception as error:
            raise Rejected("not an update that Telegram sends", HTTPStatus.BAD_REQUEST) from error
        query = update.callback_query
        return Receipt(messages=messages, then=self._end_spinner(str(query.id)) if query else None)

    def _end_spinner(self, query: str) -> Callable[[], Awaitable[None]]:
        async def answer() -> None:
            try:
                await self.bot.answer_callback_query(query)
            except TelegramError as error:
                log.info("button press not answered", channel=self.name, error=type(error).__name__)

        return answer

    async def send(self, message: Outbound) -> str:
        """Send one message, or one file with the text as its caption."""
        _check(message)
        try:
            sent = await (self._send_file(message) if message.files else self._send_text(message))
        except TelegramError as error:
            raise failure(error) from error
        except (KeyError, TypeError, ValueError) as error:  # taken, but the answer is no message
            raise DeliveryFailed("Telegram's answer cannot be read", outcome_unknown=True) from error
        return str(sent.message_id)

    async def _send_text(self, message: Outbound) -> Message:
        rows = [[InlineKeyboardButton(b.title, callback_data=b.token)] for b in message.buttons]
        return await self.bot.send_message(
            message.address.key,
            message.text,
            message_thread_id=_topic(message),
            reply_markup=InlineKeyboardMarkup(rows) if rows else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def _send_file(self, message: Outbound) -> Message:
        path = self.settings.data_dir / message.files[0]
        return await self.bot.send_document(
            message.address.key,
            path,
            caption=message.text or None,
            filename=path.name,
            message_thread_id=_topic(message),
        )

    async def find(self, message: Outbound) -> str | None:
        """Telegram gives bots no history to look into: ask only whether it is there again.

        The one repeat that is allowed would be wasted on a platform that still fails.
        """
        try:
            await self.bot.get_me()
        except TelegramError as error:
            raise failure(error) from error
        raise DeliveryFailed(f"no look-up for message {message.id} at Telegram", permanent=True)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Ask where the file lies just now (links last an hour) and load it."""
        if (attachment.size or 0) > limit:  # asked for such a one, Telegram only calls the request bad
            raise FileRefused("too_large")
        try:
            file = await self.bot.get_file(attachment.locator)
        except TelegramError as error:
            raise failure(error) from error
        if file.file_path is None or (file.file_size or 0) > limit:
            raise FileRefused("too_large")
        content, _ = await download(self._http, file.file_path, limit)
        return content

    async def close(self) -> None:
        """Close the connections, the library's included."""
        await self._http.aclose()
        for request in self._requests:
            await request.shutdown()


def _check(message: Outbound) -> None:
    """Refuse what Telegram would refuse, or accept and never show."""
    too_long = len(message.text) > _CAPTION if message.files else not fits("telegram", message.text)
    if too_long:
        raise DeliveryFailed("the text is too long for one message", permanent=True)
    if len(message.files) > 1:
        raise DeliveryFailed("one message carries one file", permanent=True)
    if any(not 0 < len(b.token.encode()) <= _TOKEN_BYTES for b in message.buttons):
        raise DeliveryFailed(f"a button's token is longer than {_TOKEN_BYTES} bytes", permanent=True)


def _topic(message: Outbound) -> int | None:
    topic = message.address.route.get("topic")
    return int(topic) if topic else None


def failure(error: TelegramError) -> DeliveryFailed:
    """What a library error means for the message: gone for good, later, or perhaps delivered."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return DeliveryFailed("Telegram asks us to slow down", retry_after=seconds)
    if isinstance(error, InvalidToken):
        return DeliveryFailed("Telegram refuses our token", retry_after=_MISCONFIGURED_PAUSE)
    if isinstance(error, Forbidden | BadRequest | ChatMigrated):
        return DeliveryFailed(f"Telegram refuses: {error.message}", permanent=True)
    # What remains is a connection that failed, an answer of 5xx, or none that could be read.
    never_left = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    unknown = not (never_left or isinstance(error, _NotTaken))
    return DeliveryFailed(f"Telegram fails: {type(error).__name__}", outcome_unknown=unknown)


class _NotTaken(NetworkError):
    """503: by RFC 9110, 15.6.4, the request was not handled.

    Where a platform can be asked, we do not rely on it. Telegram cannot, and after two unknown outcomes
    its customer would wait for a person.
    """


class _Request(HTTPXRequest):
    """The library's own, but for 503: its errors do not name the status."""

    async def do_request(self, *arguments: Any, **named: Any) -> tuple[int, bytes]:
        status, body = await super().do_request(*arguments, **named)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise _NotTaken("Service Unavailable")
        return status, body
