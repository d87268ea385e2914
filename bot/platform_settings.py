"""The settings of the platforms: what each needs to receive and to send, and Twilio's templates."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

_named = AliasChoices


class PlatformOptions(BaseSettings):
    """A part of `bot.settings.Settings`. A platform without its settings is off."""

    telegram_bot_token: SecretStr | None = Field(None, validation_alias=_named("TELEGRAM_BOT_TOKEN"))
    telegram_webhook_secret: SecretStr | None = Field(
        None, validation_alias=_named("TELEGRAM_WEBHOOK_SECRET")
    )
    telegram_api_url: str = Field("https://api.telegram.org", validation_alias=_named("TELEGRAM_API_URL"))
    slack_bot_token: SecretStr | None = Field(None, validation_alias=_named("SLACK_BOT_TOKEN"))
    slack_signing_secret: SecretStr | None = Field(None, validation_alias=_named("SLACK_SIGNING_SECRET"))
    slack_api_url: str = Field("https://slack.com/api/", validation_alias=_named("SLACK_API_URL"))
    slack_desk_channel: str | None = Field(None, validation_alias=_named("SLACK_DESK_CHANNEL"))
    slack_app_token: SecretStr | None = Field(None, validation_alias=_named("SLACK_APP_TOKEN"))
    twilio_account_sid: str | None = Field(None, validation_alias=_named("TWILIO_ACCOUNT_SID"))
    twilio_auth_token: SecretStr | None = Field(None, validation_alias=_named("TWILIO_AUTH_TOKEN"))
    twilio_sms_from: str | None = Field(None, validation_alias=_named("TWILIO_SMS_FROM"))
    twilio_whatsapp_from: str | None = Field(None, validation_alias=_named("TWILIO_WHATSAPP_FROM"))
    twilio_messaging_service_sid: str | None = Field(
        None, validation_alias=_named("TWILIO_MESSAGING_SERVICE_SID")
    )
    update_template: str | None = Field(None, validation_alias=_named("RECOURSE_WHATSAPP_TEMPLATE_UPDATE"))
    follow_up_template: str | None = Field(
        None, validation_alias=_named("RECOURSE_WHATSAPP_TEMPLATE_FOLLOW_UP")
    )
    survey_template: str | None = Field(None, validation_alias=_named("RECOURSE_WHATSAPP_TEMPLATE_SURVEY"))
    twilio_api_url: str = Field("https://api.twilio.com", validation_alias=_named("TWILIO_API_URL"))

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _as_telegram_wants_it(cls, value: SecretStr | None) -> SecretStr | None:
        """Telegram refuses any other: https://core.telegram.org/bots/api#setwebhook."""
        if value is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("may hold up to 256 letters, digits, _ and - and nothing else; or remove it")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        """The two tokens are easily mistaken for each other."""
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("is no app-level token: those begin with xapp-; see Basic Information")
        return value

    @field_validator("slack_desk_channel")
    @classmethod
    def _a_channel_id(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[CG][A-Z0-9]+", value):
            raise ValueError(f"{value!r} is no channel id; they look like C024BE91L, at the end of About")
        return value

    @field_validator("update_template", "follow_up_template", "survey_template")
    @classmethod
    def _content_sids(cls, value: str | None) -> str | None:
        if value is not None:
            _templates(value)
        return value

    @model_validator(mode="after")
    def _whole_platforms(self) -> Self:
        _together(self.slack_bot_token, "SLACK_BOT_TOKEN", self.slack_signing_secret, "SLACK_SIGNING_SECRET")
        _together(self.slack_signing_secret, "SLACK_SIGNING_SECRET", self.slack_bot_token, "SLACK_BOT_TOKEN")
        _together(self.slack_desk_channel, "SLACK_DESK_CHANNEL", self.slack_bot_token, "SLACK_BOT_TOKEN")
        _together(self.slack_app_token, "SLACK_APP_TOKEN", self.slack_bot_token, "SLACK_BOT_TOKEN")
        _together(self.twilio_account_sid, "TWILIO_ACCOUNT_SID", self.twilio_auth_token, "TWILIO_AUTH_TOKEN")
        _together(self.twilio_auth_token, "TWILIO_AUTH_TOKEN", self.twilio_account_sid, "TWILIO_ACCOUNT_SID")
        return self

    @property
    def platforms(self) -> frozenset[str]:
        """The platforms that have their settings, by the names of their hooks."""
        given = {
            "telegram": self.telegram_bot_token,
            "slack": self.slack_bot_token,
            "twilio": self.twilio_account_sid,
        }
        return frozenset(name for name, value in given.items() if value is not None)

    @cached_property
    def update_templates(self) -> dict[str, str]:
        """By language, the approved templates that tell how far it is."""
        return _templates(self.update_template or "")

    @cached_property
    def follow_up_templates(self) -> dict[str, str]:
        """By language, the approved templates that ask whether an answer has solved it."""
        return _templates(self.follow_up_template or "")

    @cached_property
    def survey_templates(self) -> dict[str, str]:
        """By language, the approved templates that ask about the handling."""
        return _templates(self.survey_template or "")


def _templates(text: str) -> dict[str, str]:
    """``HX...`` for all languages, or ``en=HX..., es=HX...``. Raises ValueError."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = {language.strip(): name.strip() for language, _, name in (p.rpartition("=") for p in parts)}
    for language, name in found.items():
        if not re.fullmatch("HX[0-9a-fA-F]{32}", name) or not re.fullmatch("([a-z]{2})?", language):
            raise ValueError(f"{name!r} is no content SID; write HX..., or en=HX..., es=HX...")
    return found


def _together(given: object, name: str, needed: object, needed_name: str) -> None:
    if given is not None and needed is None:
        raise ValueError(
            f"{name} is set and {needed_name} is not: set both, or neither to switch the channel off"
        )
