"""Searching in the console: one box, and a page of what it found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.background import BackgroundTask

from complaints import register
from complaints.complaint import UnknownReference
from handoff import search
from handoff.case_file import shorten, subject
from handoff.console.doors import Door
from handoff.console.look import look_of
from handoff.console.looking import now
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.sign_in import cookie_of
from handoff.database import Database
from handoff.staff import access, agents
from handoff.staff.agents import Person

_LONGEST = 200  # characters of a question


@dataclass(frozen=True)
class Result:
    """What the page shows; ``exact`` is the case whose reference was asked for."""

    person: Person
    settings: ConsoleSettings
    lines: list[dict[str, Any]]
    after: str
    exact: str | None = None


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/search``."""
    router = APIRouter(route_class=Door)

    async def show(request: Request, q: str = "", after: str = "") -> Response:
        """What was found, the newest first; a reference leads to its case."""
        wanted = " ".join(q.replace("\0", " ").split())[:_LONGEST]
        found = await database.read(_find, cookie_of(request), wanted, after, settings, now())
        if found.exact is not None:
            return RedirectResponse(f"/console/cases/{found.exact}", 303, HEADERS)
        answer = page("search.html", look=look_of(request), view=found, found=found, wanted=wanted)
        seen = [line["reference"] for line in found.lines]
        answer.background = BackgroundTask(access.note(database, found.person, seen, "search"))
        return answer

    router.get("/search")(show)
    return router


def _find(
    session: Session, cookie: str, wanted: str, after: str, settings: ConsoleSettings, at: datetime
) -> Result:
    person = agents.by_session(session, cookie, at)
    if (reference := search.reference_in(wanted)) is not None and _exists(session, reference):
        return Result(person, settings, [], "", reference)
    found = search.find(session, search.read(wanted, settings.time_zone, at), after)
    lines = [
        {
            **case.model_dump(mode="json", include=_SHOWN),
            "subject": subject(case),
            "description": shorten(case.description),
        }
        for case in found.cases
    ]
    return Result(person, settings, lines, found.after)


_SHOWN = {"reference", "status", "severity", "language", "channel", "received_at", "name"}


def _exists(session: Session, reference: str) -> bool:
    try:
        register.find(session, reference)
    except UnknownReference:
        return False
    return True
