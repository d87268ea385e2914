"""The agents' guide: one page in the language of whoever reads it, from ``guide/<language>.md``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlmodel import Session

from handoff.console.doors import Door
from handoff.console.improving.showing import Pages
from handoff.console.look import look_of
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.staff.agents import Person

_FOLDER = Path(__file__).with_suffix("")


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/guide``."""
    pages = Pages(database, settings)
    router = APIRouter(route_class=Door)

    async def show(request: Request) -> Response:
        text = guide(look_of(request).language)

        def unit(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
            del session, who, at
            return {"text": text}

        return await pages.show(request, "guide.html", unit)

    router.get("/guide")(show)
    return router


@cache
def guide(language: str) -> Markup:
    """The guide as HTML. What stands in it as HTML is shown as it is written, not run."""
    text = (_FOLDER / f"{language}.md").read_text(encoding="utf-8")
    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))  # noqa: S704  our own
