"""The supervisors' page: who has what, how long customers wait, and one answer for many.

What an agent says of being there (`/presence`) is here too: it is what the page shows of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from channels import transcript
from complaints import register
from complaints.reference import read_all
from handoff.case_file import queue_lines, subject
from handoff.casework import bulk
from handoff.casework.bulk import Outcome
from handoff.console import problems
from handoff.console.doors import Door
from handoff.console.look import look_of
from handoff.console.looking import NOTHING, now
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.sign_in import cookie_of
from handoff.database import Database
from handoff.dispatch import presence
from handoff.dispatch.overview import Overview, overview
from handoff.dispatch.presence import Presence
from handoff.improvement import reading
from handoff.queue import BadInput, State
from handoff.refusals import REFUSALS, status_of
from handoff.staff import agents
from handoff.staff.agents import Agent, NotAllowed, Person, SignInRefused
from handoff.staff.roles import Right, Role
from handoff.telling import language_of

LISTED = 100
"""Held cases on the page, the most urgent first."""


@dataclass(frozen=True)
class Team:
    """Everything on the page. ``many`` are the cases chosen to be answered together."""

    person: Person
    settings: ConsoleSettings
    now: datetime
    standing: Overview
    held: list[dict[str, Any]]
    colleagues: list[str]
    many: list[dict[str, Any]]
    languages: list[str]
    typed: Mapping[str, str]
    request_id: str
    actions: reading.Standing


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/team`` and ``/presence``."""
    pages = _Pages(database, settings)
    router = APIRouter(route_class=Door)
    router.get("/team")(pages.show)
    router.post("/team/many")(pages.many)
    router.post("/presence")(pages.presence)
    return router


@dataclass(frozen=True)
class _Pages:
    """The page over a database."""

    database: Database
    settings: ConsoleSettings

    async def show(self, request: Request, agent: str = "") -> Response:
        """The team; with ``agent``, what they hold."""
        return await self._page(request, NOTHING, agent=agent)

    async def many(self, request: Request) -> Response:
        """Show who would be answered or, if that was seen and agreed to, answer them."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        if fields.get("send") != "yes":
            return await self._page(request, fields)
        try:
            done = await self._answer(cookie_of(request), fields)
        except SignInRefused:
            raise
        except REFUSALS as error:
            said = problems.said(error, look_of(request).language)
            return await self._page(request, fields, problem=said, status=status_of(error))
        return await self._page(request, NOTHING, done=done)

    async def presence(self, request: Request) -> Response:
        """Somebody says whether cases may be offered to them."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        await self.database.run(_set_presence, cookie_of(request), fields, now())
        came = request.headers.get("referer", "").partition("/console")[2].partition("#")[0]
        return RedirectResponse(f"/console{came}", 303, HEADERS)

    async def _answer(self, cookie: str, fields: Mapping[str, str]) -> Outcome:
        """In pieces, so that other writers are not kept waiting; a repeated request tells nobody twice."""
        references, done = _references(fields), Outcome()
        if not references:
            raise BadInput("name the cases by their references")
        for start in range(0, len(references), bulk.MOST):
            piece = references[start : start + bulk.MOST]
            done += await self.database.run(_answer_piece, cookie, fields, piece, now())
        return done

    async def _page(
        self,
        request: Request,
        typed: Mapping[str, str],
        *,
        agent: str = "",
        problem: str = "",
        status: int = 200,
        done: Outcome | None = None,
    ) -> Response:
        try:
            team = await self.database.read(_read, cookie_of(request), self.settings, typed, agent, now())
        except BadInput as error:
            problem, status = problems.said(error, look_of(request).language), 422
            team = await self.database.read(_read, cookie_of(request), self.settings, NOTHING, agent, now())
        return page(
            "team.html",
            status=status,
            look=look_of(request),
            view=team,
            agent=agent,
            problem=problem,
            done=done,
        )


def _supervisor(session: Session, cookie: str, at: datetime) -> Person:
    who = agents.by_session(session, cookie, at)
    if not who.role.may(Right.SUPERVISE):
        raise NotAllowed(f"the role {who.role} does not lead the desk")
    return who


def _read(
    session: Session,
    cookie: str,
    settings: ConsoleSettings,
    typed: Mapping[str, str],
    agent: str,
    at: datetime,
) -> Team:
    who = _supervisor(session, cookie, at)
    answering = {role for role in Role if role.answers}
    accounts: list[Agent] = agents.all_agents(session)
    many = _chosen(session, typed)
    return Team(
        person=who,
        settings=settings,
        now=at,
        standing=overview(session, at),
        held=queue_lines(session, State.HELD, LISTED, agent=agent or None, now=at),
        colleagues=[a.name for a in accounts if a.active and Role(a.role) in answering],
        many=many,
        languages=sorted({line["language"] for line in many}),
        typed=typed,
        request_id=typed.get("id") or secrets.token_urlsafe(12),
        actions=reading.standing(session, at),
    )


def _chosen(session: Session, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The cases that a form names, by their references or by their cause. Raises `BadInput`."""
    references = _references(typed)
    if not references and typed.get("cause", "").strip():
        references = bulk.of_cause(session, typed["cause"])
    found = []
    for reference in references:
        case = register.find(session, reference)
        conversation = session.get_one(transcript.Conversation, case.conversation)
        found.append(
            {
                "reference": reference,
                "subject": subject(case),
                "status": case.status,
                "channel": case.channel,
                "language": language_of(conversation, case),
                "name": case.name or conversation.name,
                "holder": conversation.holder,
            }
        )
    return found


def _references(typed: Mapping[str, str]) -> list[str]:
    """Each reference once, in its order. Raises `BadInput` for one that is mistyped."""
    mentions = read_all(typed.get("references", ""))
    if wrong := [m.reference for m in mentions if not m.valid]:
        raise BadInput(f"{', '.join(wrong)}: mistyped")
    return list(dict.fromkeys(m.reference for m in mentions))


def _answer_piece(
    session: Session, cookie: str, fields: Mapping[str, str], references: list[str], at: datetime
) -> Outcome:
    who = _supervisor(session, cookie, at)
    check_form(who, fields)
    if cause := fields.get("cause", "").strip():
        bulk.mark(session, references, cause, who.name, at)
    texts = {"": fields.get("text", "")}
    texts |= {k[5:]: v for k, v in fields.items() if k.startswith("text-") and v.strip()}
    return bulk.reply(session, references, texts, who.name, at, fields.get("id", ""))


def _set_presence(session: Session, cookie: str, fields: Mapping[str, str], at: datetime) -> None:
    who = agents.by_session(session, cookie, at)
    check_form(who, fields)
    if not who.role.answers or fields.get("presence") not in list(Presence):
        raise NotAllowed(f"the role {who.role} may not do this")
    presence.set_presence(session, who.name, Presence(fields["presence"]), at)
