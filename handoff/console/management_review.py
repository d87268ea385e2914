"""The management review in the console: what the figures suggest, what people recommend, and the pack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from handoff.console import problems
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door
from handoff.console.look import look_of
from handoff.console.looking import NOTHING, now
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.reporting import asking, naming, reading
from handoff.console.reporting.asking import Asked
from handoff.console.reporting.figures import FigureWords
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.management_review import gathering, making, points
from handoff.management_review.gathering import Inputs
from handoff.management_review.hints import hints
from handoff.management_review.making import Form
from handoff.management_review.points import PointState, ReviewPoint
from handoff.queue import BadInput
from handoff.refusals import REFUSALS, status_of
from handoff.staff import agents
from handoff.staff.agents import Person, SignInRefused
from handoff.staff.roles import Right

_LARGEST = 2**31 - 1  # of a recommendation's number
_Unit = Callable[[Session, str, Mapping[str, str], Asked, datetime], None]

_AT_A_TIME = asyncio.Semaphore(2)
"""Packs that one process makes at once: each takes a core for a second."""


@dataclass(frozen=True)
class View:
    """The page. ``typed`` is what a refused form held."""

    person: Person
    settings: ConsoleSettings
    asked: Asked
    words: FigureWords
    hints: Sequence[str]
    recommendations: Sequence[ReviewPoint]
    follow_ups: Sequence[ReviewPoint]
    today: date
    typed: Mapping[str, str]

    @property
    def period_said(self) -> str:
        """The period in words."""
        return self.words.period(self.asked.period)

    @property
    def periods(self) -> list[tuple[str, str]]:
        """What can be reviewed: (value, name)."""
        return naming.periods(self.asked, self.today, self.words)


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/reports/review``."""
    pages = _Pages(database, settings)
    router = APIRouter(prefix="/reports/review", route_class=Door)
    router.get("")(pages.show)
    router.get("/pack.{form}")(pages.pack)
    router.post("/recommend")(pages.recommend)
    router.post("/end")(pages.end)
    return router


@dataclass(frozen=True)
class _Pages:
    """The pages over a database."""

    database: Database
    settings: ConsoleSettings

    async def show(self, request: Request) -> Response:
        """The review of a period."""
        return await self._page(request, request.query_params.get("period", ""))

    async def pack(self, request: Request, form: str) -> Response:
        """The whole review as a file."""
        if form not in list(Form):
            raise HTTPException(404)
        wanted, asked = Form(form), asking.read(_period_of(request.query_params), self._today())
        inputs = await self.database.read(_inputs, cookie_of(request), self.settings, asked, now())
        language = look_of(request).language
        async with _AT_A_TIME:
            content = await asyncio.to_thread(making.make, inputs, self.settings, language, wanted)
        name = making.file_name(inputs, wanted)
        return Response(
            content,
            media_type=wanted.media_type,
            headers=HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def recommend(self, request: Request) -> Response:
        """Keep a recommendation."""
        return await self._change(request, _recommend)

    async def end(self, request: Request) -> Response:
        """Say what became of one."""
        return await self._change(request, _end)

    async def _change(self, request: Request, unit: _Unit) -> Response:
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        try:
            asked = asking.read(_period_of(fields), self._today())
            await self.database.run(unit, cookie_of(request), fields, asked, now())
        except SignInRefused:
            raise
        except REFUSALS as error:
            said = problems.said(error, look_of(request).language)
            return await self._page(
                request, fields.get("period", ""), problem=said, status=status_of(error), typed=fields
            )
        return RedirectResponse(f"{asked.address('/review')}#recommendations", 303, HEADERS)

    async def _page(
        self,
        request: Request,
        period: str,
        *,
        problem: str = "",
        status: int = 200,
        typed: Mapping[str, str] = NOTHING,
    ) -> Response:
        look = look_of(request)
        try:
            asked = asking.read({"period": period}, self._today())
        except BadInput as error:
            asked = asking.plain(self._today())
            problem, status = problem or problems.said(error, look.language), 422
        view = await self.database.read(
            _view, cookie_of(request), self.settings, asked, look.language, typed, now()
        )
        return page("management_review.html", status=status, look=look, view=view, problem=problem)

    def _today(self) -> date:
        return now().astimezone(self.settings.time_zone).date()


def _period_of(given: Mapping[str, str]) -> dict[str, str]:
    """The period alone: a review is about all complaints."""
    return {"period": given.get("period", "")}


def _overseer(session: Session, cookie: str, at: datetime) -> Person:
    return reading.oversees(agents.by_session(session, cookie, at))


def _inputs(session: Session, cookie: str, settings: ConsoleSettings, asked: Asked, at: datetime) -> Inputs:
    _overseer(session, cookie, at)
    return gathering.gather(session, asked.period, settings, at)


def _view(
    session: Session,
    cookie: str,
    settings: ConsoleSettings,
    asked: Asked,
    language: str,
    typed: Mapping[str, str],
    at: datetime,
) -> View:
    who, words = _overseer(session, cookie, at), FigureWords(language)
    inputs = gathering.gather(session, asked.period, settings, at, drawn=False)
    return View(
        person=who,
        settings=settings,
        asked=asked,
        words=words,
        hints=hints(inputs, words),
        recommendations=inputs.recommendations,
        follow_ups=inputs.follow_ups,
        today=at.astimezone(settings.time_zone).date(),
        typed=typed,
    )


def _recommend(session: Session, cookie: str, fields: Mapping[str, str], asked: Asked, at: datetime) -> None:
    who = agents.by_session(session, cookie, at)
    who.need(Right.SUPERVISE)
    check_form(who, fields)
    due = fields.get("due", "").strip()
    try:
        day = date.fromisoformat(due) if due else None
    except ValueError as error:
        raise BadInput(f"{due[:20]!r} is no day: write 2026-12-31") from error
    points.recommend(
        session, who, asked.period, fields.get("text", ""), at, owner=fields.get("owner", ""), due=day
    )


def _end(session: Session, cookie: str, fields: Mapping[str, str], asked: Asked, at: datetime) -> None:
    del asked
    who = agents.by_session(session, cookie, at)
    who.need(Right.SUPERVISE)
    check_form(who, fields)
    number, state = fields.get("number", ""), fields.get("state", "")
    if not number.isdecimal() or int(number) > _LARGEST or state not in list(PointState):
        raise BadInput("say which recommendation, and whether it is done or dropped")
    points.end(session, who, int(number), PointState(state), fields.get("outcome", ""), at)
