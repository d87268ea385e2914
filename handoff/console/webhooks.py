"""Webhooks in the console: administrators change them, auditors see them and how each delivery went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from handoff.console import problems
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door, in_use
from handoff.console.look import look_of
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.words import tell
from handoff.database import Database
from handoff.queue import BadInput
from handoff.refusals import status_of
from handoff.staff import agents
from handoff.staff.agents import Person
from handoff.staff.roles import Right
from handoff.webhooks import catalogue, endpoints, keeping, replaying
from handoff.webhooks.addresses import Reach
from handoff.webhooks.endpoints import UnknownEndpoint
from handoff.webhooks.record import Endpoint, Told

CHANGES = ("disable", "enable", "remove", "rotate", "test", "replay", "replay_since")

_Number = Annotated[int, InPath(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class View:
    """What the console's layout needs to know, and the endpoints; one of them with its deliveries."""

    person: Person
    settings: ConsoleSettings
    every: Sequence[Endpoint]
    counts: Mapping[int, Mapping[str, int]]
    one: Endpoint | None = None
    lines: Sequence[keeping.Line] = field(default_factory=list)


def routes(database: Database, settings: ConsoleSettings, reach: Reach) -> APIRouter:
    """Everything under ``/console/webhooks``."""
    pages = _Pages(database, settings, reach)
    router = APIRouter(
        prefix="/console/webhooks",
        route_class=Door,
        include_in_schema=False,
        dependencies=[Depends(in_use(database))],
    )
    router.get("")(pages.show)
    router.post("")(pages.add)
    router.get("/{number}")(pages.one)
    router.post("/{number}/{change}")(pages.change)
    return router


@dataclass(frozen=True)
class _Pages:
    """The pages over a database."""

    database: Database
    settings: ConsoleSettings
    reach: Reach

    async def show(self, request: Request) -> Response:
        """All endpoints."""
        return await self._page(request)

    async def one(
        self,
        request: Request,
        number: _Number,
        state: str = "",
        did: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        """One endpoint with its deliveries; ``state`` chooses among them."""
        said = tell(look_of(request).language, f"hook_did_{did}") if did in CHANGES else ""
        return await self._page(request, number, state=state if state in list(Told) else "", done=said)

    async def add(self, request: Request) -> Response:
        """A new endpoint; its secret is on the answer this once."""
        form = await request.form()
        fields = {k: v for k, v in form.items() if isinstance(v, str)}
        types = [name for name in form.getlist("types") if isinstance(name, str)]
        try:
            number, secret = await self.database.run(
                _add,
                cookie_of(request),
                fields,
                types,
                self.reach,
                self.settings.secret_key,
                _now(),
            )
        except BadInput as error:
            return await self._page(request, error=error, typed=fields, chosen=types)
        return await self._page(request, number, secret=secret)

    async def change(self, request: Request, number: _Number, change: str) -> Response:
        """Do what a form asks for."""
        if change not in CHANGES:
            raise HTTPException(404)
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        try:
            secret = await self.database.run(
                _change, cookie_of(request), number, change, fields, self.settings, _now()
            )
        except BadInput as error:
            return await self._page(request, number, error=error)
        if secret:
            return await self._page(request, number, secret=secret)
        to = "" if change == "remove" else f"/{number}?did={change}"
        return RedirectResponse(f"/console/webhooks{to}", 303, HEADERS)

    async def _page(
        self,
        request: Request,
        number: int | None = None,
        *,
        state: str = "",
        done: str = "",
        secret: str = "",
        error: Exception | None = None,
        typed: Mapping[str, str] | None = None,
        chosen: Sequence[str] = (),
    ) -> Response:
        look = look_of(request)
        view = await self.database.read(_read, cookie_of(request), self.settings, number, state, _now())
        return page(
            "webhooks.html" if view.one is None else "webhook.html",
            status=status_of(error) if error else 200,
            look=look,
            view=view,
            types=catalogue.ALL_TYPES,
            states=list(Told),
            state=state,
            secret=secret,
            done=done,
            problem=problems.said(error, look.language) if error else "",
            typed=typed or {},
            chosen=chosen,
        )


def _read(
    session: Session, cookie: str, settings: ConsoleSettings, number: int | None, state: str, now: datetime
) -> View:
    who = agents.by_session(session, cookie, now)
    who.need(Right.INSPECT)
    every, counts = endpoints.every(session), keeping.counts(session)
    if number is None:
        return View(who, settings, every, counts)
    one = next((endpoint for endpoint in every if endpoint.id == number), None)
    if one is None:
        raise UnknownEndpoint(f"there is no webhook {number}")
    return View(who, settings, every, counts, one, keeping.deliveries(session, number, state=state))


def _administrator(session: Session, cookie: str, fields: Mapping[str, str], now: datetime) -> str:
    who = agents.by_session(session, cookie, now)
    who.need(Right.ADMINISTER)
    check_form(who, fields)
    return f"agent:{who.name}"


def _add(
    session: Session,
    cookie: str,
    fields: Mapping[str, str],
    types: Sequence[str],
    reach: Reach,
    secret_key: bytes,
    now: datetime,
) -> tuple[int, str]:
    """Raises `NotAllowed`, `BadInput`."""
    actor = _administrator(session, cookie, fields, now)
    endpoint, secret = endpoints.add(
        session, fields.get("url", ""), reach, secret_key, types=types, actor=actor, now=now,
        description=fields.get("description", ""), details=bool(fields.get("details")),
    )  # fmt: skip
    assert endpoint.id is not None
    return endpoint.id, secret


def _change(
    session: Session,
    cookie: str,
    number: int,
    change: str,
    fields: Mapping[str, str],
    settings: ConsoleSettings,
    now: datetime,
) -> str:
    """The new secret, if there is one. Raises `NotAllowed`, and what `handoff.webhooks` does."""
    actor = _administrator(session, cookie, fields, now)
    match change:
        case "disable":
            endpoints.disable(session, number, actor=actor, now=now)
        case "enable":
            endpoints.enable(session, number, actor=actor, now=now)
        case "remove":
            endpoints.remove(session, number)
        case "rotate":
            return endpoints.rotate(session, number, settings.secret_key, now)
        case "test":
            replaying.test(session, number, now)
        case "replay":
            replaying.replay(session, number, _delivery(fields), now)
        case _:
            replaying.replay_since(session, number, _since(fields, settings), now)
    return ""


def _delivery(fields: Mapping[str, str]) -> int:
    given = fields.get("delivery", "")
    return int(given) if given.isdecimal() and len(given) <= 9 else 0


def _since(fields: Mapping[str, str], settings: ConsoleSettings) -> datetime:
    """A day and time of the operator's. Raises `BadInput`."""
    try:
        given = datetime.fromisoformat(fields.get("since", ""))
    except ValueError as error:
        raise BadInput("give the time from which on to send again") from error
    return given.replace(tzinfo=settings.time_zone).astimezone(UTC)


def _now() -> datetime:
    return datetime.now(UTC)
