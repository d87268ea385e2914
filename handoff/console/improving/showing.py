"""What the pages of improvement share: who asks, what the layout needs, how forms are read and refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from handoff.console import problems
from handoff.console.cookies import cookie_of
from handoff.console.look import look_of
from handoff.console.looking import NOTHING, now
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.improvement import reading
from handoff.refusals import REFUSALS, status_of
from handoff.staff import agents
from handoff.staff.agents import NotAllowed, Person, SignInRefused
from handoff.staff.roles import Right


@dataclass(frozen=True)
class View:
    """What the layout needs, and what the page shows."""

    person: Person
    settings: ConsoleSettings
    now: datetime
    shown: Mapping[str, Any]

    @property
    def today(self) -> date:
        """The day in the operator's calendar."""
        return reading.today(self.now)


Read = Callable[[Session, Person, datetime], Mapping[str, Any]]
"""Reads what a page shows, for whoever asks."""

Change = Callable[[Session, Person, Mapping[str, str], datetime], str]
"""Does what a form asks for; the address of the page that shows it."""


@dataclass(frozen=True)
class Pages:
    """Shows pages and takes forms over a database."""

    database: Database
    settings: ConsoleSettings

    async def show(
        self,
        request: Request,
        template: str,
        read: Read,
        *,
        problem: str = "",
        status: int = 200,
        typed: Mapping[str, str] = NOTHING,
    ) -> Response:
        """A page; ``typed`` is what a refused form held."""

        def unit(session: Session, cookie: str, at: datetime) -> View:
            who = agents.by_session(session, cookie, at)
            return View(who, self.settings, at, read(session, who, at))

        view = await self.database.read(unit, cookie_of(request), now())
        return page(
            template,
            status=status,
            look=look_of(request),
            view=view,
            problem=problem,
            typed=typed,
            **view.shown,
        )

    async def take(
        self, request: Request, right: Right, change: Change, template: str, read: Read
    ) -> Response:
        """Do what a form asks for, then show it; refused, the page again with what was typed."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}

        def unit(session: Session, cookie: str, at: datetime) -> str:
            who = agents.by_session(session, cookie, at)
            who.need(right)
            check_form(who, fields)
            return change(session, who, fields, at)

        try:
            address = await self.database.run(unit, cookie_of(request), now())
        except (SignInRefused, NotAllowed):
            raise
        except REFUSALS as error:
            said = problems.said(error, look_of(request).language)
            return await self.show(
                request, template, read, problem=said, status=status_of(error), typed=fields
            )
        return RedirectResponse(address, 303, HEADERS)


def need_overseer(who: Person) -> None:
    """Raises `NotAllowed` unless they supervise or inspect."""
    if not who.role.oversees:
        raise NotAllowed(f"the role {who.role} may not do this")
