"""What the shared suite needs to know of each platform: one driver per channel.

A driver brings a platform's server together with the adapter that talks to it. A new channel joins
the suite by adding its driver to `DRIVERS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from channels.channel import Channel, Receipt, Request
from channels.message import Address, Button, Outbound
from channels.slack import Slack, SlackSettings
from channels.telegram import Telegram, TelegramSettings
from channels.twilio import Twilio, TwilioSettings
from tests.platforms import slack, telegram, twilio
from tests.platforms.server import PlatformServer, Webhook

PUBLIC_URL = "https://example.org"


class Driver(Protocol):
    """One channel under test. ``None`` for a kind of message says that the platform has none."""

    name: str  # the channel, as in `Address.channel`
    server: Any  # the platform's server
    send_method: str  # the API method that sends a message
    file_method: str  # the API method that hands out a file
    has_buttons: bool
    has_look_up: bool
    limit: int

    def adapter(self, *, timeout: float = 10.0, url: str | None = None, token: str | None = None) -> Channel:
        """The adapter, talking to the server, or to ``url``, with other credentials if ``token`` is given."""
        ...

    def address(self, chat: int = 1) -> Address:
        """Where customer number ``chat`` is."""
        ...

    def text(self, text: str, chat: int = 1) -> Webhook:
        """A customer's message."""
        ...

    def photo(self, content: bytes, size: int | None = None) -> Webhook:
        """A customer's photo, which lies at the platform; ``size`` is what the platform says of it."""
        ...

    def button(self, token: str, title: str) -> Webhook | None:
        """A pressed button."""
        ...

    def edit(self, message_id: str, text: str) -> Webhook | None:
        """A message that its writer has changed."""
        ...

    def public(self, text: str) -> Webhook | None:
        """Words to the bot where others read them."""
        ...

    def unknown(self) -> Webhook:
        """Something authentic that means nothing to us."""
        ...

    def forged(self, webhook: Webhook) -> Webhook:
        """The same, as somebody without the secret would send it."""
        ...

    def authentic(self, body: bytes) -> Webhook:
        """Any body at all, under a genuine signature."""
        ...


def receive(adapter: Channel, webhook: Webhook) -> Receipt:
    """What the adapter makes of a webhook."""
    return adapter.receive(Request(webhook.body, webhook.headers, webhook.url))


def outbound(
    driver: Driver, text: str, *buttons: tuple[str, str], chat: int = 1, message_id: str = "1", **parts: Any
) -> Outbound:
    """A message to a customer, with buttons as (title, token)."""
    made = tuple(Button(title, token) for title, token in buttons)
    return Outbound(message_id, driver.address(chat), text, made, **parts)


@dataclass
class TelegramDriver:
    server: telegram.TelegramServer
    name: str = "telegram"
    send_method: str = "sendMessage"
    file_method: str = "file"
    has_buttons: bool = True
    has_look_up: bool = False
    limit: int = 4096

    def adapter(self, *, timeout: float = 10.0, url: str | None = None, token: str | None = None) -> Channel:
        return Telegram(
            TelegramSettings(
                token or telegram.TOKEN, telegram.SECRET, url or self.server.url, PUBLIC_URL, timeout=timeout
            )
        )

    def address(self, chat: int = 1) -> Address:
        return Address("telegram", str(7000 + chat))

    def text(self, text: str, chat: int = 1) -> Webhook:
        return self.server.webhook_for("text", text=text, chat=str(7000 + chat))

    def photo(self, content: bytes, size: int | None = None) -> Webhook:
        file = self.server.keep_file(content)
        return self.server.webhook_for("photo", file_id=file, size=size or len(content), chat="7001")

    def button(self, token: str, title: str) -> Webhook | None:
        return self.server.webhook_for("button", token=token, title=title, chat="7001")

    def edit(self, message_id: str, text: str) -> Webhook | None:
        return self.server.webhook_for("edit", message_id=int(message_id), text=text, chat="7001")

    def public(self, text: str) -> Webhook | None:
        words = f"@{telegram.BOT['username']} {text}"
        return self.server.webhook_for("group", text=words, mention=f"@{telegram.BOT['username']}")

    def unknown(self) -> Webhook:
        return self.server.webhook_for("blocked")

    def forged(self, webhook: Webhook) -> Webhook:
        return replace(webhook, headers=webhook.headers | {"x-telegram-bot-api-secret-token": "guessed"})

    def authentic(self, body: bytes) -> Webhook:
        return replace(self.server.webhook_for("text", text="x"), body=body)


