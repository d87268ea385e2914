"""The chat page: rendered in the visitor's language, with everything it needs from this server only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse

_HERE = Path(__file__).parent
_WORDS = _HERE / "words"
_ASSETS = {path.name: path for path in (_HERE / "page").iterdir() if path.suffix in (".css", ".js", ".svg")}
_RIGHT_TO_LEFT = {"ar"}
_FALLBACK = "en"

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}


def page_routes(organisation: str) -> APIRouter:
    """``/`` and the page's assets."""
    router = APIRouter(include_in_schema=False)
    environment = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(_HERE / "page"))
    template = environment.get_template("chat.html")

    @router.get("/")
    def chat(request: Request, lang: str = "") -> HTMLResponse:
        language = choose([lang, *accepted(request.headers.get("accept-language", ""))])
        page = template.render(
            organisation=organisation,
            language=language,
            direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
            words=_words()[language],
            languages={code: words["language"] for code, words in _words().items()},
        )
        return HTMLResponse(page, headers=_HEADERS | {"Content-Language": language})

    @router.get("/chat/assets/{name}")
    def asset(name: str) -> FileResponse:
        if name not in _ASSETS:
            raise HTTPException(404)
        return FileResponse(
            _ASSETS[name], headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        )

    return router


def accepted(header: str) -> Iterator[str]:
    """The languages of an ``Accept-Language`` header (RFC 9110, 12.5.4), most wanted first."""
    weighted = []
    for item in header.split(","):
        tag, _, parameters = item.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        weighted.append((-weight, tag))
    for weight, tag in sorted(weighted, key=lambda pair: pair[0]):
        if weight < 0:
            yield tag


def choose(tags: list[str]) -> str:
    """The first of the wanted languages that the page speaks: ``es-MX`` is answered in ``es``."""
    known = _words()
    return next((code for tag in tags if (code := tag.lower().partition("-")[0]) in known), _FALLBACK)


@cache
def _words() -> dict[str, dict[str, Any]]:
    """The page's texts by language."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(_WORDS.glob("*.json"))}
