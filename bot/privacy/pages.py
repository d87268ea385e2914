"""Privacy in the console: holds, for supervisors; a person's erasure, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from bot.db import Database
from bot.privacy import backups, carrying_out, holds
from bot.privacy.carrying_out import Done
from bot.privacy.erasing import Plan
from bot.privacy.record import PrivacyError, UnknownHold
from bot.settings import Settings
from complaints.complaint import UnknownReference
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door, in_use
from handoff.console.look import look_of
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.staff import agents
from handoff.staff.agents import NotAllowed, Person
from handoff.staff.roles import Right

MOVES = {
    "hold": Right.SUPERVISE,
    "release": Right.SUPERVISE,
    "look": Right.ADMINISTER,
    "erase": Right.ADMINISTER,
}

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class View:
    """What the console's layout needs to know."""

    person: Person
    settings: ConsoleSettings


def routes(database: Database, settings: Settings, console: ConsoleSettings) -> APIRouter:
    """Everything under ``/console/privacy``."""
    pages = _Pages(database, settings, console)
    router = APIRouter(
        prefix="/console/privacy",
        route_class=Door,
        include_in_schema=False,
        dependencies=[Depends(in_use(database))],
    )
    router.get("")(pages.show)
    router.post("/{move}")(pages.do)
    return router


@dataclass(frozen=True)
class _Pages:
    """The page, and what its forms do."""

    database: Database
    settings: Settings
    console: ConsoleSettings

    async def show(self, request: Request) -> Response:
        """Holds in force, and the forms."""
        return await self._page(request, await self._person(request, Right.SUPERVISE))

    async def do(self, request: Request, move: str) -> Response:
        """Do what a form asks for."""
        if move not in MOVES:
            raise HTTPException(404)
        person = await self._person(request, MOVES[move])
        fields = {k: v.strip() for k, v in (await request.form()).items() if isinstance(v, str)}
        check_form(person, fields)
        by, now, whom = f"agent:{person.name}", datetime.now(UTC), fields.get("whom", "")
        try:
            match move:
                case "look":
                    plan = await carrying_out.look(self.database, whom)
                    return await self._page(request, person, typed=fields, plan=plan)
                case "erase":
                    done = await self._erase(fields, by, now)
                    return await self._page(request, person, done=done)
                case "hold":
                    whole = bool(fields.get("person"))
                    await self.database.run(holds.put, whom, fields.get("reason", ""), by, now, person=whole)
                case _:
                    await self.database.run(holds.release, _number(fields), fields.get("reason", ""), by, now)
        except (PrivacyError, UnknownReference) as error:
            status = getattr(error, "status", 404)
            return await self._page(request, person, typed=fields, problem=str(error), status=status)
        return RedirectResponse("/console/privacy", 303, HEADERS)

    async def _erase(self, fields: Mapping[str, str], by: str, now: datetime) -> Done:
        """Erase whom the page has shown. Raises `PrivacyError`."""
        plan = await carrying_out.look(self.database, fields.get("whom", ""))
        shown = ",".join((*plan.person.conversations, *plan.person.references))
        if fields.get("shown") != shown:
            raise PrivacyError("what is held of them has changed meanwhile: look again")
        return await carrying_out.carry_out(
            self.database, self.settings, plan, reason=fields.get("reason", ""), by=by, now=now,
            also_open=bool(fields.get("also_open")),
        )  # fmt: skip

    async def _person(self, request: Request, right: Right) -> Person:
        person = await self.database.read(_who, cookie_of(request), datetime.now(UTC))
        if not person.role.may(right):
            raise NotAllowed(f"the role {person.role} may not do this")
        return person

    async def _page(
        self,
        request: Request,
        person: Person,
        *,
        problem: str = "",
        status: int = 200,
        typed: Mapping[str, str] | None = None,
        plan: Plan | None = None,
        done: Done | None = None,
    ) -> Response:
        return page(
            "privacy.html",
            status=status,
            look=look_of(request),
            folder=_HERE,
            view=View(person, self.console),
            holds=await self.database.read(holds.in_force),
            retention=self.settings.retention,
            problem=problem,
            typed=typed or {},
            plan=plan,
            shown=",".join((*plan.person.conversations, *plan.person.references)) if plan else "",
            done=done,
            still=backups.notes(self.settings) if done else [],
        )


def _who(session: Session, cookie: str, now: datetime) -> Person:
    return agents.by_session(session, cookie, now)


def _number(fields: Mapping[str, str]) -> int:
    given = fields.get("number", "")
    if not given.isdecimal() or len(given) > 9:
        raise UnknownHold("there is no such hold in force")
    return int(given)
