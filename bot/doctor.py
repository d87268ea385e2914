"""``recourse doctor``: what works, what is off, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.db import Database
from bot.engine_home import EngineMissing, engine_python
from bot.models import in_service
from bot.outage import DatabaseUnavailable
from bot.privacy import cleaning
from bot.settings import Settings
from handoff.staff import agents
from handoff.webhooks import keeping

_GUIDE = "docs/connect.md says how"
_NEEDED = {
    "telegram": ("telegram", "TELEGRAM_BOT_TOKEN"),
    "slack": ("slack", "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"),
    "sms": ("twilio", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"),
    "whatsapp": ("twilio", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"),
}
"""Channel → the name of its hook, and what switches it on."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``off`` is a choice, ``broken`` is not; ``remedy`` may be a hint."""

    what: str
    state: Literal["ok", "off", "broken"]
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the program needs; changes nothing."""
    return [
        _environment(settings),
        _model(settings),
        _world(settings),
        *await _database(settings),
        *_channels(settings),
        _public_url(settings),
        await _running(settings),
    ]


def show(findings: Sequence[Finding], console: Console) -> None:
    """Print the findings as a table."""
    colour = {"ok": "green", "off": "yellow", "broken": "red"}
    table = Table(box=None, show_header=False)
    for found in findings:
        table.add_row(f"[{colour[found.state]}]{found.state}[/]", escape(found.what), escape(found.remedy))
    console.print(table)


def _environment(settings: Settings) -> Finding:
    try:
        return Finding("engine environment", "ok", str(engine_python(settings)))
    except EngineMissing as error:
        return Finding("engine environment", "broken", str(error))


def _model(settings: Settings) -> Finding:
    model = in_service(settings.models_dir)
    if model is None:
        return Finding("model", "broken", "none is in service: run `recourse train`")
    if model.digest in cleaning.to_retrain(settings.models_dir):
        return Finding(
            "model", "broken",
            f"{model.digest} has learnt from somebody who was erased: `recourse train`, `recourse promote`",
        )  # fmt: skip
    if not model.was_made_from(settings.nlu_data_dir):
        return Finding("model", "ok", f"{model.digest}; nlu_data/ has changed since: `recourse train`")
    return Finding("model", "ok", model.digest)


def _world(settings: Settings) -> Finding:
    """Wrong files stop every command, this one too, with what is wrong."""
    if settings.world_dir is None:
        return Finding("world", "off", "no files of your own: `recourse world init PATH` writes an example")
    return Finding("world", "ok", f"{settings.world_dir}: {settings.world}")


async def _database(settings: Settings) -> list[Finding]:
    if _not_made_yet(settings.database_url):
        return [Finding("database", "off", "there is none yet: `recourse up` makes it")]
    try:
        async with await Database.open(settings.database_url) as database:
            people = await database.read(agents.all_agents)
            webhooks = await database.read(keeping.figures)
    except DatabaseUnavailable as error:
        return [Finding("database", "broken", str(error))]
    except SQLAlchemyError as error:  # such as a table that this version knows and the database does not
        return [Finding("database", "broken", f"run `recourse migrate` ({type(error).__name__})")]
    found = [Finding("database", "ok")]
    if webhooks.failing:
        gone = f"{webhooks.failing} switched off, for they failed: see `recourse webhook list`"
        found.append(Finding("webhooks", "broken", gone))
    if not any(person.active for person in people):
        found.append(Finding("agents", "off", "nobody can answer yet: recourse user add NAME --role agent"))
    return found


def _not_made_yet(url: str) -> bool:
    """Whether opening the database would make a file."""
    try:
        place = make_url(url)
    except ArgumentError:
        return False
    return place.drivername == "sqlite" and bool(place.database) and not Path(str(place.database)).exists()


def _channels(settings: Settings) -> list[Finding]:
    found = [Finding("web chat", "ok", f"{settings.address}/")]
    for name, (hook, needed) in _NEEDED.items():
        if hook not in settings.platforms:
            found.append(Finding(name, "off", f"set {needed} to connect it; {_GUIDE}"))
        elif settings.public_url:
            found.append(Finding(name, "ok", f"its webhook is {settings.address}/hooks/{hook}"))
        elif hook == "telegram":
            found.append(Finding(name, "ok", "polled, as there is no public address"))
        elif hook == "slack" and settings.slack_app_token:
            found.append(Finding(name, "ok", "by Socket Mode, which needs no public address"))
        else:
            found.append(Finding(name, "broken", f"set RECOURSE_PUBLIC_URL, or no message arrives; {_GUIDE}"))
    if settings.slack_desk_channel:
        found.append(Finding("desk in Slack", "ok", f"its channel is {settings.slack_desk_channel}"))
    return found


def _public_url(settings: Settings) -> Finding:
    if settings.public_url:
        return Finding("public address", "ok", settings.address)
    return Finding("public address", "off", "set RECOURSE_PUBLIC_URL: Slack and Twilio need it, Telegram may")


async def _running(settings: Settings) -> Finding:
    port = settings.port
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/readyz")
        wrong = "; ".join(f"{name}: {state}" for name, state in answer.json().items() if state != "ready")
    except httpx.HTTPError:
        return Finding("program", "off", f"nothing answers on port {port}: start it with `recourse up`")
    except (AttributeError, ValueError):
        return Finding("program", "broken", f"something else answers on port {port}: set RECOURSE_PORT")
    if answer.is_success:
        return Finding("program", "ok", f"checked at {datetime.now(UTC):%H:%M} UTC")
    return Finding("program", "broken", wrong)
