"""The causes page: what rises, what is behind it, and one answer to all whom it concerns."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.background import BackgroundTask

from channels.transcript import Conversation
from complaints.causes import causes as root_causes
from complaints.record import Complaint
from handoff.case_file import subject
from handoff.casework import bulk
from handoff.casework.bulk import Outcome
from handoff.console import problems
from handoff.console.doors import Door
from handoff.console.look import look_of
from handoff.console.looking import NOTHING, now
from handoff.console.move import read
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.sign_in import cookie_of
from handoff.database import Database
from handoff.dispatch.rules import in_force
from handoff.refusals import REFUSALS, status_of
from handoff.rest.bodies import Close, Reply
from handoff.signals import keeping, overview
from handoff.signals.record import Signal
from handoff.staff import access, agents
from handoff.staff.agents import NotAllowed, Person, SignInRefused
from handoff.staff.roles import Right
from handoff.telling import language_of


@dataclass(frozen=True)
class Asked:
    """A signal or a cause that is looked at more closely, or neither."""

    signal: int | None = None
    cause: str = ""


@dataclass(frozen=True)
class View:
    """Everything on the page. ``lines`` are the cases of the signal or cause that was asked for."""

    person: Person
    settings: ConsoleSettings
    now: datetime
    asked: Asked
    typed: Mapping[str, str]
    codes: Mapping[str, str]
    found: list[overview.Found] = field(default_factory=list)
    causes: list[overview.Cause] = field(default_factory=list)
    products: list[overview.Recurring] = field(default_factory=list)
    root_causes: list[overview.Recurring] = field(default_factory=list)
    look: Any = None
    signal: Signal | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0  # of all cases of the signal or cause, more than ``lines`` if these are cut
    languages: list[str] = field(default_factory=list)  # of all customers who would be answered
    answers: list[tuple[datetime, str, int]] = field(default_factory=list)
    weeks: list[str] = field(default_factory=list)
    """The first day of each week in the tables."""
    request_id: str = ""

    @property
    def unmarked(self) -> int:
        """How many of the shown cases of a named signal do not have its cause."""
        if self.signal is None or not self.signal.root_cause:
            return 0
        return sum(line["cause"] != self.signal.root_cause for line in self.lines)


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/causes``."""
    pages = _Pages(database, settings)
    router = APIRouter(prefix="/causes", route_class=Door)
    router.get("")(pages.show)
    router.post("/signals/{number}/{move}")(pages.judge)
    router.post("/answer")(pages.answer)
    return router


@dataclass(frozen=True)
class _Pages:
    """The page over a database."""

    database: Database
    settings: ConsoleSettings

    async def show(self, request: Request, signal: int | None = None, cause: str = "") -> Response:
        """What rises and recurs; with ``signal`` or ``cause``, the cases behind it."""
        return await self._page(request, Asked(signal, _tidy(cause)))

    async def judge(self, request: Request, number: int, move: str) -> Response:
        """A supervisor names the cause behind a signal, for all its cases, or dismisses it."""
        if move not in ("name", "dismiss"):
            raise HTTPException(404)
        fields, cookie = await _fields(request), cookie_of(request)
        try:
            if move == "dismiss":
                await self.database.run(_dismiss, cookie, number, fields, now())
                return RedirectResponse("/console/causes", 303, HEADERS)
            who, references = await self.database.run(_name, cookie, number, fields, now())
            await bulk.mark_all(self.database, references, fields["cause"], who)
        except SignInRefused:
            raise
        except REFUSALS as error:
            return await self._refused(request, error, Asked(number), fields)
        return RedirectResponse(f"/console/causes?signal={number}#one", 303, HEADERS)

    async def answer(self, request: Request) -> Response:
        """Answer all open cases of a cause, each on their own channel; the same form twice answers once."""
        fields, cookie = await _fields(request), cookie_of(request)
        asked = Asked(cause=_tidy(fields.get("cause", "")))
        try:
            who = await self.database.read(_supervisor, cookie, fields, now())
            texts = {"": read(Reply, fields).text}
            texts |= {
                k[5:]: read(Reply, fields | {"text": v}).text
                for k, v in fields.items()
                if k.startswith("text-") and v.strip()
            }
            done = await bulk.reply_all(self.database, asked.cause, texts, who, read(Reply, fields).id)
        except SignInRefused:
            raise
        except REFUSALS as error:
            return await self._refused(request, error, asked, fields)
        return await self._page(request, asked, done=done)

    async def _refused(
        self, request: Request, error: Exception, asked: Asked, typed: Mapping[str, str]
    ) -> Response:
        """With what was typed still in its box; whoever may not be here at all gets the plain refusal."""
        if status_of(error) in (403, 404):
            raise error
        said = problems.said(error, look_of(request).language)
        return await self._page(request, asked, typed=typed, problem=said, status=status_of(error))

    async def _page(
        self,
        request: Request,
        asked: Asked,
        *,
        typed: Mapping[str, str] = NOTHING,
        problem: str = "",
        status: int = 200,
        done: Outcome | None = None,
    ) -> Response:
        look = look_of(request)
        view = await self.database.read(
            _read, cookie_of(request), self.settings, asked, typed, look.language, now()
        )
        answer = page("causes.html", status=status, look=look, view=view, problem=problem, done=done)
        seen = [line["reference"] for line in view.lines]
        answer.background = BackgroundTask(access.note(self.database, view.person, seen, "search"))
        return answer


