"""How one agent wants the console to look: language and colours, kept in their browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response

from handoff.console.words import DEFAULT, LANGUAGES

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
_KEPT = 365 * 24 * 3600  # seconds
_LANGUAGE = "recourse_console_language"
_THEME = "recourse_console_theme"


@dataclass(frozen=True)
class Look:
    """``language`` is one of `LANGUAGES`; ``theme`` ``auto`` follows the system."""

    language: str = DEFAULT
    theme: Theme = "auto"


def look_of(request: Request) -> Look:
    """What was chosen in this browser or, where nothing was, the first language it asks for that we speak."""
    chosen = request.cookies.get(_LANGUAGE, "")
    wanted = request.cookies.get(_THEME)
    theme: Theme = "light" if wanted == "light" else "dark" if wanted == "dark" else "auto"
    return Look(chosen if chosen in LANGUAGES else _asked_for(request), theme)


def keep(response: Response, language: str, theme: str, *, secure: bool) -> None:
    """Remember a choice; what is no choice is left as it was."""
    for name, value, known in ((_LANGUAGE, language, LANGUAGES), (_THEME, theme, THEMES)):
        if value in known:
            response.set_cookie(
                name, value, max_age=_KEPT, path="/console", httponly=True, samesite="lax", secure=secure
            )


def _asked_for(request: Request) -> str:
    """The header's order is taken for its preference: browsers send it so (RFC 9110, 12.5.4)."""
    for part in request.headers.get("accept-language", "").split(","):
        code = part.partition(";")[0].strip().partition("-")[0].lower()
        if code in LANGUAGES:
            return code
    return DEFAULT
