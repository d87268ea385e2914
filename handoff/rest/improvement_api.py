"""Corrective and preventive actions as JSON, under ``/api/v1/improvement``.

Supervisors and auditors see all of them, everybody else their own; supervisors start and change them, and
their owner says that one is done. Every POST answers with the action as it is then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from handoff.case_file import read_reference
from handoff.database import Database
from handoff.improvement import actions, reading, ties
from handoff.improvement.actions import Change, Plan
from handoff.improvement.record import ActionState, NotTheirs
from handoff.rest.api_calls import Route, Supervising, person
from handoff.rest.bodies import Text
from handoff.staff.agents import Person

router = APIRouter(prefix="/api/v1/improvement", route_class=Route, tags=["improvement"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Anybody = Annotated[Person, Depends(person)]
_Reference = Annotated[str, Field(min_length=1, max_length=40)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Start(Plan):
    """A new action: from ``cases``, after one that did not work, or against an audit's finding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: list[_Reference] = Field(default_factory=list, max_length=100)
    follows: int | None = Field(default=None, ge=1, le=2**31 - 1)
    finding: int | None = Field(default=None, ge=1, le=2**31 - 1)


class Changed(Change):
    """What is to be another, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Text


class Done(_Body):
    """What was done."""

    outcome: Text


class Confirm(_Body):
    """Whether it has worked, and what says so."""

    effective: bool
    reason: Text


class Reopen(_Body):
    """Why it is open again, and until when."""

    due: date
    reason: Text


class Cancel(_Body):
    """Why it will not be done."""

    reason: Text


class Tied(_Body):
    """A case that belongs to it."""

    reference: _Reference


@router.get("")
async def listed(
    request: Request, who: Anybody, state: Annotated[list[ActionState] | None, Query()] = None
) -> list[dict[str, Any]]:
    """Actions, what is to be done first, at most 500; in all states, or those that are named."""

    def unit(session: Session) -> list[dict[str, Any]]:
        found = reading.listed(
            session, states=state or tuple(ActionState), owner=None if who.role.oversees else who.name
        )
        now = datetime.now(UTC)
        return [reading.line(one, now) for one in found]

    database: Database = request.state.database
    return await database.read(unit)


@router.post("", status_code=201)
async def start(request: Request, body: Start, who: Supervising) -> dict[str, Any]:
    """Start an action."""

    def unit(session: Session, now: datetime) -> int:
        plan = Plan.model_validate(body.model_dump(include=set(Plan.model_fields)))
        return actions.start(
            session, plan, who.name, now, cases=[read_reference(one) for one in body.cases],
            follows=body.follows, finding=body.finding,
        )  # fmt: skip

    return await _made(request, unit)


@router.get("/{number}")
async def one(request: Request, number: Number, who: Anybody) -> dict[str, Any]:
    """An action with its cases, history and effect. 403 if it is somebody else's and you do not oversee."""

    def unit(session: Session) -> dict[str, Any]:
        found = reading.find(session, number)
        if not who.role.oversees and found.owner != who.name:
            raise NotTheirs(f"action {number} is {found.owner}'s")
        return reading.as_data(session, found, datetime.now(UTC))

    database: Database = request.state.database
    return await database.read(unit)


@router.post("/{number}/change")
async def change(request: Request, number: Number, body: Changed, who: Supervising) -> dict[str, Any]:
    """Another owner, date, plan, or number of weeks to compare."""
    wanted = Change.model_validate(body.model_dump(include=set(Change.model_fields)))
    return await _made(
        request,
        lambda s, now: actions.change(s, number, who.name, wanted, reason=body.reason, now=now),
        number,
    )


@router.post("/{number}/done")
async def done(request: Request, number: Number, body: Done, who: Anybody) -> dict[str, Any]:
    """It is done; its owner may say so, and supervisors."""
    leads = who.role.supervises
    return await _made(
        request,
        lambda s, now: actions.complete(
            s, number, who.name, outcome=body.outcome, now=now, as_supervisor=leads
        ),
        number,
    )


@router.post("/{number}/confirm")
async def confirm(request: Request, number: Number, body: Confirm, who: Supervising) -> dict[str, Any]:
    """It has worked, or not; the figures of that moment are kept with it."""
    return await _made(
        request, lambda s, now: actions.confirm(s, number, who.name, **dict(body), now=now), number
    )


@router.post("/{number}/reopen")
async def reopen(request: Request, number: Number, body: Reopen, who: Supervising) -> dict[str, Any]:
    """Open it again."""
    return await _made(
        request, lambda s, now: actions.reopen(s, number, who.name, **dict(body), now=now), number
    )


@router.post("/{number}/cancel")
async def cancel(request: Request, number: Number, body: Cancel, who: Supervising) -> dict[str, Any]:
    """It will not be done."""
    return await _made(
        request, lambda s, now: actions.cancel(s, number, who.name, reason=body.reason, now=now), number
    )


@router.post("/{number}/tie")
async def tie(request: Request, number: Number, body: Tied, who: Supervising) -> dict[str, Any]:
    """A case belongs to it."""
    reference = read_reference(body.reference)
    return await _made(request, lambda s, now: ties.tie(s, number, reference, who.name, now), number)


@router.post("/{number}/untie")
async def untie(request: Request, number: Number, body: Tied, who: Supervising) -> dict[str, Any]:
    """A case does not belong to it after all."""
    reference = read_reference(body.reference)
    return await _made(request, lambda s, now: ties.untie(s, number, reference, who.name, now), number)


async def _made(
    request: Request, do: Callable[[Session, datetime], int | None], number: int = 0
) -> dict[str, Any]:
    """Do it, and read the action in the same transaction."""

    def unit(session: Session) -> dict[str, Any]:
        now = datetime.now(UTC)
        made = do(session, now)
        return reading.as_data(session, reading.find(session, number if made is None else made), now)

    database: Database = request.state.database
    return await database.run(unit)
