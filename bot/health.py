"""Whether a process lives, and whether a message would be answered: ``/healthz`` and ``/readyz``."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Response

from bot.db import Database
from bot.engine import Engine
from bot.workers import alive
from channels.lanes import Unavailable


def routes(database: Database, engine: Engine, stopping: asyncio.Event) -> APIRouter:
    """For whatever starts, restarts and balances processes.

    A process that is not ready still lives: restarting it would not bring the engine back.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process lives: its event loop answers."""
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz(response: Response) -> dict[str, str]:
        """200 once a message would be answered; 503 from the moment the process is asked to stop."""
        state = await _readiness(database, engine)
        if stopping.is_set():
            state["program"] = "stopping: send nothing new here"
        response.status_code = 200 if set(state.values()) == {"ready"} else 503
        return state

    return router


async def _readiness(database: Database, engine: Engine) -> dict[str, str]:
    state = {"database": "ready", "worker": "ready", "engine": "ready"}
    try:
        if not await database.read(alive, datetime.now(UTC)):
            state["worker"] = "no worker has been heard of lately: start `recourse worker`"
    except Unavailable:
        state["database"] = state["worker"] = "the database does not answer"
    if not await engine.ready():
        state["engine"] = "the dialogue engine does not answer"
    return state
