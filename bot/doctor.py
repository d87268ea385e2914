"""``recourse doctor``: what works, what is off, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Database
from bot.engine_home import EngineMissing, engine_python
from bot.outage import DatabaseUnavailable
from bot.settings import Settings
from bot.wiring import adapters
from handoff import agents

_NEEDED = {
    "telegram": "TELEGRAM_BOT_TOKEN",
    "slack": "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET",
    "sms": "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, and TWILIO_SMS_FROM or TWILIO_MESSAGING_SERVICE_SID",
    "whatsapp": "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_FROM",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``off`` is a choice, ``broken`` is not."""

    what: str
    state: Literal["ok", "off", "broken"]
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the program needs; changes nothing."""
    return [
        _environment(),
        _model(settings),
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
        table.add_row(f"[{colour[found.state]}]{found.state}[/]", found.what, found.remedy)
    console.print(table)


def _environment() -> Finding:
    try:
        engine_python()
    except EngineMissing as error:
        return Finding("engine environment", "broken", str(error))
    return Finding("engine environment", "ok")


def _model(settings: Settings) -> Finding:
    if (settings.models_dir / "current.json").exists():
        return Finding("model", "ok")
    return Finding("model", "broken", "none is trained: run `recourse train`")


async def _database(settings: Settings) -> list[Finding]:
    try:
        async with await Database.open(settings.database_url) as database:
            people = await database.read(agents.all_agents)
    except DatabaseUnavailable as error:
        return [Finding("database", "broken", str(error))]
    except SQLAlchemyError as error:  # such as a table that this version knows and the database does not
        return [Finding("database", "broken", f"run `recourse migrate` ({type(error).__name__})")]
    found = [Finding("database", "ok")]
    if not any(person.active for person in people):
        found.append(Finding("agents", "off", "nobody can answer yet: recourse user add NAME --role agent"))
    return found


def _channels(settings: Settings) -> list[Finding]:
    on = adapters(settings).by_channel
    found = [Finding("web chat", "ok")]
    for name, needed in _NEEDED.items():
        found.append(
            Finding(name, "ok") if name in on else Finding(name, "off", f"set {needed} to connect it")
        )
    return found


def _public_url(settings: Settings) -> Finding:
    if settings.public_url:
        return Finding(f"public address {settings.public_url}", "ok")
    return Finding(
        "public address",
        "off",
        "webhooks need RECOURSE_PUBLIC_URL; without it Telegram is polled and Slack and Twilio stay silent",
    )


async def _running(settings: Settings) -> Finding:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
            answer = await client.get(f"http://127.0.0.1:{settings.port}/readyz")
    except httpx.HTTPError:
        return Finding(
            "program", "off", f"nothing answers on port {settings.port}: start it with `recourse up`"
        )
    if answer.is_success:
        return Finding("program", "ok", f"checked at {datetime.now(UTC):%H:%M} UTC")
    wrong = "; ".join(f"{k}: {v}" for k, v in answer.json().items() if v != "ready")
    return Finding("program", "broken", wrong)
