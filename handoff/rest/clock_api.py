"""The desk as JSON: what moves the clock of a case, for its holder and for supervisors."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from handoff.casework import timing
from handoff.rest.api_calls import Answering, Reference, Route, act
from handoff.rest.bodies import ChooseKind, Extend, Pause, StageDone

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["clock"])


@router.post("/cases/{reference}/pause")
async def pause(request: Request, reference: Reference, body: Pause, who: Answering) -> dict[str, Any]:
    """Let the clock stand still, if the policy knows such a pause. The customer is told."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, timing.pause, who, **values)


@router.post("/cases/{reference}/resume")
async def resume(request: Request, reference: Reference, who: Answering) -> dict[str, Any]:
    """Let the clock go on: every date moves by what passed. The customer is told the new ones."""
    return await act(request, reference, timing.resume, who, as_supervisor=who.role.supervises)


@router.post("/cases/{reference}/extend")
async def extend(request: Request, reference: Reference, body: Extend, who: Answering) -> dict[str, Any]:
    """Put the answer off, as far as the policy allows. The customer is told when, and why."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, timing.extend, who, **values)


@router.post("/cases/{reference}/time-limit")
async def time_limit(
    request: Request, reference: Reference, body: ChooseKind, who: Answering
) -> dict[str, Any]:
    """It is a kind of complaint with a time of its own. The customer is told the new date."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, timing.choose_kind, who, **values)


@router.post("/cases/{reference}/stage-done")
async def stage_done(
    request: Request, reference: Reference, body: StageDone, who: Answering
) -> dict[str, Any]:
    """A stage that the policy names is done: nobody is warned of it any more."""
    values = {**dict(body), "as_supervisor": who.role.supervises}
    return await act(request, reference, timing.fulfil, who, **values)