@dataclass
class SlackDriver:
    server: slack.SlackServer
    name: str = "slack"
    send_method: str = "chat.postMessage"
    file_method: str = "file"
    has_buttons: bool = True
    has_look_up: bool = True
    limit: int = 3000

    def adapter(self, *, timeout: float = 10.0, url: str | None = None, token: str | None = None) -> Channel:
        api = f"{url}/api/" if url else self.server.api_url
        return Slack(
            SlackSettings(token or slack.TOKEN, slack.SIGNING_SECRET, api, "C0DESK", timeout=timeout)
        )

    def address(self, chat: int = 1) -> Address:
        return Address("slack", f"{slack.TEAM}:D{chat:04d}", {"channel": f"D{chat:04d}"})

    def text(self, text: str, chat: int = 1) -> Webhook:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return self.server.webhook_for("text", text=escaped, chat=f"D{chat:04d}")

    def photo(self, content: bytes, size: int | None = None) -> Webhook:
        url = self.server.keep_file(content)
        return self.server.webhook_for("photo", url=url, size=size or len(content))

    def button(self, token: str, title: str) -> Webhook | None:
        return self.server.webhook_for("button", token=token, title=title)

    def edit(self, message_id: str, text: str) -> Webhook | None:
        return self.server.webhook_for("edit", message_id=message_id, text=text)

    def public(self, text: str) -> Webhook | None:
        return self.server.webhook_for("mention", text=f"<@{slack.BOT_USER}> {text}")

    def unknown(self) -> Webhook:
        return self.server.webhook_for("join")

    def forged(self, webhook: Webhook) -> Webhook:
        return replace(webhook, body=webhook.body + b" ")

    def authentic(self, body: bytes) -> Webhook:
        return slack.signed(body)


@dataclass
class TwilioDriver:
    server: twilio.TwilioServer
    name: str = "sms"
    send_method: str = "create"
    file_method: str = "file"
    has_buttons: bool = False
    has_look_up: bool = True
    limit: int = 1600
    settings: dict[str, Any] = field(default_factory=dict)

    def adapter(self, *, timeout: float = 10.0, url: str | None = None, token: str | None = None) -> Channel:
        settings = TwilioSettings(
            twilio.ACCOUNT,
            token or twilio.AUTH_TOKEN,
            sms_from=twilio.SMS_FROM,
            whatsapp_from=twilio.WHATSAPP_FROM,
            api_url=url or self.server.url,
            public_url=PUBLIC_URL,
            timeout=timeout,
        )
        return Twilio(replace(settings, **self.settings))

    def address(self, chat: int = 1) -> Address:
        ours = twilio.SMS_FROM if self.name == "sms" else twilio.WHATSAPP_FROM
        return Address(self.name, f"+3460011{chat:04d}", {"from": ours})

    def text(self, text: str, chat: int = 1) -> Webhook:
        return self.webhook("text", text=text, chat=f"+3460011{chat:04d}")

    def photo(self, content: bytes, size: int | None = None) -> Webhook:
        return self.webhook("photo", url=self.server.keep_file(content), chat="+34600110001")

    def button(self, token: str, title: str) -> Webhook | None:
        return self.webhook("button", token=token, title=title) if self.name == "whatsapp" else None

    def edit(self, message_id: str, text: str) -> Webhook | None:
        return None

    def public(self, text: str) -> Webhook | None:
        return None

    def unknown(self) -> Webhook:
        return self.webhook("call")

    def forged(self, webhook: Webhook) -> Webhook:
        return replace(webhook, body=webhook.body + b"&Body=I+am+someone+else")

    def authentic(self, body: bytes) -> Webhook:
        return twilio.signed(body)

    def webhook(self, kind: str, **details: Any) -> Webhook:
        return self.server.webhook_for(kind, channel=self.name, **details)


SERVERS: dict[str, type[PlatformServer]] = {
    "telegram": telegram.TelegramServer,
    "slack": slack.SlackServer,
    "twilio": twilio.TwilioServer,
}
DRIVERS = {
    "telegram": lambda servers: TelegramDriver(servers["telegram"]),
    "slack": lambda servers: SlackDriver(servers["slack"]),
    "sms": lambda servers: TwilioDriver(servers["twilio"], "sms"),
    "whatsapp": lambda servers: TwilioDriver(servers["twilio"], "whatsapp"),
}
