"""The operator's settings: read once at start from the environment and a ``.env`` file.

Whatever is wrong is found here, before anything runs, and said in one line that names the remedy.
"""

from __future__ import annotations

import os
import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

from bot.desk_settings import DeskOptions
from bot.openid_settings import OpenIdOptions
from bot.platform_settings import PlatformOptions
from complaints import presets, retention
from complaints.clocks import Policy, PolicyError, UnreadableHours
from complaints.opening_hours import OpeningHours
from complaints.retention import Retention
from complaints.world import reading
from complaints.world.problems import BadWorld
from complaints.world.world import World
from handoff.dispatch.rules import Rules
from handoff.reports import targets
from handoff.reports.errors import BadTargets
from handoff.webhooks import addresses
from handoff.webhooks.addresses import Reach

_PLACEHOLDER = re.compile(
    r"change.?me|replace|placeholder|your[-_ ]|example|x{6}|<.*>|\.\.\."
    r"|^(x+|secret|token|password|todo|test)$",
    re.IGNORECASE,
)
_SHORTEST_KEY = 16  # characters
_named = AliasChoices


class SettingsError(Exception):
    """A setting is missing or wrong. The text is one line for the operator."""


def _reason(error: ErrorDetails) -> str:
    """What a person needs to know of a validation error, without the value, which may be a secret."""
    return str(error["msg"]).removeprefix("Value error, ")


def _home(data: dict[str, Any]) -> Policy | None:
    """The preset as its file has it: whoever names one and nothing else lives where it holds."""
    try:
        return presets.load(data.get("policy_name", presets.DEFAULT))
    except PolicyError:
        return None  # said by `_usable_as_a_whole`


def _home_country(data: dict[str, Any]) -> str:
    home = _home(data)
    return home.country[:2] if home and home.country else "GB"


def _home_zone(data: dict[str, Any]) -> str:
    home = _home(data)
    return home.time_zone.key if home else "UTC"


