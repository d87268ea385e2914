"""The desk as JSON, under ``/api/v1``: the queue, a case, and everything an agent does with it.

Every call carries an access token (``Authorization: Bearer ...``, from ``recourse user add``).
Every POST answers with the case as it is then. Refusals are ``{"detail": ...}``, with ``holder``
where somebody else has the case.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from channels.lanes import Unavailable
from handoff import agents, desk
from handoff.agents import NotAllowed, Person, SignInRefused
from handoff.bodies import Assess, Close, Note, Reply, Resolve
from handoff.case_file import case_file, queue_lines, read_reference
from handoff.database import Database
from handoff.queue import AlreadyHeld, NotHolder, State
from handoff.refusals import REFUSALS, status_of


class _Route(APIRoute):
    """Answers refusals, wherever in a call they come from."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except REFUSALS as error:
                return _refusal(error)
            except RequestValidationError as error:
                # Not FastAPI's own answer: that repeats the input, which may be what no JSON can hold.
                wrong = [{"loc": e["loc"], "msg": e["msg"], "type": e["type"]} for e in error.errors()]
                return JSONResponse({"detail": wrong}, 422)

        return answer


_BEARER = HTTPBearer(auto_error=False, description="The access token that `recourse user add` prints.")
router = APIRouter(prefix="/api/v1", route_class=_Route, tags=["desk"])


async def _person(
    request: Request, header: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Person:
    """Whose access token this is. Raises `SignInRefused`."""
    if header is None:
        raise SignInRefused("an access token is needed: Authorization: Bearer ...")
    database: Database = request.state.database
    return await database.read(agents.by_token, header.credentials)


def _allowed(what: Callable[[agents.Role], bool]) -> Callable[[Person], Person]:
    def check(who: Annotated[Person, Depends(_person)]) -> Person:
        if not what(who.role):
            raise NotAllowed(f"the role {who.role} may not do this")
        return who

    return check


Answering = Annotated[Person, Depends(_allowed(lambda role: role.answers))]
Annotating = Annotated[Person, Depends(_allowed(lambda role: role.annotates))]
Reference = Annotated[str, Path(max_length=40, description="Read leniently: RC-7K2M9P4X, rc 7k2m 9p4x")]


def routes(database: Database, outside_body: str) -> APIRouter:
    """The API over ``database``; ``outside_body`` is whom a customer may turn to after our answer."""

    async def provide(request: Request) -> None:
        request.state.database, request.state.outside_body = database, outside_body

    provided = APIRouter(dependencies=[Depends(provide)])
    provided.include_router(router)
    return provided


@router.get("/queue", dependencies=[Depends(_person)])
async def queue(request: Request, state: State = State.WAITING) -> list[dict[str, Any]]:
    """The cases that wait for a person, the most urgent first; or those in another state."""
    database: Database = request.state.database
    return await database.read(queue_lines, state)


@router.get("/cases/{reference}", dependencies=[Depends(_person)])
async def case(request: Request, reference: Reference) -> dict[str, Any]:
    """Everything on record about a case."""
    database: Database = request.state.database
    return await database.read(case_file, read_reference(reference))


@router.post("/cases/{reference}/claim")
async def claim(request: Request, reference: Reference, who: Answering) -> dict[str, Any]:
    """Take a case over; 409 if somebody else was first."""
    return await _act(request, reference, desk.claim, who.name)


@router.post("/cases/{reference}/reply")
async def reply(request: Request, reference: Reference, body: Reply, who: Answering) -> dict[str, Any]:
    """Answer the customer. Only the holder may."""
    return await _act(request, reference, desk.reply, who.name, body.text, body.id)


@router.post("/cases/{reference}/note")
async def note(request: Request, reference: Reference, body: Note, who: Annotating) -> dict[str, Any]:
    """Write a note that the customer never sees."""
    return await _act(request, reference, desk.note, who.name, body.text)


@router.post("/cases/{reference}/assess")
async def assess(request: Request, reference: Reference, body: Assess, who: Annotating) -> dict[str, Any]:
    """Change severity or category, or say whether it is a complaint, with a reason."""
    return await _act(request, reference, desk.assess, who.name, **dict(body))


@router.post("/cases/{reference}/release")
async def release(request: Request, reference: Reference, who: Answering) -> dict[str, Any]:
    """Put a case back into the queue. Supervisors may do it for the holder."""
    return await _act(request, reference, desk.release, who.name, for_holder=who.role.supervises)


@router.post("/cases/{reference}/handback")
async def handback(request: Request, reference: Reference, who: Answering) -> dict[str, Any]:
    """Give the conversation back to the bot."""
    return await _act(request, reference, desk.hand_back, who.name)


@router.post("/cases/{reference}/resolve")
async def resolve(request: Request, reference: Reference, body: Resolve, who: Answering) -> dict[str, Any]:
    """Decide the case and tell the customer."""
    outside: str = request.state.outside_body
    return await _act(request, reference, desk.resolve, who.name, **dict(body), outside=outside)


@router.post("/cases/{reference}/close")
async def close(request: Request, reference: Reference, body: Close, who: Answering) -> dict[str, Any]:
    """Close a case that was answered with less than a full yes."""
    return await _act(request, reference, desk.close, who.name, body.reason)


async def _act(
    request: Request, reference: str, move: Callable[..., None], *args: object, **values: object
) -> dict[str, Any]:
    """Make the move and give the case as it is then, in one transaction."""

    def unit(session: Session, reference: str) -> dict[str, Any]:
        move(session, reference, *args, **values, now=datetime.now(UTC))
        return case_file(session, reference)

    database: Database = request.state.database
    return await database.run(unit, read_reference(reference))


def _refusal(error: Exception) -> JSONResponse:
    body: dict[str, Any] = {"detail": str(error)}
    headers = {}
    if isinstance(error, AlreadyHeld | NotHolder):
        body["holder"] = error.holder
    if isinstance(error, SignInRefused):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "2"
    return JSONResponse(body, status_of(error), headers)
