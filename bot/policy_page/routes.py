"""The page at ``/complaints-policy``: how to complain, what happens, by when, and where else to turn.

Public, in every language, printable, without script or account (ISO 10002, 4 and 7.1). What it says of
periods and dates comes from `complaints.process_facts`, as does what the assistant says of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import jinja2
from babel import Locale
from babel.units import format_unit
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse

from bot.settings import Settings
from channels.webchat.page import accepted, choose
from complaints import texts
from complaints.complaint import Remedy
from complaints.process_facts import opening, process_facts
from complaints.world import world

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}
_RENDERED = 64  # pages kept: a minute's, in every language


def routes(settings: Settings) -> APIRouter:
    """The page and its style."""
    router = APIRouter(prefix="/complaints-policy", include_in_schema=False)

    @lru_cache(maxsize=_RENDERED)
    def rendered(language: str, minute: datetime) -> str:
        return render(settings, language, minute)

    @router.get("")
    def policy(request: Request, lang: str = "") -> HTMLResponse:
        language = choose([lang, *accepted(request.headers.get("accept-language", ""))])
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        return HTMLResponse(rendered(language, minute), headers=_HEADERS | {"Content-Language": language})

    @router.get("/policy.css")
    def style() -> FileResponse:
        return FileResponse(
            _HERE / "policy.css", headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        )

    return router


def render(settings: Settings, language: str, now: datetime) -> str:
    """The whole page as it is at ``now`` (aware)."""
    return _template().render(
        address=settings.address if settings.public_url else "",
        days=settings.monitor_days,
        direction=Locale.parse(language).text_direction,
        facts=process_facts(settings.policy, language, now),
        kept=_kept(settings, language),
        language=language,
        languages={code: Locale.parse(code).get_display_name(code) for code in texts.languages()},
        opening=opening(settings.hours, language, now),
        organisation=settings.organisation,
        remedies=texts.format_list(_remedies(language), language),
        t=partial(_say, language),
        ways=_ways(settings),
    )


def _ways(settings: Settings) -> list[tuple[str, str]]:
    """The channels that have their settings: the text's key, and the address to write to."""
    every = (
        ("policy_way_webchat", "/"),
        ("policy_way_sms", settings.twilio_sms_from if settings.twilio_account_sid else None),
        ("policy_way_whatsapp", settings.twilio_whatsapp_from if settings.twilio_account_sid else None),
        ("policy_way_telegram", "" if settings.telegram_bot_token else None),
        ("policy_way_slack", "" if settings.slack_bot_token else None),
    )
    return [(key, address.removeprefix("whatsapp:")) for key, address in every if address is not None]


def _remedies(language: str) -> list[str]:
    offered = world.in_force().remedies.offered()
    return [texts.say(f"remedy_{remedy}", language) for remedy in offered if remedy is not Remedy.OTHER]


def _kept(settings: Settings, language: str) -> str:
    """How long a closed complaint is kept: "6 years"."""
    span = settings.retention.cases
    return format_unit(span.amount, f"duration-{span.unit}", "long", locale=language)


def _say(language: str, key: str, **values: object) -> str:
    return texts.say(key, language, **values)


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment: Any = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(_HERE),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found: jinja2.Template = environment.get_template("policy.html")
    return found
