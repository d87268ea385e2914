"""The program as real processes, beside an engine that is as slow as a test wants it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.channels.drivers import SERVERS
from tests.end_to_end.running import run, without_models
from tests.operations.slow_engine import SlowEngine, slow_engine
from tests.platforms.server import PlatformServer


@pytest.fixture
def engine() -> Iterator[SlowEngine]:
    """It answers at once until a test slows it down."""
    with slow_engine() as engine:
        yield engine


@pytest.fixture
def servers() -> Iterator[dict[str, PlatformServer]]:
    """The platforms' stand-ins, by name."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(server()) for name, server in SERVERS.items()}


@pytest.fixture
def settings(engine: SlowEngine, tmp_path: Path, blank_url: str) -> dict[str, str]:
    """The environment of a program with an empty database, on each kind of database in turn."""
    return _settings(engine, tmp_path, blank_url)


@pytest.fixture
def sqlite_settings(engine: SlowEngine, tmp_path: Path, blank_sqlite_url: str) -> dict[str, str]:
    """The environment of a program on SQLite."""
    return _settings(engine, tmp_path, blank_sqlite_url)


def _settings(engine: SlowEngine, folder: Path, url: str) -> dict[str, str]:
    settings = without_models(
        folder / "data",
        RECOURSE_DATABASE_URL=url,
        RECOURSE_ENGINE_URL=engine.url,
        RECOURSE_SECRET_KEY="a-key-for-tests-of-operations",
        RECOURSE_DRAIN_SECONDS="0.3",
    )
    migrated = run(settings, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    return settings
