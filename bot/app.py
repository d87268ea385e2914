"""The public application: hooks, web chat, console, API, and how it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from fastapi import FastAPI, Request, Response
from sqlmodel import Session
from starlette.requests import ClientDisconnect

from bot import health, metrics
from bot.body_limit import BodyLimit
from bot.db import Database
from bot.engine import Engine
from bot.intake import Intake
from bot.plain_address import PlainAddress
from bot.policy_page import routes as policy_page
from bot.privacy import pages as privacy_pages
from bot.review import pages as review_pages
from bot.settings import Settings
from bot.status_page import routes as status_page
from bot.wiring import Adapters, console, filing, review, web_chat
from channels import inbox, outbox
from channels.channel import Receipt
from channels.hooks import hooks
from channels.wakeups import notify
from channels.webchat.routes import routes as chat
from complaints.world import world
from handoff.case_documents import doors as case_documents
from handoff.casework import file_links
from handoff.console import letters, new_case, pages, webhooks
from handoff.dispatch import rules
from handoff.rest import api, filing_api
from handoff.slack_desk import hearing
from handoff.webhooks.described import describe


def create_app(
    database: Database, engine: Engine, adapters: Adapters, settings: Settings, stopping: asyncio.Event
) -> FastAPI:
    """All that listens on the public port. The API's description is at ``/openapi.json``.

    ``stopping`` ends the open streams when the program is asked to stop.
    """
    rules.put_in_force(settings.desk)
    world.put_in_force(settings.world)
    app = FastAPI(title="Recourse", version="0.1.0", docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit)
    app.add_middleware(PlainAddress)
    app.add_exception_handler(ClientDisconnect, _hung_up)

    app.include_router(
        hooks(adapters.by_hook, Intake(database, store).accept, public_url=settings.public_url)
    )
    app.include_router(chat(database, web_chat(settings), stopping))
    app.include_router(api.routes(database, settings.policy.outside_body))
    app.include_router(case_documents.api_routes(database, console(settings)))
    app.include_router(case_documents.console_routes(database, console(settings)))
    app.include_router(pages.routes(database, console(settings), stopping))
    app.include_router(letters.routes(database, console(settings)))
    takes_down = filing(database, engine, settings)
    app.include_router(filing_api.routes(takes_down))
    app.include_router(new_case.routes(takes_down, console(settings)))
    app.include_router(webhooks.routes(database, console(settings), settings.webhook_reach))
    app.include_router(file_links.routes(settings.data_dir, settings.secret_key))
    app.include_router(review_pages.routes(review(database, settings), console(settings)))
    app.include_router(privacy_pages.routes(database, settings, console(settings)))
    app.include_router(status_page.routes(database, settings))
    app.include_router(policy_page.routes(settings))
    app.include_router(metrics.routes(database, engine, settings.metrics_token))
    app.include_router(health.routes(database, engine, stopping))
    describe(app)

    return app


async def _hung_up(_request: Request, _error: Exception) -> Response:
    """For nobody. To hang up in the middle of a request is no fault of the program's: no traceback."""
    return Response(status_code=400)


def create_inner_app(
    database: Database, engine: Engine, settings: Settings, stopping: asyncio.Event
) -> FastAPI:
    """What a worker without a public port tells of itself: its figures, and whether it is well."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(metrics.routes(database, engine, settings.metrics_token))
    app.include_router(health.routes(database, engine, stopping))
    return app


def store(session: Session, receipts: Sequence[Receipt], now: datetime) -> list[list[str]]:
    """Store what webhooks held; for each, the channels of the messages that were new."""
    told = inbox.accept_all(session, [message for receipt in receipts for message in receipt.messages], now)
    stored = iter(told)
    for receipt in receipts:
        for body in receipt.desk:
            hearing.accept(session, body, now)
        for report in receipt.reports:
            if (known := outbox.report(session, report, now)) is not None:
                notify(session, f"chat:{known.conversation}")
    return [
        [message.channel for message in islice(stored, len(receipt.messages)) if message is not None]
        for receipt in receipts
    ]
