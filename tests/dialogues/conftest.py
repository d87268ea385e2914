"""The engine with the model that the real examples, rules and texts make, and the real actions."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from actions.endpoint import actions_app
from tests.engine.engine_process import PYTHON, Engine, run_engine
from tests.present_model import present_models

TOKEN = "token-of-the-actions"


@pytest.fixture(scope="session")
def trained() -> Path:
    """A folder with the model. It is trained only if no model of these very files is there yet."""
    if not PYTHON.exists():
        pytest.skip(
            f"THE DIALOGUES ARE NOT TESTED: no environment at {PYTHON.parents[1]}, see bot/rasa/README.md"
        )
    return present_models()


@pytest.fixture(scope="session")
def engine(trained: Path) -> Iterator[Engine]:
    """The engine, shared: it keeps nothing from one conversation to the next."""
    with ServedActions() as url, run_engine(trained, url, TOKEN) as running:
        yield running


class ServedActions:
    """The actions' own application on a free port of loopback."""

    def __enter__(self) -> str:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.server = uvicorn.Server(uvicorn.Config(actions_app(TOKEN), log_level="warning"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listening]}, daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/actions"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
