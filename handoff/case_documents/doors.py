"""Where a case file is asked for: the console's buttons and the API. Both answer with the file itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from sqlmodel import Session
from starlette.background import BackgroundTask

from handoff.case_documents.exporting import Form, export_by, file_name, make
from handoff.case_documents.record import Copy
from handoff.case_file import read_reference
from handoff.console.doors import Door, in_use
from handoff.console.look import look_of
from handoff.console.moves import check_form
from handoff.console.rendering import HEADERS
from handoff.console.settings import ConsoleSettings
from handoff.console.sign_in import cookie_of
from handoff.console.words import DEFAULT, LANGUAGES
from handoff.database import Database
from handoff.rest.api_calls import Reference, Route, person
from handoff.staff import agents
from handoff.staff.agents import Person


def console_routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``POST /console/cases/{reference}/file/{form}``: a POST, for it is an event of the case."""
    router = APIRouter(
        prefix="/console", route_class=Door, include_in_schema=False, dependencies=[Depends(in_use(database))]
    )
    router.post("/cases/{reference}/file/{form}")(_Console(_Desk(database, settings)).file)
    return router


def api_routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``POST /api/v1/cases/{reference}/file``."""

    async def provide(request: Request) -> None:
        request.state.database, request.state.desk = database, _Desk(database, settings)

    router = APIRouter(prefix="/api/v1", route_class=Route, tags=["desk"], dependencies=[Depends(provide)])
    router.post("/cases/{reference}/file", response_class=Response, responses=_ANSWERS)(_file)
    return router


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {form.media_type: {"schema": {"type": "string", "format": "binary"}} for form in Form},
    }
}


@dataclass(frozen=True)
class _Desk:
    """What both doors do."""

    database: Database
    settings: ConsoleSettings

    async def send(
        self, reference: str, form: Form, language: str, who: Callable[[Session], Person]
    ) -> Response:
        """The file, once ``who`` may have it; its temporary copy is deleted when it has been sent."""
        now = datetime.now(UTC)

        def unit(session: Session) -> dict[str, Any]:
            asking = who(session)
            copy = Copy(f"agent:{asking.name}", now, self.settings.organisation, self.settings.time_zone.key)
            return export_by(session, asking, read_reference(reference), form, copy, now)

        record = await self.database.run(unit)
        path = await make(record, self.settings.data_dir, form, language)
        return FileResponse(
            path,
            media_type=form.media_type,
            filename=file_name(record["case"]["reference"], form),
            headers=HEADERS,
            background=BackgroundTask(_forget, path),
        )


@dataclass(frozen=True)
class _Console:
    """The console's door: a form of a page, in the language that the agent reads."""

    desk: _Desk

    async def file(self, request: Request, reference: str, form: Form) -> Response:
        """A case file for whoever is signed in."""
        fields = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        cookie = cookie_of(request)

        def who(session: Session) -> Person:
            found = agents.by_session(session, cookie, datetime.now(UTC))
            check_form(found, fields)
            return found

        return await self.desk.send(reference, form, look_of(request).language, who)


async def _file(
    request: Request,
    reference: Reference,
    who: Annotated[Person, Depends(person)],
    form: Form = Form.PDF,
    language: Annotated[
        str, Query(pattern=f"^({'|'.join(LANGUAGES)})$", description="Of the labels")
    ] = DEFAULT,
) -> Response:
    """The case file: form, transcript, dates, letters, deliveries, trail. It is an event of the case.

    For supervisors and auditors, and for the agent who holds the case.
    """
    desk: _Desk = request.state.desk
    return await desk.send(reference, form, language, lambda _: who)


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