class Settings(OpenIdOptions, PlatformOptions, DeskOptions):
    """Everything the operator can set. Names are those of the environment."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True,
                                      env_ignore_empty=True)  # fmt: skip

    data_dir: Path = Field(Path("var"), validation_alias=_named("RECOURSE_DATA_DIR"))
    database_url_given: str | None = Field(None, validation_alias=_named("RECOURSE_DATABASE_URL"))
    host: str = Field("127.0.0.1", validation_alias=_named("RECOURSE_HOST"))
    port: int = Field(8080, validation_alias=_named("RECOURSE_PORT"))
    metrics_port: int | None = Field(None, validation_alias=_named("RECOURSE_METRICS_PORT"))
    workers: int | None = Field(None, ge=1, le=64, validation_alias=_named("RECOURSE_WORKERS"))
    metrics_token: SecretStr | None = Field(None, validation_alias=_named("RECOURSE_METRICS_TOKEN"))
    trusted_proxies: str | None = Field(None, validation_alias=_named("RECOURSE_TRUSTED_PROXIES"))
    drain_seconds: float = Field(1.0, ge=0, le=300, validation_alias=_named("RECOURSE_DRAIN_SECONDS"))
    keep_days: int = Field(30, ge=8, validation_alias=_named("RECOURSE_KEEP_JOBS_DAYS"))
    public_url: str | None = Field(None, validation_alias=_named("RECOURSE_PUBLIC_URL"))
    secret_key_given: SecretStr | None = Field(None, validation_alias=_named("RECOURSE_SECRET_KEY"))

    organisation: str = Field("Recourse", validation_alias=_named("RECOURSE_ORGANISATION"))
    canned_dir: Path | None = Field(None, validation_alias=_named("RECOURSE_CANNED_DIR"))
    world_dir: Path | None = Field(None, validation_alias=_named("RECOURSE_WORLD"))
    retention_given: str = Field("", validation_alias=_named("RECOURSE_RETENTION"))
    policy_name: str = Field(presets.DEFAULT, validation_alias=_named("RECOURSE_POLICY"))
    country: str = Field(default_factory=_home_country, validation_alias=_named("RECOURSE_COUNTRY"))
    time_zone: str = Field(default_factory=_home_zone, validation_alias=_named("RECOURSE_TIME_ZONE"))
    opening_hours: str = Field("Mo-Fr 09:00-17:00; PH off", validation_alias=_named("RECOURSE_OPENING_HOURS"))
    emergency_text: str | None = Field(None, validation_alias=_named("RECOURSE_EMERGENCY_TEXT"))

    codes_per_hour: int = Field(200, ge=0, le=100_000, validation_alias=_named("RECOURSE_CODES_PER_HOUR"))

    follow_up_days: int = Field(7, ge=1, le=365, validation_alias=_named("RECOURSE_FOLLOW_UP_DAYS"))
    survey: bool = Field(default=True, validation_alias=_named("RECOURSE_SURVEY"))
    survey_hours: int = Field(2, ge=0, le=144, validation_alias=_named("RECOURSE_SURVEY_HOURS"))
    signal_alarms: float = Field(
        6, ge=0.1, le=365, validation_alias=_named("RECOURSE_SIGNAL_ALARMS_PER_YEAR")
    )

    engine_url: str = Field("http://127.0.0.1:5005", validation_alias=_named("RECOURSE_ENGINE_URL"))
    actions_host: str = Field("127.0.0.1", validation_alias=_named("RECOURSE_ACTIONS_HOST"))
    actions_port: int = Field(8081, validation_alias=_named("RECOURSE_ACTIONS_PORT"))
    engine_token: SecretStr | None = Field(None, validation_alias=_named("RECOURSE_ENGINE_TOKEN"))
    actions_token: SecretStr | None = Field(None, validation_alias=_named("RECOURSE_ACTIONS_TOKEN"))
    engine_python: Path | None = Field(None, validation_alias=_named("RECOURSE_ENGINE_PYTHON"))
    models_dir: Path = Field(Path("bot/rasa/models"), validation_alias=_named("RECOURSE_MODELS_DIR"))
    nlu_data_dir: Path = Field(
        Path(__file__).parent.parent / "nlu_data", validation_alias=_named("RECOURSE_NLU_DATA_DIR")
    )

    webhook_private: str = Field("", validation_alias=_named("RECOURSE_WEBHOOK_PRIVATE_ADDRESSES"))

    @classmethod
    def load(cls) -> Self:
        """Read and check the settings. Raises `SettingsError`."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            raise SettingsError(": ".join([*map(str, first["loc"][:1]), _reason(first)])) from error

    @field_validator("*", mode="after")
    @classmethod
    def _no_placeholder(cls, value: object) -> object:
        secret = value.get_secret_value() if isinstance(value, SecretStr) else None
        if secret is not None and _PLACEHOLDER.search(secret):
            raise ValueError("still holds a placeholder: put the real value there, or remove it")
        return value

    @field_validator("secret_key_given")
    @classmethod
    def _long_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_KEY:
            raise ValueError(
                f"is shorter than {_SHORTEST_KEY} characters: use what `openssl rand -base64 48` prints, "
                "or remove it to have one made"
            )
        return value

    @field_validator("webhook_private")
    @classmethod
    def _networks(cls, value: str) -> str:
        try:
            addresses.networks(value)
        except ValueError as error:
            raise ValueError(f"{error}; write networks as 10.0.0.0/8, 127.0.0.1") from error
        return value

    @field_validator("port", "actions_port", "metrics_port", mode="before")
    @classmethod
    def _a_port(cls, value: object) -> object:
        if value is None:
            return None
        if not str(value).isdecimal() or not 1 <= int(str(value)) <= 65535:
            raise ValueError(f"{value!r} is no port; use a number from 1 to 65535, such as 8080")
        return value

    @field_validator("data_dir")
    @classmethod
    def _writable(cls, value: Path) -> Path:
        """The folder may not be there yet; then the one that it will be made in counts."""
        there = next(folder for folder in (value.absolute(), *value.absolute().parents) if folder.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise ValueError(
                f"cannot write to {there}: make it a folder that this user may write to, or name another"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone; use a name such as Europe/Madrid") from error
        return value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if re.fullmatch("[A-Z]{2}", value) is None:
            raise ValueError(f"{value!r} is no country; use two capital letters such as GB")
        return value

    @field_validator("public_url", "engine_url", "telegram_api_url", "slack_api_url", "twilio_api_url")
    @classmethod
    def _whole_url(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"^https?://[^/\s]+", value):
            raise ValueError(f"{value!r} is no address; use one such as https://complaints.example.org")
        return value

    @model_validator(mode="after")
    def _usable_as_a_whole(self) -> Self:
        # Found wrong now, not at the first complaint.
        try:
            policy = self.policy
        except PolicyError as error:
            raise ValueError(f"RECOURSE_POLICY: {error}") from error
        self._one_place_for_each()
        try:
            self.retention  # noqa: B018
        except PolicyError as error:
            raise ValueError(f"RECOURSE_RETENTION: {error}") from error
        try:
            policy.holidays, self.hours  # noqa: B018
        except PolicyError as error:
            raise ValueError(f"RECOURSE_COUNTRY: {error}") from error
        except UnreadableHours as error:
            raise ValueError(f"RECOURSE_OPENING_HOURS: {error}; write them as Mo-Fr 09:00-17:00") from error
        try:
            targets.load(self.targets)
        except BadTargets as error:
            raise ValueError(f"RECOURSE_TARGETS: {error}") from error
        return self

    def _one_place_for_each(self) -> None:
        """What the operator's files say is said there alone. Raises ValueError."""
        try:
            world = self.world
        except BadWorld as error:
            raise ValueError(f"RECOURSE_WORLD: {error}") from error
        skills = world.skills
        for field, name, there, file in (
            ("opening_hours", "RECOURSE_OPENING_HOURS", world.opening, reading.OPENING),
            ("skill_minutes", "RECOURSE_SKILL_MINUTES", skills.skill_relaxes_after_minutes, reading.SKILLS),
            (
                "language_minutes",
                "RECOURSE_LANGUAGE_MINUTES",
                skills.language_relaxes_after_minutes,
                reading.SKILLS,
            ),
        ):
            if field in self.model_fields_set and there is not None:
                raise ValueError(
                    f"{name} is set, and {file} in RECOURSE_WORLD says it, too: remove one of them"
                )

    @cached_property
    def world(self) -> World:
        """The operator's own world; an empty one without `RECOURSE_WORLD`. Raises `BadWorld`."""
        return reading.read(self.world_dir) if self.world_dir is not None else World()

    @property
    def webhook_reach(self) -> Reach:
        """Where webhooks may go."""
        return Reach(addresses.networks(self.webhook_private))

    @property
    def database_url(self) -> str:
        """``RECOURSE_DATABASE_URL``, or SQLite in the data folder."""
        return self.database_url_given or f"sqlite:///{self.data_dir / 'recourse.db'}"

    @property
    def address(self) -> str:
        """Where people reach the program, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    def policy_page(self, language: str) -> str:
        """Where the public policy page is, in one language; nothing where nobody outside could open it."""
        return f"{self.address}/complaints-policy?lang={language}" if self.public_url else ""

    @cached_property
    def policy(self) -> Policy:
        """The deadlines, in the operator's time zone and with the holidays of their country."""
        preset = presets.load(self.policy_name)
        named = "country" in self.model_fields_set or preset.country is None
        return preset.at(time_zone=self.time_zone, country=self.country if named else None)

    @cached_property
    def retention(self) -> Retention:
        """How long what is held."""
        return retention.load(self.policy_name, self.retention_given)

    @cached_property
    def hours(self) -> OpeningHours:
        """When people are at the desk."""
        if self.world.opening is not None:
            return self.world.opening.hours(self.time_zone, self.policy.holidays)
        return OpeningHours.parse(self.opening_hours, self.time_zone, self.policy.holidays)

    @cached_property
    def desk(self) -> Rules:
        """How the desk works."""
        return self.rules(self.world.skills, self.hours, self.data_dir, self.update_templates)

    @cached_property
    def secret_key(self) -> bytes:
        """What tokens are signed with; made in the data folder at the first start."""
        if self.secret_key_given is not None:
            return self.secret_key_given.get_secret_value().encode()
        path = self.data_dir / "secret-key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_bytes()
