"""Puts the program together from its settings: which adapters there are, and who may call whom."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bot.engine import Engine, RasaEngine
from bot.review.deciding import Review
from bot.review.examples import Examples
from bot.settings import Settings
from bot.understanding import Reader
from channels import by_hand
from channels.by_hand import ByHand
from channels.channel import Channel
from channels.slack import Slack, SlackSettings
from channels.telegram import Telegram, TelegramSettings
from channels.twilio import Twilio, TwilioSettings
from channels.webchat.adapter import WebChat, WebChatSettings
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.filing.door import Filing
from handoff.filing.taking_down import FilingSettings

_WITHOUT_A_HOOK = ("webchat", by_hand.HOOK)


@dataclass(frozen=True)
class Adapters:
    """The adapters that have their settings: by the name of their hook, and by the channels they serve."""

    by_hook: Mapping[str, Channel]
    by_channel: Mapping[str, Channel]


def adapters(settings: Settings) -> Adapters:
    """One literal list of all the channels there are; one without its settings is off."""
    connected: list[Channel | None] = [
        WebChat(web_chat(settings)),
        _telegram(settings),
        _slack(settings),
        _twilio(settings),
        ByHand(),
    ]
    on = [c for c in connected if c is not None]
    return Adapters(
        by_hook={c.name: c for c in on if c.name not in _WITHOUT_A_HOOK},
        by_channel={name: c for c in on for name in c.channels},
    )


def web_chat(settings: Settings) -> WebChatSettings:
    """What the web chat needs to know."""
    return WebChatSettings(
        organisation=settings.organisation,
        secret_key=settings.secret_key.decode(),
        data_dir=settings.data_dir,
    )


def console(settings: Settings) -> ConsoleSettings:
    """What the agents' pages need to know."""
    return ConsoleSettings(
        organisation=settings.organisation,
        time_zone=ZoneInfo(settings.time_zone),
        data_dir=settings.data_dir,
        secure=settings.address.startswith("https:"),
        outside_body=settings.policy.outside_body,
        public_url=settings.address,
        secret_key=settings.secret_key,
        canned_dir=settings.canned_dir,
        targets_file=settings.targets,
        openid=settings.openid(settings.address),
    )


def filing(database: Database, engine: Engine, settings: Settings) -> Filing:
    """What takes complaints down for those who call, come or write."""
    return Filing(
        database,
        FilingSettings(settings.policy, ZoneInfo(settings.time_zone), settings.emergency_text or ""),
        settings.data_dir,
        Reader(engine, settings),
    )


def review(database: Database, settings: Settings) -> Review:
    """What trainers decide on, and where the examples are."""
    return Review(database, Examples(settings.nlu_data_dir), settings.country)


def engine(settings: Settings) -> RasaEngine:
    """The client of the dialogue engine."""
    return RasaEngine(settings.engine_url, engine_token(settings))


def engine_token(settings: Settings) -> str:
    """What the engine asks of its callers."""
    return _between_us(settings, settings.engine_token, "engine")


def actions_token(settings: Settings) -> str:
    """What the actions' endpoint asks of the engine."""
    return _between_us(settings, settings.actions_token, "actions")


def _between_us(settings: Settings, given: SecretStr | None, purpose: str) -> str:
    """A password between our own processes: the operator's or, so that none need be set, a derived one."""
    if given is not None:
        return given.get_secret_value()
    return hmac.new(settings.secret_key, purpose.encode(), hashlib.sha256).hexdigest()


def _telegram(settings: Settings) -> Channel | None:
    if settings.telegram_bot_token is None:
        return None
    return Telegram(
        TelegramSettings(
            token=settings.telegram_bot_token.get_secret_value(),
            # Without one of the operator's own the webhook still has a secret: ours.
            webhook_secret=_between_us(settings, settings.telegram_webhook_secret, "telegram"),
            api_url=settings.telegram_api_url,
            public_url=settings.public_url,
            data_dir=settings.data_dir,
        )
    )


def _slack(settings: Settings) -> Channel | None:
    if settings.slack_bot_token is None or settings.slack_signing_secret is None:
        return None
    return Slack(
        SlackSettings(
            token=settings.slack_bot_token.get_secret_value(),
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            api_url=settings.slack_api_url,
            desk_channel=settings.slack_desk_channel,
            data_dir=settings.data_dir,
        )
    )


def _twilio(settings: Settings) -> Channel | None:
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None:
        return None
    return Twilio(
        TwilioSettings(
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            sms_from=settings.twilio_sms_from,
            whatsapp_from=settings.twilio_whatsapp_from,
            messaging_service_sid=settings.twilio_messaging_service_sid,
            api_url=settings.twilio_api_url,
            public_url=settings.public_url,
        )
    )