async def _fields(request: Request) -> dict[str, str]:
    return {k: v for k, v in (await request.form()).items() if isinstance(v, str)}


def _tidy(cause: str) -> str:
    return " ".join(cause.replace("\0", " ").split())[: bulk.LONGEST_CAUSE]


def _supervisor(session: Session, cookie: str, fields: Mapping[str, str], at: datetime) -> str:
    who = agents.by_session(session, cookie, at)
    who.need(Right.SUPERVISE)
    check_form(who, fields)
    return who.name


def _dismiss(session: Session, cookie: str, number: int, fields: Mapping[str, str], at: datetime) -> None:
    who = _supervisor(session, cookie, fields, at)
    keeping.dismiss(session, number, read(Close, fields).reason, who, at)


def _name(
    session: Session, cookie: str, number: int, fields: Mapping[str, str], at: datetime
) -> tuple[str, list[str]]:
    who = _supervisor(session, cookie, fields, at)
    return who, keeping.name(session, number, fields.get("cause", ""), who, at)


def _read(
    session: Session,
    cookie: str,
    settings: ConsoleSettings,
    asked: Asked,
    typed: Mapping[str, str],
    language: str,
    at: datetime,
) -> View:
    who = agents.by_session(session, cookie, at)
    if not (who.role.may(Right.SUPERVISE) or who.role.may(Right.INSPECT)):
        raise NotAllowed(f"the role {who.role} does not see what recurs")
    signal = keeping.find(session, asked.signal) if asked.signal is not None else None
    cases: list[Complaint] = []
    count, spoken = 0, dict[str, int]()
    if asked.signal is not None:
        cases = overview.behind(session, asked.signal)
        count = overview.behind_count(session, asked.signal)
    elif asked.cause:
        cases, spoken = overview.of_cause(session, asked.cause), overview.languages(session, asked.cause)
        count = sum(spoken.values())
    return View(
        person=who,
        settings=settings,
        now=at,
        asked=asked,
        typed=typed,
        codes=root_causes(language, in_force().root_causes),
        found=overview.signals(session, at),
        causes=overview.causes(session),
        products=overview.recurring(session, at.date()),
        root_causes=overview.recurring_causes(session, at.date()),
        look=overview.latest_look(session),
        signal=signal,
        lines=[_line(session, case) for case in cases],
        count=count,
        languages=list(spoken),
        answers=overview.answers(session, asked.cause) if asked.cause else [],
        weeks=[
            format_date(at.date() - timedelta(weeks=back), "d MMM", locale=language)
            for back in range(overview.WEEKS, 0, -1)
        ],
        request_id=typed.get("id") or secrets.token_urlsafe(12),
    )


def _line(session: Session, case: Complaint) -> dict[str, Any]:
    conversation = session.get_one(Conversation, case.conversation)
    return {
        "reference": case.reference,
        "subject": subject(case),
        "status": case.status,
        "channel": case.channel,
        "language": language_of(conversation, case),
        "name": case.name or (None if case.anonymous else conversation.name),
        "holder": conversation.holder,
        "cause": case.root_cause,
    }
