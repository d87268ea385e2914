"""Dead letters in the console: one page, and what its forms do. For supervisors and administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from channels import dead_letters
from channels.dead_letters import DeadLetter, Decision, LetterDecision, UnknownLetter
from complaints import register
from handoff.console.doors import Door, in_use
from handoff.console.look import look_of
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.sign_in import cookie_of
from handoff.database import Database
from handoff.staff import agents
from handoff.staff.agents import NotAllowed, Person

LISTED = 100
"""Letters on the page; the next ones move up."""


@dataclass(frozen=True)
class Letters:
    """Everything on the page. ``cases`` has the newest case of each conversation."""

    person: Person
    settings: ConsoleSettings
    refused: list[DeadLetter]
    others: list[DeadLetter]
    cases: dict[str, str]
    decisions: list[LetterDecision]


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """Everything under ``/console/outbox``."""
    pages = _Pages(database, settings)
    router = APIRouter(
        prefix="/console/outbox",
        route_class=Door,
        include_in_schema=False,
        dependencies=[Depends(in_use(database))],
    )
    router.get("")(pages.show)
    router.post("/{letter}/{decision}")(pages.decide)
    return router


@dataclass(frozen=True)
class _Pages:
    """The page over a database."""

    database: Database
    settings: ConsoleSettings

    async def show(self, request: Request, done: str = "") -> Response:
        """The letters, and what was decided lately."""
        return await self._page(request, done=done)

    async def decide(
        self, request: Request, letter: Annotated[int, InPath(ge=1, le=2**63 - 1)], decision: str
    ) -> Response:
        """Do what a form asks for, then show the page as it is."""
        if decision not in list(Decision):
            raise HTTPException(404)
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        try:
            await self.database.run(
                _decide, cookie_of(request), fields, letter, Decision(decision), datetime.now(UTC)
            )
        except UnknownLetter as error:
            return await self._page(request, problem=str(error), status=409)
        return RedirectResponse(f"/console/outbox?done={decision}", 303, HEADERS)

    async def _page(
        self, request: Request, *, problem: str = "", status: int = 200, done: str = ""
    ) -> Response:
        view = await self.database.read(_read, cookie_of(request), self.settings, datetime.now(UTC))
        return page(
            "letters.html", status=status, look=look_of(request), view=view, problem=problem, done=done
        )


def _supervisor(session: Session, cookie: str, now: datetime) -> Person:
    who = agents.by_session(session, cookie, now)
    if not who.role.supervises:
        raise NotAllowed(f"the role {who.role} does not decide about undelivered messages")
    return who


def _decide(
    session: Session, cookie: str, fields: dict[str, str], letter: int, decision: Decision, now: datetime
) -> None:
    who = _supervisor(session, cookie, now)
    check_form(who, fields)
    dead_letters.decide(session, letter, decision, f"agent:{who.name}", now)


def _read(session: Session, cookie: str, settings: ConsoleSettings, now: datetime) -> Letters:
    who = _supervisor(session, cookie, now)
    letters = dead_letters.listed(session, limit=LISTED)
    cases = {}
    for conversation in {letter.conversation for letter in letters}:
        if found := register.of_conversation(session, conversation):
            cases[conversation] = found[0].reference
    return Letters(
        who,
        settings,
        [letter for letter in letters if letter.refused],
        [letter for letter in letters if not letter.refused],
        cases,
        dead_letters.decisions(session, 20),
    )
