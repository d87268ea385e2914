"""The desk as JSON: complaints taken down for somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlmodel import Session

from complaints import register
from handoff.case_file import case_file
from handoff.database import Database
from handoff.filing.bodies import NewCase
from handoff.filing.door import Filing
from handoff.filing.taking_down import acknowledgement
from handoff.rest.api_calls import Answering, Route
from handoff.rest.bodies import LONGEST_ID, NO_NUL

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["register"])


def routes(filing: Filing) -> APIRouter:
    """``POST /api/v1/cases``."""

    async def provide(request: Request) -> None:
        request.state.database, request.state.filing = filing.database, filing

    provided = APIRouter(dependencies=[Depends(provide)])
    provided.include_router(router)
    return provided


@router.post("/cases", status_code=201, responses={200: {"description": "The same request was made before"}})
async def take_down(
    request: Request,
    response: Response,
    body: NewCase,
    who: Answering,
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=LONGEST_ID,
            pattern=NO_NUL,
            description="Yours, new for each complaint: the same one again files nothing",
        ),
    ],
) -> dict[str, Any]:
    """File a complaint that came by telephone, at the counter, by post or by e-mail.

    The answer is the case, with ``acknowledgement``: what the customer is to be told, in their language.
    """
    filing: Filing = request.state.filing
    filed = await filing.file(who, body, key)
    if not filed.new:
        response.status_code = 200
    database: Database = request.state.database
    return await database.read(_answer, filed.reference, datetime.now(UTC))


def _answer(session: Session, reference: str, now: datetime) -> dict[str, Any]:
    said = acknowledgement(session, register.find(session, reference))
    return {**case_file(session, reference, now), "acknowledgement": said.text if said else None}
