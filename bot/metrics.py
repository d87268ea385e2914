"""``/metrics``: what Prometheus may know of a process, and who may ask.

Counters are this process's own, unless ``PROMETHEUS_MULTIPROC_DIR`` names a folder: then they are those
of all processes that were started with it, as `recourse up` does. What waits, and for how long, is read
from the database when somebody asks, so it is the same whichever process answers. No label holds anything
of a person.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from time import perf_counter

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from pydantic import SecretStr
from sqlmodel import Session

from bot.db import Database
from bot.engine import Engine
from channels import upkeep
from channels.lanes import Job, Lease, LeaseLost, Unavailable
from channels.upkeep import Backlog
from handoff.dispatch.standing import Standing, standing
from handoff.webhooks import keeping

_KINDS = ("in", "out", "clock", "file", "slack", "slackin", "hook")
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")

TURN_SECONDS = Histogram(
    "recourse_turn_seconds",
    "Time from taking up a customer's message to the commit of its answer, by what became of it.",
    ["outcome"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
# What whoever answers has just looked up.
_gauge = partial(Gauge, multiprocess_mode="mostrecent")
_DATABASE_UP = _gauge("recourse_database_up", "1 if the database answers.")
_ENGINE_UP = _gauge("recourse_engine_up", "1 if the dialogue engine answers and has a model.")
_WAITING = _gauge("recourse_jobs_waiting", "Jobs due and not done, by kind.", ["kind"])
_OLDEST = _gauge("recourse_jobs_oldest_seconds", "How long the first of them has waited.", ["kind"])
_DEAD = _gauge("recourse_dead_letters", "Jobs given up, until somebody retries or discards them.", ["kind"])
_UNANSWERED = _gauge(
    "recourse_oldest_unanswered_seconds", "How long the oldest message has waited for its turn."
)
_HANDOFF = _gauge("recourse_handoff_cases", "Cases in the queue for people, by state.", ["state"])
_WEBHOOKS = _gauge(
    "recourse_webhook_deliveries", "Deliveries to webhooks, by state: waiting, failed.", ["state"]
)
_WEBHOOKS_OFF = _gauge("recourse_webhooks_failing", "Webhooks switched off because they failed.")
_HANDOFF_OLDEST = _gauge(
    "recourse_handoff_oldest_seconds", "How long the first case has waited for a person."
)


@dataclass(frozen=True)
class Figures:
    """What the database says about what waits."""

    backlogs: dict[str, Backlog]
    desk: Standing
    webhooks: keeping.Figures


def timed(take: Callable[[Lease, Job], Awaitable[None]]) -> Callable[[Lease, Job], Awaitable[None]]:
    """The handler of incoming messages, its time measured."""

    async def measured(lease: Lease, job: Job) -> None:
        began, outcome = perf_counter(), "failed"
        try:
            await take(lease, job)
            outcome = "done"
        except (Unavailable, LeaseLost):
            outcome = "postponed"
            raise
        finally:
            TURN_SECONDS.labels(outcome).observe(perf_counter() - began)

    return measured


def routes(database: Database, engine: Engine, token: SecretStr | None) -> APIRouter:
    """``GET /metrics``: with ``token`` for whoever bears it, without one for this machine only."""
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        if not _may_read(request, token):
            return PlainTextResponse("set RECOURSE_METRICS_TOKEN, and send it as a bearer token\n", 403)
        await _look(database, engine)
        return Response(generate_latest(_registry()), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


def figures(session: Session, now: datetime) -> Figures:
    """What waits, and for how long."""
    backlogs = {kind: upkeep.backlog(session, kind, now) for kind in _KINDS}
    return Figures(backlogs, standing(session, now), keeping.figures(session))


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return everybody


async def _look(database: Database, engine: Engine) -> None:
    """Bring the gauges up to date; those of a database that is away keep what they said last."""
    _ENGINE_UP.set(await engine.ready())
    try:
        found = await database.read(figures, datetime.now(UTC))
    except Unavailable:
        _DATABASE_UP.set(0)
        return
    _DATABASE_UP.set(1)
    for kind, backlog in found.backlogs.items():
        _WAITING.labels(kind).set(backlog.waiting)
        _OLDEST.labels(kind).set(backlog.oldest.total_seconds())
        _DEAD.labels(kind).set(backlog.dead)
    _UNANSWERED.set(found.backlogs["in"].oldest.total_seconds())
    for state, cases in found.desk.cases.items():
        _HANDOFF.labels(state).set(cases)
    _HANDOFF_OLDEST.set(found.desk.oldest.total_seconds())
    _WEBHOOKS.labels("waiting").set(found.webhooks.waiting)
    _WEBHOOKS.labels("failed").set(found.webhooks.failed)
    _WEBHOOKS_OFF.set(found.webhooks.failing)


def _may_read(request: Request, token: SecretStr | None) -> bool:
    """Whether these figures are this caller's business: they tell strangers how busy the desk is."""
    if token is not None:
        expected = f"Bearer {token.get_secret_value()}".encode()
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), expected)
    if any(name in request.headers for name in _PROXIED):
        return False  # a proxy on this machine passes on what comes from elsewhere
    return request.client is not None and ip_address(request.client.host).is_loopback
