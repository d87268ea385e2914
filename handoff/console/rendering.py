"""Templates to pages: escaped, never cached, and with a policy that lets nothing foreign in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

from handoff.console.look import THEMES, Look
from handoff.console.wording import FILTERS, wording
from handoff.console.words import LANGUAGES, for_script

_HERE = Path(__file__).parent
_AS_IT_COMES = Look()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def page(
    template: str, *, status: int = 200, look: Look = _AS_IT_COMES, folder: Path = _HERE, **values: Any
) -> HTMLResponse:
    """A whole page. ``folder`` has templates of another room, which may extend the console's."""
    return HTMLResponse(render(template, look=look, folder=folder, **values), status, HEADERS)


def render(template: str, *, look: Look = _AS_IT_COMES, folder: Path = _HERE, **values: Any) -> str:
    """The text of a template, in the language of ``look``."""
    return _environment(folder, look.language).get_template(template).render(look=look, **values)


@cache
def _environment(folder: Path, language: str) -> jinja2.Environment:
    """One for each language, so that filters know theirs also in imported macros."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder / "templates", _HERE / "templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = wording(language)
    environment.filters |= {name: getattr(words, name) for name in FILTERS}
    environment.globals |= {
        "t": words.tell,
        "money": words.money,
        "script_words": for_script(language),
        "console_languages": LANGUAGES,
        "themes": THEMES,
    }
    return environment
