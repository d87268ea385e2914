"""Review in the console: one page, and what its forms do. For trainers, supervisors and administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from bot.review.candidates import Candidate
from bot.review.deciding import Outcome, Review, Wish, outcome
from bot.review.record import LARGEST, BadExample, ReviewError
from complaints.complaint import Category, Severity
from handoff.console.doors import Door, in_use
from handoff.console.look import look_of
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.sign_in import cookie_of
from handoff.staff import agents
from handoff.staff.agents import NotAllowed, Person

LISTED = 20
"""Messages on the page; the next ones move up."""

_HERE = Path(__file__).parent
_SIGNS = ("corrected", "misunderstood", "intent", "severity", "category")


@dataclass(frozen=True)
class View:
    """What the console's layout needs to know."""

    person: Person
    settings: ConsoleSettings


def routes(review: Review, settings: ConsoleSettings) -> APIRouter:
    """Everything under ``/console/review``."""
    pages = _Pages(review, settings)
    router = APIRouter(
        prefix="/console/review",
        route_class=Door,
        include_in_schema=False,
        dependencies=[Depends(in_use(review.database))],
    )
    router.get("")(pages.show)
    router.post("/{message_id}/{move}")(pages.decide)
    return router


@dataclass(frozen=True)
class _Pages:
    """The page over a review."""

    review: Review
    settings: ConsoleSettings

    async def show(
        self,
        request: Request,
        language: str = "",
        done: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
        masked: bool = False,
    ) -> Response:
        """The list, and what became of the message decided last."""
        person = await self._person(request)
        told = await self.review.database.read(outcome, done) if done else None
        return await self._page(request, person, language, done=told, masked_again=masked)

    async def decide(
        self, request: Request, message_id: Annotated[int, InPath(ge=0, le=LARGEST)], move: str
    ) -> Response:
        """Do what a form asks for, then show the list as it is."""
        person = await self._person(request)
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        check_form(person, fields)
        listed = fields.get("listed", "")
        try:
            done = await self._decide(message_id, move, fields, person.name)
        except ReviewError as error:
            # With what was typed still in its boxes.
            return await self._page(
                request, person, listed, problem=str(error), status=error.status, typed=fields
            )
        told = {"done": str(done.id)} | ({"language": listed} if listed else {})
        told |= {"masked": "1"} if done.masked else {}
        return RedirectResponse(f"/console/review?{urlencode(told)}", 303, HEADERS)

    async def _decide(self, message_id: int, move: str, fields: Mapping[str, str], author: str) -> Outcome:
        now = datetime.now(UTC)
        match move:
            case "accept":
                return await self.review.accept(message_id, author, now)
            case "correct":
                return await self.review.correct(message_id, _wish(fields), author, now)
            case "discard":
                return await self.review.discard(message_id, author, now)
            case _:
                raise HTTPException(404)

    async def _person(self, request: Request) -> Person:
        person = await self.review.database.read(_who, cookie_of(request), datetime.now(UTC))
        if not person.role.trains:
            raise NotAllowed(f"the role {person.role} does not review what the assistant learns from")
        return person

    async def _page(
        self,
        request: Request,
        person: Person,
        language: str,
        *,
        problem: str = "",
        status: int = 200,
        typed: Mapping[str, str] | None = None,
        done: Outcome | None = None,
        masked_again: bool = False,
    ) -> Response:
        languages, shown, intents = list[str](), list[Candidate](), dict[str, list[str]]()
        try:
            languages = await asyncio.to_thread(self.review.examples.languages)
            shown = await self.review.listed(language if language in languages else None, LISTED)
            for code in {one.language for one in shown}:
                intents[code] = await asyncio.to_thread(self.review.examples.intents, code)
        except ReviewError as error:
            problem, status = problem or str(error), error.status
        return page(
            "review.html",
            status=status,
            look=look_of(request),
            folder=_HERE,
            view=View(person, self.settings),
            shown=shown,
            languages=languages,
            language=language,
            intents=intents,
            severities=list(Severity),
            categories=list(Category),
            signs=_SIGNS,
            problem=problem,
            typed=typed or {},
            done=done,
            masked_again=masked_again,
        )


def _who(session: Session, cookie: str, now: datetime) -> Person:
    return agents.by_session(session, cookie, now)


def _wish(fields: Mapping[str, str]) -> Wish:
    """The form's fields as a wish. Raises `BadExample`."""
    try:
        return Wish(
            intent=fields.get("intent") or None,
            severity=Severity(fields["severity"]) if fields.get("severity") else None,
            category=Category(fields["category"]) if fields.get("category") else None,
            language=fields.get("language") or None,
            text=fields.get("text", "").strip() or None,
        )
    except ValueError as error:
        raise BadExample(str(error)) from error
