"""Files that agents have added to a case as evidence, to be looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import FileResponse
from sqlmodel import Session

from complaints.investigation import Evidence
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door
from handoff.console.rendering import HEADERS
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.staff import agents

SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp"}
"""What a browser shows without running anything; everything else is only ever downloaded."""


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/evidence/{number}``: the file of a piece of evidence, for everybody who may see cases."""
    router = APIRouter(route_class=Door)

    @router.get("/evidence/{number}")
    async def file(request: Request, number: Annotated[int, Path(ge=0, le=2**31 - 1)]) -> Response:
        found = await database.read(_found, cookie_of(request), number)
        if found is None or found.path is None or not (settings.data_dir / found.path).is_file():
            raise HTTPException(404)
        return FileResponse(
            settings.data_dir / found.path,
            media_type=found.media_type,
            filename=found.name or f"evidence-{number}",
            content_disposition_type="inline" if found.media_type in SHOWN else "attachment",
            headers=HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"},
        )

    return router


def _found(session: Session, cookie: str, number: int) -> Evidence | None:
    agents.by_session(session, cookie, datetime.now(UTC))
    return session.get(Evidence, number)
