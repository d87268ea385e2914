"""The console's pages and what their forms do. All of it needs a sign-in (`handoff.console.sign_in`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse
from sqlmodel import Session

from channels.transcript import File
from handoff import agents
from handoff.agents import SignInRefused
from handoff.console import moves, sign_in, views
from handoff.console.doors import Door, refusal, wants_json
from handoff.console.rendering import HEADERS, page
from handoff.console.settings import ConsoleSettings
from handoff.console.stream import events
from handoff.database import Database
from handoff.queue import DESK
from handoff.refusals import REFUSALS, status_of

NOTHING: Mapping[str, str] = MappingProxyType({})
_LARGEST = 2**31 - 1  # of a file's number: what the database's column holds
_ASSETS = {path.name: path for path in (Path(__file__).parent / "static").iterdir()}
# What a browser shows without running anything; everything else is only ever downloaded.
_SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp"}


def routes(database: Database, settings: ConsoleSettings, stopping: asyncio.Event) -> APIRouter:
    """Everything under ``/console``.

    ``stopping`` is set when the program is asked to stop: open streams end then, and the server
    need not wait for agents to close their windows.
    """
    console = _Console(database, settings, stopping)
    router = APIRouter(prefix="/console", route_class=Door, include_in_schema=False)
    router.get("")(console.queue)
    router.get("/cases/{reference}")(console.case)
    router.post("/cases/{reference}/{move}")(console.move)
    router.get("/stream")(console.stream)
    router.get("/files/{file_id}")(console.file)
    router.get("/static/{name}")(_asset)
    router.include_router(sign_in.routes(database, settings))
    return router


@dataclass(frozen=True)
class _Console:
    """The pages over a database."""

    database: Database
    settings: ConsoleSettings
    stopping: asyncio.Event

    async def queue(self, request: Request) -> Response:
        """The queue, and what this agent holds."""
        view = await self._look(request, None)
        return page("queue.html", view=view, regions={r.id: r for r in views.regions(view)})

    async def case(self, request: Request, reference: str) -> Response:
        """A case: conversation, record, and everything that can be done with it."""
        return await self._case_page(request, reference)

    async def move(self, request: Request, reference: str, move: str) -> Response:
        """Do what a form asks for, then show the case as it is."""
        if move not in moves.MOVES:
            raise HTTPException(404)
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        try:
            await self.database.run(
                moves.make,
                sign_in.cookie_of(request),
                reference,
                move,
                fields,
                self.settings.outside_body,
                _now(),
            )
        except SignInRefused:
            raise
        except REFUSALS as error:
            if wants_json(request):
                return refusal(request, error)
            # With what was typed still in its box.
            return await self._case_page(
                request, reference, problem=str(error), status=status_of(error), typed=fields
            )
        return RedirectResponse(f"/console/cases/{quote(reference)}", 303, HEADERS)

    async def stream(self, request: Request, case: str | None = None) -> Response:
        """The changed parts of a page, while it is open."""
        view = await self._look(request, case)
        topics = (DESK,) if view.case is None else (DESK, f"chat:{view.case['conversation']}")

        async def look() -> list[views.Region]:
            return views.regions(await self._look(request, case))

        return StreamingResponse(
            events(self.database, topics, look, self.stopping),
            media_type="text/event-stream",
            headers=HEADERS | {"X-Accel-Buffering": "no"},
        )

    async def file(self, request: Request, file_id: Annotated[int, InPath(ge=0, le=_LARGEST)]) -> Response:
        """A file that a customer sent."""
        found = await self.database.read(_file, sign_in.cookie_of(request), file_id, _now())
        if found is None or found.path is None or not (self.settings.data_dir / found.path).is_file():
            raise HTTPException(404)
        return FileResponse(
            self.settings.data_dir / found.path,
            media_type=found.media_type,
            filename=found.name or f"file-{file_id}",
            content_disposition_type="inline" if found.media_type in _SHOWN else "attachment",
            headers=HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"},
        )

    async def _case_page(
        self,
        request: Request,
        reference: str,
        *,
        problem: str = "",
        status: int = 200,
        typed: Mapping[str, str] = NOTHING,
    ) -> Response:
        view = await self._look(request, reference, typed)
        return page(
            "case.html",
            status=status,
            view=view,
            case=view.case,
            regions={r.id: r for r in views.regions(view)},
            problem=problem,
        )

    async def _look(
        self, request: Request, reference: str | None, typed: Mapping[str, str] = NOTHING
    ) -> views.View:
        return await self.database.read(
            views.read, sign_in.cookie_of(request), reference, self.settings, typed, _now()
        )


def _asset(name: str) -> Response:
    if name not in _ASSETS:
        raise HTTPException(404)
    return FileResponse(
        _ASSETS[name], headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    )


def _file(session: Session, cookie: str, file_id: int, now: datetime) -> File | None:
    agents.by_session(session, cookie, now)
    return session.get(File, file_id)


def _now() -> datetime:
    return datetime.now(UTC)
