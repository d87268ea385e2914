"""The desk as JSON, the other part: presence, who has what, one answer for many."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlmodel import Session

from handoff.case_file import read_reference
from handoff.casework import bulk
from handoff.database import Database
from handoff.dispatch import presence
from handoff.dispatch.overview import Load, Overview, overview
from handoff.dispatch.presence import Profile
from handoff.queue import BadInput
from handoff.rest.api_calls import Answering, Inspecting, Route, Supervising
from handoff.rest.bodies import LONGEST_NAME, NO_NUL, BulkReply, NameCause, SetPresence, SetProfile
from handoff.staff import agents

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["desk"])

Name = Annotated[str, Path(max_length=LONGEST_NAME, pattern=NO_NUL)]


@router.get("/me")
async def me(request: Request, who: Answering) -> dict[str, Any]:
    """Your own place at the desk."""
    database: Database = request.state.database
    return profile_json(await database.read(presence.profile, who.name))


@router.put("/me/presence")
async def set_presence(request: Request, body: SetPresence, who: Answering) -> dict[str, Any]:
    """Say whether you can be given work. Repeat it now and then: who is not heard of is offline."""

    def unit(session: Session) -> Profile:
        presence.set_presence(session, who.name, body.presence, datetime.now(UTC))
        session.flush()
        return presence.profile(session, who.name)

    database: Database = request.state.database
    return profile_json(await database.run(unit))


@router.get("/desk")
async def desk(request: Request, who: Inspecting) -> dict[str, Any]:  # noqa: ARG001  it is a check
    """Who has what, how long customers wait, which dates are near. For supervisors and auditors."""
    database: Database = request.state.database
    return overview_json(await database.read(overview, datetime.now(UTC)))


@router.put("/desk/agents/{name}")
async def set_profile(request: Request, name: Name, body: SetProfile, who: Supervising) -> dict[str, Any]:  # noqa: ARG001
    """Change how many cases an agent may have at a time, their languages, their skills."""

    def unit(session: Session) -> Profile:
        known = agents.find(session, name).name
        presence.set_profile(session, known, **dict(body), now=datetime.now(UTC))
        session.flush()
        return presence.profile(session, known)

    database: Database = request.state.database
    return profile_json(await database.run(unit))


@router.post("/bulk/cause")
async def name_cause(request: Request, body: NameCause, who: Supervising) -> dict[str, Any]:
    """Say that cases have the same cause."""
    database: Database = request.state.database
    references = [read_reference(text) for text in body.references]
    await bulk.mark_all(database, references, body.cause, who.name)
    return {"cause": body.cause, "cases": len(set(references))}


@router.post("/bulk/reply")
async def bulk_reply(request: Request, body: BulkReply, who: Supervising) -> dict[str, Any]:
    """Answer everybody whom something concerns, each in their own conversation; once for each ``id``.

    What stopped halfway is finished by the same request again.
    """
    if bool(body.references) == bool(body.cause):
        raise BadInput("name either the references or the cause")
    database: Database = request.state.database
    outcome = await bulk.reply_all(
        database,
        [read_reference(text) for text in body.references] or body.cause,
        {"": body.text, **body.texts},
        who.name,
        body.id,
        also_held=body.also_held,
    )
    return vars(outcome)


def profile_json(profile: Profile) -> dict[str, Any]:
    """An agent as JSON."""
    return {
        "agent": profile.agent,
        "presence": profile.presence,
        "capacity": profile.capacity,
        "languages": sorted(profile.languages),
        "skills": sorted(profile.skills),
        "held": profile.held,
        "free": profile.free,
        "seen_at": profile.seen_at,
    }


def overview_json(found: Overview) -> dict[str, Any]:
    """The desk as JSON; times of waiting in seconds."""
    waiting = found.waiting
    return {
        "waiting": {
            "cases": waiting.cases,
            "at_risk": waiting.at_risk,
            "overdue": waiting.overdue,
            "median_seconds": int(waiting.median.total_seconds()),
            "longest_seconds": int(waiting.longest.total_seconds()),
        },
        "agents": [_load_json(load) for load in found.agents],
        "with_bot": found.with_bot,
        "escalated": found.escalated,
    }


def _load_json(load: Load) -> dict[str, Any]:
    return {
        **profile_json(load.profile),
        "held": load.held,
        "offered": load.offered,
        "at_risk": load.at_risk,
        "overdue": load.overdue,
        "oldest": load.oldest,
    }
