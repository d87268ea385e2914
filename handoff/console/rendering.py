"""Templates to pages: escaped, never cached, and with a policy that lets nothing foreign in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

from handoff.console import wording

_HERE = Path(__file__).parent

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

_FILTERS = (
    wording.label,
    wording.heading,
    wording.channel,
    wording.language,
    wording.needed,
    wording.delivery,
    wording.actor,
    wording.event,
    wording.event_details,
    wording.event_reason,
    wording.why,
    wording.exact,
    wording.clock,
    wording.day,
    wording.plain_day,
    wording.size,
)


def page(template: str, *, status: int = 200, folder: Path = _HERE, **values: Any) -> HTMLResponse:
    """A whole page. ``folder`` has templates of another room, which may extend the console's."""
    return HTMLResponse(render(template, folder=folder, **values), status, HEADERS)


def render(template: str, *, folder: Path = _HERE, **values: Any) -> str:
    """The text of a template."""
    return _environment(folder).get_template(template).render(**values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder / "templates", _HERE / "templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f.__name__: f for f in _FILTERS}
    environment.globals["money"] = wording.money
    return environment
