"""Training records in the console: supervisors record them, everybody sees their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel
from sqlmodel import Session

from handoff.console.doors import Door
from handoff.console.improving.showing import Pages
from handoff.console.move import read
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.dispatch.rules import in_force
from handoff.improvement import reading, training
from handoff.improvement.topics import topics
from handoff.improvement.training import Training
from handoff.rest.bodies import Text
from handoff.staff import agents
from handoff.staff.agents import Person
from handoff.staff.roles import Right

_HERE = "/console/training"


class _Reason(BaseModel):
    reason: Text


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/training``."""
    pages = Pages(database, settings)
    router = APIRouter(prefix="/training", route_class=Door)

    async def show(request: Request) -> Response:
        return await pages.show(request, "training.html", _list)

    async def add(request: Request) -> Response:
        return await pages.take(request, Right.SUPERVISE, _add, "training.html", _list)

    async def withdraw(request: Request, number: Annotated[int, InPath(ge=1, le=2**31 - 1)]) -> Response:
        def work(session: Session, who: Person, fields: Mapping[str, str], at: datetime) -> str:
            training.withdraw(session, number, who.name, reason=read(_Reason, fields).reason, now=at)
            return _HERE

        return await pages.take(request, Right.SUPERVISE, work, "training.html", _list)

    router.get("")(show)
    router.post("")(add)
    router.post("/{number}/withdraw")(withdraw)
    return router


def _list(session: Session, who: Person, at: datetime) -> Mapping[str, Any]:
    person = None if who.role.oversees else who.name
    known, today = topics(in_force().training_topics), reading.today(at)
    return {
        "topics": known,
        "standing": training.standing(session, known, today, person),
        "records": training.listed(session, person),
        "people": [one.name for one in agents.all_agents(session) if one.active],
    }


def _add(session: Session, who: Person, fields: Mapping[str, str], at: datetime) -> str:
    training.add(
        session, read(Training, fields), topics(in_force().training_topics), who.name,
        today=reading.today(at), now=at,
    )  # fmt: skip
    return _HERE
