"""What all routes of the API share: who calls, what is refused, how a move is made.

Every call carries an access token (``Authorization: Bearer ...``, from ``recourse user add``).
Refusals are ``{"detail": ...}``, with ``holder`` where somebody else has the case.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from channels.lanes import Unavailable
from handoff.case_file import case_file, read_reference
from handoff.database import Database
from handoff.dispatch import presence
from handoff.queue import AlreadyHeld, NotHolder
from handoff.refusals import REFUSALS, status_of
from handoff.staff import agents
from handoff.staff.agents import NotAllowed, Person, SignInRefused
from handoff.staff.roles import Right, Role


class Route(APIRoute):
    """Answers refusals, wherever in a call they come from."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, with every refusal as its answer."""
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


async def person(
    request: Request, header: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Person:
    """Whose access token this is. Raises `SignInRefused`."""
    if header is None:
        raise SignInRefused("an access token is needed: Authorization: Bearer ...")
    database: Database = request.state.database
    return await database.read(agents.by_token, header.credentials)


def _allowed(what: Callable[[Role], bool]) -> Callable[[Person], Person]:
    def check(who: Annotated[Person, Depends(person)]) -> Person:
        if not what(who.role):
            raise NotAllowed(f"the role {who.role} may not do this")
        return who

    return check


Answering = Annotated[Person, Depends(_allowed(lambda role: role.answers))]
Supervising = Annotated[Person, Depends(_allowed(lambda role: role.supervises))]
Inspecting = Annotated[
    Person, Depends(_allowed(lambda role: role.may(Right.SUPERVISE) or role.may(Right.INSPECT)))
]
Annotating = Annotated[Person, Depends(_allowed(lambda role: role.annotates))]
Reference = Annotated[str, Path(max_length=40, description="Read leniently: RC-7K2M9P4X, rc 7k2m 9p4x")]


async def act(
    request: Request,
    reference: str,
    move: Callable[..., object],
    who: Person,
    /,
    *args: object,
    **values: object,
) -> dict[str, Any]:
    """``who`` makes the move; the case as it is then, in the same transaction."""

    def unit(session: Session, reference: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        move(session, reference, who.name, *args, **values, now=now)
        presence.seen(session, who.name, now)
        return case_file(session, reference, now)

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
