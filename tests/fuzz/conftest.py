"""The program on each kind of database, shared by the tests of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.db import Database
from bot.engine import Answer, Said
from complaints import commands
from complaints.facts import Facts
from tests.channels.drivers import DRIVERS, SERVERS, Driver
from tests.conftest import create_tables, new_database
from tests.fuzz.program import Program, program
from tests.platforms.server import PlatformServer
from tests.turn.desk import ScriptedEngine, answer


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, PlatformServer]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(server()) for name, server in SERVERS.items()}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest,
    servers: dict[str, PlatformServer],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Program]:
    """The program with an empty database, on each kind of database in turn."""
    folder = tmp_path_factory.mktemp("fuzz")
    url = asyncio.run(_database(request, folder))
    with program(url, folder / "data", servers, ScriptedEngine(filing)) as running:
        yield running


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest, servers: dict[str, PlatformServer]) -> Driver:
    """Each channel with a webhook in turn."""
    return DRIVERS[request.param](servers)


async def _database(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/recourse.db"
    else:
        url = await new_database(request.getfixturevalue("postgres"), "template1")
    async with await Database.open(url) as database:
        await database.run(create_tables)
    return url


def filing(said: Said, facts: Facts) -> Answer:
    """What is said first becomes a complaint: all of it goes through the register to the desk."""
    known = next((case.reference for case in facts.cases if case.open), None)
    reference = known or facts.offer.reference
    filed = commands.FileComplaint(reference=reference, description=said.text)
    added = commands.RecordFeedback(kind="other", text=said.text)
    return answer(f"Noted as {reference}: {said.text}", commands=(added if known else filed,))
