"""The desk as JSON: investigation, decision and recourse of a case, for its holder and for supervisors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlmodel import Session

from handoff.case_parts import tasks_of_owner
from handoff.casework import correcting, deciding, investigating, recourse
from handoff.database import Database
from handoff.rest.api_calls import Answering, Reference, Route, Supervising, act
from handoff.rest.case_bodies import (
    Correct,
    Draft,
    EditLetter,
    EndTask,
    LiftConflict,
    NewTask,
    OneLetter,
    Outside,
    PassTask,
    PerhapsWhy,
    Remark,
    SendLetter,
    StepAside,
    Why,
)

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["desk"])


@router.get("/me/tasks")
async def my_tasks(request: Request, who: Answering) -> list[dict[str, Any]]:
    """What you have to do, what is due first coming first."""

    def unit(session: Session) -> list[dict[str, Any]]:
        return tasks_of_owner(session, who.name, datetime.now(UTC))

    database: Database = request.state.database
    return await database.read(unit)


@router.post("/cases/{reference}/tasks")
async def add_task(request: Request, reference: Reference, body: NewTask, who: Answering) -> dict[str, Any]:
    """Something has to be done for a case."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, investigating.add_task, who, **values)


@router.post("/cases/{reference}/task-end")
async def end_task(request: Request, reference: Reference, body: EndTask, who: Answering) -> dict[str, Any]:
    """A task is done, or dropped; say what came of it."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, investigating.end_task, who, **values)


@router.post("/cases/{reference}/task-pass")
async def pass_task(request: Request, reference: Reference, body: PassTask, who: Answering) -> dict[str, Any]:
    """Give a task to a colleague."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, investigating.pass_task, who, **values)


@router.post("/cases/{reference}/correct")
async def correct(request: Request, reference: Reference, body: Correct, who: Answering) -> dict[str, Any]:
    """Put right what is on record of the person and the problem. What stood there stays in the history."""
    values = {"changes": body.changes, "reason": body.reason, "as_supervisor": who.role.supervises}
    return await act(request, reference, correcting.correct, who, **values)


@router.post("/cases/{reference}/evidence")
async def add_evidence(
    request: Request, reference: Reference, body: Remark, who: Answering
) -> dict[str, Any]:
    """Write down what was found out. Files are added in the console."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, investigating.add_evidence, who, **values)


@router.post("/cases/{reference}/conflict")
async def step_aside(
    request: Request, reference: Reference, body: StepAside, who: Answering
) -> dict[str, Any]:
    """You have a conflict of interest, or (for supervisors) somebody else has: the case goes to others."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, investigating.step_aside, who, **values)


@router.post("/cases/{reference}/conflict-lift")
async def lift_conflict(
    request: Request, reference: Reference, body: LiftConflict, who: Supervising
) -> dict[str, Any]:
    """Somebody may handle the case after all. Nobody says so of themselves."""
    return await act(request, reference, investigating.lift_conflict, who, **dict(body))


@router.post("/cases/{reference}/draft")
async def draft(request: Request, reference: Reference, body: Draft, who: Answering) -> dict[str, Any]:
    """Compose the answer in the customer's language. Nothing is sent."""
    values = {"outside": request.state.outside_body, "as_supervisor": who.role.supervises}
    return await act(request, reference, deciding.draft, who, body.finding, **values)


@router.post("/cases/{reference}/letter-edit")
async def edit(request: Request, reference: Reference, body: EditLetter, who: Answering) -> dict[str, Any]:
    """Change the text of a draft."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, deciding.edit, who, **values)


@router.post("/cases/{reference}/letter-discard")
async def discard(request: Request, reference: Reference, body: OneLetter, who: Answering) -> dict[str, Any]:
    """The draft is not wanted."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, deciding.discard, who, **values)


@router.post("/cases/{reference}/send")
async def send(request: Request, reference: Reference, body: SendLetter, who: Answering) -> dict[str, Any]:
    """You have checked the letter: the case is decided, and the customer gets it."""
    values = {"outside": request.state.outside_body, "as_supervisor": who.role.supervises}
    return await act(request, reference, deciding.send, who, **dict(body), **values)


@router.post("/cases/{reference}/accept")
async def accept(request: Request, reference: Reference, body: PerhapsWhy, who: Answering) -> dict[str, Any]:
    """The customer accepts the answer."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, recourse.accept, who, **values)


@router.post("/cases/{reference}/contest")
async def contest(request: Request, reference: Reference, body: Why, who: Answering) -> dict[str, Any]:
    """The customer does not accept the answer; they are told how they can go on."""
    values = {"outside": request.state.outside_body, "as_supervisor": who.role.supervises}
    return await act(request, reference, recourse.contest, who, **dict(body), **values)


@router.post("/cases/{reference}/escalate")
async def escalate(request: Request, reference: Reference, body: Why, who: Answering) -> dict[str, Any]:
    """Somebody else than the person who decided reviews the case."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, recourse.escalate, who, **values)


@router.post("/cases/{reference}/escalate-outside")
async def escalate_outside(
    request: Request, reference: Reference, body: Outside, who: Answering
) -> dict[str, Any]:
    """The customer has turned to a body outside the organisation."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, recourse.escalate_outside, who, **values)
