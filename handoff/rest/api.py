"""The desk as JSON, under ``/api/v1``: the queue, a case, and everything an agent does with it.

Who is there, who has what, and many cases at once: `handoff.dispatch.supervising`. Every POST about a case
answers with the case as it is then.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from handoff import desk, exports
from handoff.case_file import case_file, queue_lines, read_reference
from handoff.database import Database
from handoff.dispatch import routing, supervising
from handoff.item import State
from handoff.rest import case_api, clock_api, improvement_api, search_api
from handoff.rest.api_calls import (
    Annotating,
    Answering,
    Inspecting,
    Reference,
    Route,
    Supervising,
    act,
    person,
)
from handoff.rest.bodies import (
    LONGEST_NAME,
    NO_NUL,
    Assess,
    Assign,
    Close,
    HandBack,
    Note,
    Reply,
    Resolve,
    Transfer,
)
from handoff.staff import access
from handoff.staff.agents import Person

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["desk"])


def routes(database: Database, outside_body: str) -> APIRouter:
    """The API over ``database``; ``outside_body`` is whom a customer may turn to after our answer."""

    async def provide(request: Request) -> None:
        request.state.database, request.state.outside_body = database, outside_body

    provided = APIRouter(dependencies=[Depends(provide)])
    provided.include_router(search_api.router)  # first: /cases/export is no case
    provided.include_router(router)
    provided.include_router(supervising.router)
    provided.include_router(case_api.router)
    provided.include_router(clock_api.router)
    provided.include_router(improvement_api.router)
    return provided


@router.get("/queue", dependencies=[Depends(person)])
async def queue(
    request: Request,
    response: Response,
    state: State = State.WAITING,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str | None, Query(max_length=40, description="Go on behind this case")] = None,
    agent: Annotated[
        str | None, Query(max_length=LONGEST_NAME, pattern=NO_NUL, description="Only what they have")
    ] = None,
) -> list[dict[str, Any]]:
    """The cases that wait for a person, the most urgent first; or those in another state.

    A full page has a ``Link`` header with the address of the next one (RFC 8288).
    """
    database: Database = request.state.database
    behind = read_reference(after) if after else None
    lines = await database.read(queue_lines, state, limit, agent=agent, after=behind, now=datetime.now(UTC))
    if len(lines) == limit:
        following = request.url.include_query_params(after=lines[-1]["reference"])
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return lines


@router.post("/queue/next", responses={204: {"description": "Nothing waits that you can take"}})
async def take_next(request: Request, who: Answering) -> Response:
    """Take the most urgent case that you can take; 409 if you have no room for one."""

    def unit(session: Session) -> dict[str, Any] | None:
        now = datetime.now(UTC)
        reference = routing.assign_next(session, who.name, now)
        return case_file(session, reference, now) if reference else None

    database: Database = request.state.database
    found = await database.run(unit)
    return JSONResponse(found) if found else Response(status_code=204)


@router.get("/cases/{reference}")
async def case(
    request: Request, reference: Reference, who: Annotated[Person, Depends(person)], after: BackgroundTasks
) -> dict[str, Any]:
    """Everything on record about a case. That you have looked is recorded, too."""
    database: Database = request.state.database
    found = await database.read(case_file, read_reference(reference), datetime.now(UTC))
    after.add_task(access.note(database, who, found["reference"], "api"))
    return found


@router.get("/cases/{reference}/views")
async def views(request: Request, reference: Reference, who: Inspecting) -> list[dict[str, Any]]:  # noqa: ARG001  it is a check
    """Who has looked at a case, how and when: each person and way at most once an hour.

    Whoever took it out with others (``export:<number>``) stands there for each time.
    """
    database: Database = request.state.database
    found = read_reference(reference)
    seen = await database.read(access.views, found) + await database.read(exports.of_case, found)
    return sorted(seen, key=lambda one: str(one["at"]), reverse=True)


@router.post("/cases/{reference}/claim")
async def claim(request: Request, reference: Reference, who: Answering) -> dict[str, Any]:
    """Take a case over, or accept an offer; 409 if somebody else was first, or you have no room."""
    return await act(request, reference, desk.claim, who)


@router.post("/cases/{reference}/decline")
async def decline(request: Request, reference: Reference, who: Answering) -> dict[str, Any]:
    """Say no to an offer: it goes to the next one."""
    return await act(request, reference, desk.decline, who)


@router.post("/cases/{reference}/transfer")
async def transfer(request: Request, reference: Reference, body: Transfer, who: Answering) -> dict[str, Any]:
    """Pass a case on to a colleague or, without one, back into the queue. Supervisors: anybody's."""
    return await act(request, reference, desk.transfer, who, **dict(body), as_supervisor=who.role.supervises)


@router.post("/cases/{reference}/assign")
async def assign(request: Request, reference: Reference, body: Assign, who: Supervising) -> dict[str, Any]:
    """Give a case to an agent, whoever has it."""
    return await act(request, reference, desk.assign, who, body.to)


@router.post("/cases/{reference}/take-over")
async def take_over(request: Request, reference: Reference, who: Supervising) -> dict[str, Any]:
    """Take a case from whoever holds it."""
    return await act(request, reference, desk.take_over, who)


@router.post("/cases/{reference}/reply")
async def reply(request: Request, reference: Reference, body: Reply, who: Answering) -> dict[str, Any]:
    """Answer the customer. Only the holder may."""
    return await act(request, reference, desk.reply, who, body.text, body.id)


@router.post("/cases/{reference}/note")
async def note(request: Request, reference: Reference, body: Note, who: Annotating) -> dict[str, Any]:
    """Write a note that the customer never sees."""
    return await act(request, reference, desk.note, who, body.text)


@router.post("/cases/{reference}/assess")
async def assess(request: Request, reference: Reference, body: Assess, who: Annotating) -> dict[str, Any]:
    """Change severity or category, or say whether it is a complaint, with a reason."""
    return await act(request, reference, desk.assess, who, **dict(body))


@router.post("/cases/{reference}/release")
async def release(request: Request, reference: Reference, who: Answering) -> dict[str, Any]:
    """Put a case back into the queue. Supervisors may do it for the holder."""
    return await act(request, reference, desk.release, who, for_holder=who.role.supervises)


@router.post("/cases/{reference}/handback")
async def handback(
    request: Request, reference: Reference, who: Answering, body: HandBack | None = None
) -> dict[str, Any]:
    """Give the conversation back to the bot, with a note for colleagues if you like."""
    return await act(request, reference, desk.hand_back, who, note=body.note if body else "")


@router.post("/cases/{reference}/resolve")
async def resolve(request: Request, reference: Reference, body: Resolve, who: Answering) -> dict[str, Any]:
    """Decide the case and tell the customer."""
    outside: str = request.state.outside_body
    return await act(request, reference, desk.resolve, who, **dict(body), outside=outside)


@router.post("/cases/{reference}/close")
async def close(request: Request, reference: Reference, body: Close, who: Answering) -> dict[str, Any]:
    """Close a case that was answered with less than a full yes."""
    return await act(request, reference, desk.close, who, body.reason)
