"""The register as JSON: search, export, and what was said in a case.

A list leaves the same trace as the console's search does, an export one of its own (`handoff.exports`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session

from complaints.complaint import Category, Kind, Severity, Status
from handoff import case_query, exports
from handoff.case_file import found_lines, read_reference, said
from handoff.case_query import CaseQuery, Sort, Stage
from handoff.database import Database
from handoff.item import State
from handoff.rest import export_rows
from handoff.rest.api_calls import Inspecting, Reference, Route, person
from handoff.rest.bodies import NO_NUL
from handoff.rest.export_rows import Form
from handoff.staff import access
from handoff.staff.agents import Person

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["register"])

_LARGEST = 2**31 - 1  # of a number in a conversation (an ``INTEGER``)
_IN_A_PART = 500  # cases that an export holds in memory at a time

_FILES: dict[str, Any] = {form.media_type: {"schema": {"type": "string"}} for form in Form}

_Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=NO_NUL)]
_Code = Annotated[str, StringConstraints(pattern="^[a-z_]{1,20}$")]
_Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2200, 1, 1))]


class Wanted(BaseModel):
    """Which cases: all of what is named must be so; of a name that is given several times, one is enough."""

    model_config = ConfigDict(extra="forbid")

    q: _Words = Field("", description="Words anywhere on the record, from their beginning")
    reference: Annotated[str, StringConstraints(max_length=40)] = ""
    source_number: _Words = Field("", description="The number of an imported case in its old system")
    customer: _Words = Field("", description="Words of the name, address, telephone number or e-mail")
    product: _Words = ""
    kind: Annotated[list[Kind], Field(max_length=10)] = []
    status: Annotated[list[Status], Field(max_length=10)] = []
    stage: Annotated[list[Stage], Field(max_length=10)] = []
    state: Annotated[list[State], Field(description="At the desk", max_length=10)] = []
    severity: Annotated[list[Severity], Field(max_length=10)] = []
    category: Annotated[list[Category], Field(max_length=30)] = []
    channel: Annotated[list[_Code], Field(max_length=20)] = []
    language: Annotated[list[_Code], Field(max_length=20)] = []
    since: _Day | None = Field(None, description="Received on that day or later")
    until: _Day | None = Field(None, description="Received on that day or before")
    due_until: _Day | None = Field(None, description="To be answered on that day or before")

    def query(self) -> CaseQuery:
        """The question. Raises `UnknownReference` for a reference that is none."""
        return CaseQuery(
            words=self.q,
            reference=read_reference(self.reference) if self.reference.strip() else "",
            source_number=self.source_number, customer=self.customer, product=self.product,
            kind=tuple(self.kind), status=tuple(self.status), stage=tuple(self.stage),
            state=tuple(self.state), severity=tuple(self.severity), category=tuple(self.category),
            channel=tuple(self.channel), language=tuple(self.language), since=self.since,
            until=self.until, due_until=self.due_until,
        )  # fmt: skip


class WantedPage(Wanted):
    """The same, and which page of it."""

    sort: Sort = Sort.RECEIVED_LAST
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    after: Annotated[str | None, StringConstraints(max_length=40)] = Field(
        None, description="Go on behind this case"
    )


class WantedExport(Wanted):
    """The same, and in which form."""

    form: Form = Form.CSV


@router.get("/cases")
async def cases(
    request: Request,
    response: Response,
    wanted: Annotated[WantedPage, Query()],
    who: Annotated[Person, Depends(person)],
    after: BackgroundTasks,
) -> list[dict[str, Any]]:
    """Cases on record, the latest first, or as ``sort`` says.

    A full page has a ``Link`` header with the address of the next one (RFC 8288). That you have seen them is
    recorded.
    """
    database: Database = request.state.database
    behind = read_reference(wanted.after) if wanted.after else None

    def unit(session: Session) -> list[dict[str, Any]]:
        found = case_query.page(session, wanted.query(), wanted.sort, behind, wanted.limit)
        return found_lines([(row.case, row.item) for row in found], datetime.now(UTC))

    lines = await database.read(unit)
    if len(lines) == wanted.limit:
        _link_next(request, response, after=lines[-1]["reference"])
    after.add_task(access.note(database, who, [line["reference"] for line in lines], "api-search"))
    return lines


@router.get(
    "/cases/export",
    response_class=StreamingResponse,
    responses={200: {"description": "The file", "content": _FILES}},
)
async def export(
    request: Request, wanted: Annotated[WantedExport, Query()], who: Inspecting
) -> StreamingResponse:
    """All cases that a search would find, as one file, in the order of their arrival in the register.

    It is written while you read it, as the cases are then; one that is filed meanwhile is not in it. That you
    took them out is recorded before they leave: who, when, which. For supervisors, auditors and
    administrators.
    """
    database: Database = request.state.database
    query, now = wanted.query(), datetime.now(UTC)
    number, last = await database.run(
        exports.begin, actor=f"agent:{who.name}", form=str(wanted.form), query=query.without_words(), now=now
    )
    name = f"cases-{now:%Y%m%dT%H%M%SZ}.{wanted.form}"
    return StreamingResponse(
        _parts(database, query, wanted.form, number, last),
        media_type=wanted.form.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get("/cases/{reference}/conversation")
async def conversation(
    request: Request,
    response: Response,
    reference: Reference,
    who: Annotated[Person, Depends(person)],
    background: BackgroundTasks,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="Go on behind this number")] = 0,
) -> list[dict[str, Any]]:
    """What was said in the case's conversation, both ways, oldest first; ``seq`` numbers it.

    A full page has a ``Link`` header with the address of the next one. That you have looked is recorded.
    """
    database: Database = request.state.database
    found = read_reference(reference)
    messages = await database.read(said, found, after, limit)
    if len(messages) == limit:
        _link_next(request, response, after=messages[-1]["seq"])
    background.add_task(access.note(database, who, found, "api"))
    return messages


async def _parts(
    database: Database, query: CaseQuery, form: Form, number: int, last: int
) -> AsyncIterator[str]:
    """The file, part by part; each is noted before it leaves."""

    def read(session: Session, first: int) -> tuple[list[int], list[dict[str, Any]], int]:
        rows, following = case_query.batch(session, query, first, last, _IN_A_PART)
        return [row.case.id or 0 for row in rows], [export_rows.values(row) for row in rows], following

    if form.heading:
        yield form.heading
    first, position = 1, 0
    while first <= last:
        ids, rows, first = await database.read(read, first)
        if not ids:
            continue
        await database.run(exports.note_part, number, position, ids)
        position += 1
        yield export_rows.write(form, rows)
    await database.run(exports.end, number, datetime.now(UTC))


def _link_next(request: Request, response: Response, **place: object) -> None:
    following = request.url.include_query_params(**place)
    response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
