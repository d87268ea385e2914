"""The page's templates in the visitor's language, never cached, and with nothing foreign let in."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
from babel import Locale
from fastapi import Request
from fastapi.responses import HTMLResponse

from channels.webchat.page import accepted, choose
from complaints import texts

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
EXAMPLE = "RC-7K2M9P4V"


def language_of(request: Request) -> str:
    """The language asked for by ``?lang=``, or that of the browser."""
    return choose(
        [request.query_params.get("lang", ""), *accepted(request.headers.get("accept-language", ""))]
    )


def page(template: str, language: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page."""
    text = (
        _environment()
        .get_template(template)
        .render(
            language=language,
            direction=Locale.parse(language).text_direction,
            languages={code: Locale.parse(code).get_display_name(code) for code in texts.languages()},
            example=EXAMPLE,
            t=partial(_say, language),
            **{"organisation": "", "problem": None, "reference": "", **values},
        )
    )
    return HTMLResponse(text, status, HEADERS | {"Content-Language": language})


def _say(language: str, key: str, **values: object) -> str:
    return texts.say(key, language, **values)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
