"""The engine with the model that the real examples, rules and texts make, and the real actions."""

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from actions.endpoint import actions_app
from bot import responses
from tests.engine.engine_process import PYTHON, ROOT, Engine, run_engine

TOKEN = "token-of-the-actions"
TRAINING_SECONDS = 600


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model. It is trained only if no model of these very files is there yet."""
    if not PYTHON.exists():
        pytest.skip(
            f"THE DIALOGUES ARE NOT TESTED: no environment at {PYTHON.parents[1]}, see bot/rasa/README.md"
        )
    folder = tmp_path_factory.mktemp("dialogue")
    texts = folder / "responses.yml"
    responses.generate(texts)
    kept = ROOT / "bot/rasa/models"
    digest = _train(kept, texts, "--candidate")
    models = folder / "models"
    models.mkdir()
    shutil.copy(kept / f"{digest}.tar.gz", models)
    _train(models, texts)
    return models


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


def _train(models: Path, texts: Path, *options: str) -> str:
    command = [PYTHON, ROOT / "bot/rasa/train.py", "--data", ROOT / "nlu_data", "--responses", texts]
    command += ["--models", models, *options]
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
        timeout=TRAINING_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()[-1]
