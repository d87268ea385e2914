"""The console's pages and what their forms do. All of it needs a sign-in (`handoff.console.sign_in`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile

from channels.files import Kept
from channels.transcript import File
from handoff.console import (
    accounts,
    attaching,
    audit,
    causes,
    evidence,
    finding,
    listing,
    management_review,
    moves,
    own_account,
    problems,
    reports,
    sign_in,
    team,
    views,
)
from handoff.console.doors import Door, in_use, wants_json
from handoff.console.improving import actions as improving_actions
from handoff.console.improving import audits as improving_audits
from handoff.console.improving import guide as improving_guide
from handoff.console.improving import training as improving_training
from handoff.console.living import Streams
from handoff.console.look import keep, look_of
from handoff.console.looking import NOTHING, Eyes, now
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.words import tell
from handoff.database import Database
from handoff.dispatch import routing
from handoff.dispatch.presence import Presence
from handoff.refusals import REFUSALS, status_of
from handoff.staff import access, agents
from handoff.staff.agents import NotAllowed, Person, SignInRefused

_LARGEST = 2**31 - 1  # of a file's number: what the database's column holds
_ASSETS = {path.name: path for path in (Path(__file__).parent / "static").iterdir()}
# What a browser shows without running anything; everything else is only ever downloaded.
_SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp"}


def routes(database: Database, settings: ConsoleSettings, stopping: asyncio.Event) -> APIRouter:
    """Everything under ``/console``.

    ``stopping`` is set when the program is asked to stop: open streams end then, and the server
    need not wait for agents to close their windows.
    """
    eyes = Eyes(database, settings)
    console = _Console(database, settings, eyes)
    router = APIRouter(
        prefix="/console", route_class=Door, include_in_schema=False, dependencies=[Depends(in_use(database))]
    )
    router.get("")(console.queue)
    router.get("/cases/{reference}")(console.case)
    router.post("/cases/{reference}/{move}")(console.move)
    router.post("/next")(console.claim_next)
    router.post("/look")(console.choose_look)
    router.get("/stream")(Streams(eyes, stopping).open)
    router.get("/files/{file_id}")(console.file)
    router.get("/static/{name}")(_asset)
    router.include_router(evidence.routes(database, settings))
    router.include_router(finding.routes(database, settings))
    router.include_router(team.routes(database, settings))
    router.include_router(causes.routes(database, settings))
    router.include_router(sign_in.routes(database, settings))
    router.include_router(own_account.routes(database, settings))
    router.include_router(accounts.routes(database, settings))
    router.include_router(audit.routes(database, settings))
    for room in (improving_actions, improving_audits, improving_training, improving_guide):
        router.include_router(room.routes(database, settings))
    router.include_router(reports.routes(database, settings))
    router.include_router(management_review.routes(database, settings))
    return router


@dataclass(frozen=True)
class _Console:
    """The pages over a database."""

    database: Database
    settings: ConsoleSettings
    eyes: Eyes

    async def queue(
        self,
        request: Request,
        listed: Annotated[str, Query(alias="list")] = "",
        shown: int = 0,
        told: str = "",
    ) -> Response:
        """The queue, and what this agent holds."""
        said = tell(look_of(request).language, told) if told == "none_to_claim" else ""
        return await self._queue_page(request, listed, shown, told=said)

    async def case(
        self, request: Request, reference: str, whole: Annotated[bool, Query(alias="all")] = False
    ) -> Response:
        """A case: conversation, record, and everything that can be done with it."""
        return await self._case_page(request, reference, whole=whole)

    async def move(self, request: Request, reference: str, move: str) -> Response:
        """Do what a form asks for, then show the case as it is."""
        if move not in moves.MOVES:
            raise HTTPException(404)
        cookie = sign_in.cookie_of(request)
        async with request.form() as form:
            fields = {k: v for k, v in form.items() if isinstance(v, str)}
            chosen = [file for file in form.getlist("file") if not isinstance(file, str)]
            return await self._move(request, cookie, reference, move, fields, chosen)

    async def _move(
        self,
        request: Request,
        cookie: str,
        reference: str,
        move: str,
        fields: Mapping[str, str],
        chosen: list[UploadFile],
    ) -> Response:
        try:
            files = await self._keep(cookie, chosen)
            await self.database.run(moves.make, cookie, reference, move, fields, files, self.settings, now())
        except SignInRefused:
            raise
        except REFUSALS as error:
            said, status = problems.said(error, look_of(request).language), status_of(error)
            if wants_json(request):
                return JSONResponse({"detail": said}, status, HEADERS)
            # With what was typed still in its box.
            return await self._case_page(request, reference, problem=said, status=status, typed=fields)
        return RedirectResponse(f"/console/cases/{quote(reference)}", 303, HEADERS)

    async def claim_next(self, request: Request) -> Response:
        """Claim the case that is next for whoever asks."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        try:
            reference = await self.database.run(_next, sign_in.cookie_of(request), fields, now())
        except SignInRefused:
            raise
        except REFUSALS as error:
            said = problems.said(error, look_of(request).language)
            return await self._queue_page(request, "", 0, problem=said, status=status_of(error))
        if reference is None:
            return RedirectResponse("/console?told=none_to_claim", 303, HEADERS)
        return RedirectResponse(f"/console/cases/{reference}", 303, HEADERS)

    async def choose_look(self, request: Request) -> Response:
        """Remember language and colours, then go on where one was."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        moves.check_form(await self.database.read(_who, sign_in.cookie_of(request), now()), fields)
        came = request.headers.get("referer", "").partition("/console")[2].partition("#")[0]
        answer = RedirectResponse(f"/console{came}", 303, HEADERS)
        keep(answer, fields.get("language", ""), fields.get("theme", ""), secure=self.settings.secure)
        return answer

    async def file(self, request: Request, file_id: Annotated[int, InPath(ge=0, le=_LARGEST)]) -> Response:
        """A file of a conversation."""
        person, found = await self.database.read(_file, sign_in.cookie_of(request), file_id, now())
        if found is None or found.path is None or not (self.settings.data_dir / found.path).is_file():
            raise HTTPException(404)
        return FileResponse(
            self.settings.data_dir / found.path,
            media_type=found.media_type,
            filename=found.name or f"file-{file_id}",
            content_disposition_type="inline" if found.media_type in _SHOWN else "attachment",
            headers=HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"},
            background=BackgroundTask(access.note_file(self.database, person, file_id)),
        )

    async def _queue_page(
        self, request: Request, name: str, shown: int, *, told: str = "", problem: str = "", status: int = 200
    ) -> Response:
        name, shown = listing.bounded(name, shown)
        began, look = time.monotonic(), look_of(request)
        view = await self.eyes.view(request, None)
        region = await self.eyes.list_region(name, shown, look, began)
        counts = (await self.eyes.listing(name, shown, began)).counts
        return page(
            "queue.html",
            status=status,
            look=look,
            view=view,
            counts=counts,
            lists=listing.LISTS,
            presences=list(Presence),
            list_name=name,
            shown=shown,
            regions={r.id: r for r in (*views.regions(view, views.QUEUE), region)},
            problem=problem,
            told=told,
        )

    async def _case_page(
        self,
        request: Request,
        reference: str,
        *,
        problem: str = "",
        status: int = 200,
        typed: Mapping[str, str] = NOTHING,
        whole: bool = False,
    ) -> Response:
        began, look = time.monotonic(), look_of(request)
        view = await self.eyes.view(request, reference, typed, whole=whole)
        regions = [
            *views.regions(view, (*views.QUEUE, *views.CASE)),
            await self.eyes.list_region(*listing.bounded("", 0), look, began),
            await self.eyes.signs_region(view),
        ]
        answer = page(
            "case.html",
            status=status,
            look=look,
            view=view,
            case=view.case,
            regions={r.id: r for r in regions},
            problem=problem,
        )
        assert view.case is not None
        answer.background = BackgroundTask(access.note(self.database, view.person, view.case["reference"]))
        return answer

    async def _keep(self, cookie: str, files: list[UploadFile]) -> list[Kept]:
        """What came with a form; only from somebody who may answer, so that nobody else fills the disk."""
        if not files:
            return []
        person = await self.database.read(_who, cookie, now())
        if not person.role.answers:
            raise NotAllowed(f"the role {person.role} may not do this")
        return await attaching.take(files, self.settings)


def _asset(name: str) -> Response:
    if name not in _ASSETS:
        raise HTTPException(404)
    return FileResponse(
        _ASSETS[name], headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    )


def _who(session: Session, cookie: str, at: datetime) -> Person:
    return agents.by_session(session, cookie, at)


def _next(session: Session, cookie: str, fields: Mapping[str, str], at: datetime) -> str | None:
    who = agents.by_session(session, cookie, at)
    moves.check_form(who, fields)
    if not who.role.answers:
        raise NotAllowed(f"the role {who.role} may not do this")
    return routing.assign_next(session, who.name, at)


def _file(session: Session, cookie: str, file_id: int, at: datetime) -> tuple[Person, File | None]:
    return agents.by_session(session, cookie, at), session.get(File, file_id)
