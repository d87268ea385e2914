"""One program for the whole folder, started as an operator starts it: ``recourse up``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bot.engine_home import HOME
from tests.channels.drivers import SERVERS
from tests.end_to_end.running import Desk, Program, environment, platforms, run, running
from tests.platforms.server import PlatformServer


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, PlatformServer]]:
    """The platforms' APIs."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(server()) for name, server in SERVERS.items()}


@pytest.fixture(scope="session")
def program(
    servers: dict[str, PlatformServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """The program on SQLite, with all its channels."""
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, nothing is tested from end to end: run `make test`")
    settings = environment(tmp_path_factory.mktemp("data"), **platforms(servers))
    trained = run(settings, "train", seconds=400)
    assert trained.returncode == 0, trained.stderr
    with running(settings) as program:
        program.wait_until_ready()
        yield program


@pytest.fixture(scope="session")
def desk(program: Program) -> Desk:
    """An agent."""
    return program.agent("Anna")
