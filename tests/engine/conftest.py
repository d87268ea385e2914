"""One trained model, one actions server and one engine for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer, serve_actions
from tests.engine.engine_process import PYTHON, Engine, run_engine, train


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the fixture's model, trained once."""
    if not PYTHON.exists():
        pytest.skip(f"NO DIALOGUE ENGINE, none of it is tested: {PYTHON} is missing, see bot/rasa/README.md")
    folder = tmp_path_factory.mktemp("models")
    train(folder)
    return folder


@pytest.fixture(scope="session")
def actions() -> Iterator[ActionsServer]:
    """The custom actions, served on loopback."""
    with serve_actions() as server:
        yield server


@pytest.fixture(scope="session")
def engine(models: Path, actions: ActionsServer) -> Iterator[Engine]:
    """The engine, shared: it keeps nothing from one test to the next."""
    with run_engine(models, actions.url, ACTIONS_TOKEN) as running:
        yield running
