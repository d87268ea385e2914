"""How long the program's look-ups take: the functions in their transactions, and the pages over HTTP."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI
from sqlmodel import Session

from bot.db import Database
from bot.settings import Settings
from handoff import agents, api
from handoff.agents import Role
from handoff.console import cookies, pages
from handoff.console.settings import ConsoleSettings
from tests.handoff.serving import serving
from tests.scale.questions import Sample, reading, sample, writing

ROUNDS = 3
SECONDS = 0.5  # of one round of one question, at most
CALLS = 40  # of one round


@dataclass(frozen=True)
class Figure:
    """Milliseconds. ``p95`` is the median of the rounds'; ``promised`` says that a limit holds for it."""

    name: str
    p50: float
    p95: float
    promised: bool


async def measure(database: Database, now: datetime) -> list[Figure]:
    """Ask everything, one after the other."""
    known = await database.read(sample)
    settings = Settings(_env_file=None)
    figures = []
    async with _desk(database) as client:
        for name, path in _pages(known).items():
            figures.append(await _time(name, lambda path=path: _get(client, path()), promised=True))
    figures += [
        await _time(question.name, lambda q=question: database.read(q.ask), promised=question.promised)
        for question in reading(known, settings, now)
    ]
    for question in writing(known, settings, now):
        if question.name in _ONCE:
            continue  # it would find nothing left to do
        figures.append(await _time(question.name, lambda q=question: database.run(q.ask), promised=True))
    return figures


_ONCE = {"chat page, marked as seen", "finished jobs purged", "accept, an album", "a receipt"}


def _pages(known: Sample) -> dict[str, Callable[[], str]]:
    """What an agent's browser or program asks for."""
    chance = random.Random(17)
    one = chance.choice
    return {
        "HTTP: status by reference (API)": lambda: f"/api/v1/cases/{one(known.references)}",
        "HTTP: queue page": lambda: "/console",
        "HTTP: queue (API, 500 cases)": lambda: "/api/v1/queue",
        "HTTP: queue of what is closed (API)": lambda: "/api/v1/queue?state=closed",
        "HTTP: case page": lambda: f"/console/cases/{one(known.references)}",
        "HTTP: case page of a long conversation": lambda: f"/console/cases/{known.long_reference}",
    }


@asynccontextmanager
async def _desk(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The API and the console behind a web server, and somebody who has signed in to both."""

    def hire(session: Session) -> tuple[str, str]:
        now = datetime.now(UTC)
        token = agents.add(session, f"Auditor {now.timestamp()}", Role.AUDITOR, now)
        return token, agents.sign_in_by_token(session, token, now)

    token, cookie = await database.run(hire)
    app = FastAPI()
    app.include_router(api.routes(database, outside_body=""))
    with tempfile.TemporaryDirectory() as folder:
        settings = ConsoleSettings("Northwind Home", ZoneInfo("Europe/London"), Path(folder))
        app.include_router(pages.routes(database, settings, asyncio.Event()))
        async with (
            serving(app) as address,
            httpx.AsyncClient(
                base_url=address,
                headers={"Authorization": f"Bearer {token}", "Accept": "text/html"},
                cookies={cookies.SESSION: cookie},
                timeout=30,
            ) as client,
        ):
            yield client


async def _get(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])


async def _time(name: str, ask: Callable[[], Awaitable[object]], *, promised: bool) -> Figure:
    for _ in range(3):
        await ask()  # connections, and statements that are built once
    rounds = []
    for _ in range(ROUNDS):
        taken: list[float] = []
        end = perf_counter() + SECONDS
        while len(taken) < CALLS and (len(taken) < 10 or perf_counter() < end):
            began = perf_counter()
            await ask()
            taken.append((perf_counter() - began) * 1000)
        rounds.append((median(taken), quantiles(taken, n=20)[-1]))
    return Figure(name, median(r[0] for r in rounds), median(r[1] for r in rounds), promised)
