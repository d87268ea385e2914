"""The public application: hooks, web chat, console, API, and whether it is well."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from fastapi import FastAPI, Response
from sqlmodel import Session

from bot.body_limit import BodyLimit
from bot.db import Database
from bot.engine import Engine
from bot.review import pages as review_pages
from bot.settings import Settings
from bot.wiring import Adapters, console, review, web_chat
from bot.workers import alive
from channels import inbox, outbox
from channels.channel import Receipt
from channels.hooks import hooks
from channels.lanes import Unavailable
from channels.wakeups import notify
from channels.webchat.routes import routes as chat
from handoff import api
from handoff.console import pages


def create_app(
    database: Database, engine: Engine, adapters: Adapters, settings: Settings, stopping: asyncio.Event
) -> FastAPI:
    """All that listens on the public port. The API's description is at ``/openapi.json``.

    ``stopping`` ends the open streams when the program is asked to stop.
    """
    app = FastAPI(title="Recourse", version="0.1.0", docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit)

    async def accept(receipt: Receipt) -> None:
        await database.run(accept_receipt, receipt, datetime.now(UTC))

    app.include_router(hooks(adapters.by_hook, accept, public_url=settings.public_url))
    app.include_router(chat(database, web_chat(settings), stopping))
    app.include_router(api.routes(database, settings.policy.outside_body))
    app.include_router(pages.routes(database, console(settings), stopping))
    app.include_router(review_pages.routes(review(database, settings), console(settings)))

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, str]:
        """200 once a message would be answered: database, engine and a worker are there."""
        state = await _readiness(database, engine)
        response.status_code = 200 if set(state.values()) == {"ready"} else 503
        return state

    return app


def accept_receipt(session: Session, receipt: Receipt, now: datetime) -> None:
    """Store what a webhook held, all of it or nothing."""
    for message in receipt.messages:
        inbox.accept(session, message, now)
    for report in receipt.reports:
        if (known := outbox.report(session, report, now)) is not None:
            notify(session, f"chat:{known.conversation}")


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
