"""How long the program's look-ups take: the functions in their transactions, and the pages over HTTP."""

from __future__ import annotations

import asyncio
import gc
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI
from sqlmodel import Session

from bot.db import Database
from bot.settings import Settings
from handoff.console import cookies, pages
from handoff.console.settings import ConsoleSettings
from handoff.rest import api
from handoff.staff import agents
from handoff.staff.agents import Role
from tests.handoff.serving import serving
from tests.scale.questions import Sample, reading, sample, writing

ROUNDS = 3
SECONDS = 1.0  # of one round of one question, at most
CALLS = 100  # of one round


@dataclass(frozen=True)
class Figure:
    """Milliseconds. ``p95`` is the median of the rounds'; ``promised`` says that a limit holds for it."""

    name: str
    p50: float
    p95: float
    promised: bool


async def measure(databases: Sequence[Database], now: datetime) -> list[list[Figure]]:
    """Ask each of them everything, one question after the other; the figures of each."""
    async with AsyncExitStack() as stack:
        asked = [await _asked(database, now, stack) for database in databases]
        gc.collect()
        gc.freeze()  # as the program does when it starts
        figures = [await _time(name, [each[name] for each in asked]) for name in asked[0]]
    return [list(each) for each in zip(*figures, strict=True)]


@dataclass(frozen=True)
class _Question:
    ask: Callable[[], Awaitable[object]]
    promised: bool = True


async def _asked(database: Database, now: datetime, stack: AsyncExitStack) -> dict[str, _Question]:
    """All questions to one database, by name."""
    known = await database.read(sample)
    settings = Settings(_env_file=None)
    client = await stack.enter_async_context(_desk(database))
    questions = {name: _Question(partial(_fetch, client, path)) for name, path in _pages(known).items()}
    for question in reading(known, settings, now):
        questions[question.name] = _Question(partial(database.read, question.ask), question.promised)
    for question in writing(known, settings, now):
        if question.name not in _ONCE:  # the second time it would find nothing left to do
            questions[question.name] = _Question(partial(database.run, question.ask), question.promised)
    return questions


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


async def _fetch(client: httpx.AsyncClient, path_of: Callable[[], str]) -> None:
    path = path_of()
    answer = await client.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])


async def _time(name: str, questions: Sequence[_Question]) -> list[Figure]:
    """The same question to each, in turn."""
    for question in questions:
        for _ in range(3):
            await question.ask()  # connections, and statements that are built once
    rounds: list[list[tuple[float, float]]] = [[] for _ in questions]
    for _ in range(ROUNDS):
        for kept, question in zip(rounds, questions, strict=True):
            kept.append(await _round(question.ask))
    return [
        Figure(name, median(r[0] for r in kept), median(r[1] for r in kept), question.promised)
        for kept, question in zip(rounds, questions, strict=True)
    ]


async def _round(ask: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """The median and the 95th percentile of some calls, in milliseconds."""
    taken: list[float] = []
    end = perf_counter() + SECONDS
    while len(taken) < CALLS and (len(taken) < 10 or perf_counter() < end):
        began = perf_counter()
        await ask()
        taken.append((perf_counter() - began) * 1000)
    return median(taken), quantiles(taken, n=20)[-1]
