"""The real engine, as a process of its own on loopback."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "bot/rasa/.venv/bin/python"
FIXTURE = Path(__file__).parent / "fixture"
TOKEN = "token-of-the-engine"
START_SECONDS = 50.0

FACTS: Mapping[str, Any] = {
    "language": "en",
    "cases": [{"reference": "R-OLD"}],  # no newcomer: what the words say counts as it is
    "open_reference": None,
    "offer": {"reference": "R-7K2M", "due": "2026-12-01"},
}


def train(models: Path, *options: str, project: Path = FIXTURE) -> str:
    """Train as an operator does; the digest of the model."""
    command: list[str | Path] = [PYTHON, ROOT / "bot/rasa/train.py"]
    command += ["--models", models, "--data", project / "data"]
    command += ["--domain", project / "domain.yml", "--rules", project / "rules", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    digest: str = done.stdout.splitlines()[-1]
    return digest


class Engine:
    """What a client of the engine sees, and its process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30.0
        )

    def answer(self, text: str, **more: Any) -> httpx.Response:
        """The raw answer to one turn."""
        return self.http.post("/turn", json={"conversation": "c-1", "text": text, "facts": FACTS, **more})

    def turn(self, text: str, **more: Any) -> dict[str, Any]:
        """One turn that is expected to succeed."""
        answer = self.answer(text, **more)
        assert answer.status_code == 200, answer.text
        turned: dict[str, Any] = answer.json()
        return turned

    def say(self, *texts: str, state: dict[str, Any] | None = None) -> dict[str, Any]:
        """Several turns of one conversation; the last of them."""
        for text in texts:
            turned = self.turn(text, state=state)
            # What the program keeps is JSON in a row of its database.
            state = json.loads(json.dumps(turned["state"]))
        return turned


def spoken(turned: dict[str, Any]) -> list[str]:
    """The texts of the replies."""
    return [reply["text"] for reply in turned["replies"]]


@contextmanager
def run_engine(
    models: Path,
    actions_url: str,
    actions_token: str,
    home: Path = ROOT / "bot/rasa",
    log: IO[bytes] | None = None,
) -> Iterator[Engine]:
    """The engine whose code is at `home`, from listening to its end; what it logs goes to `log`."""
    port = _free_port()
    environment = {
        **os.environ,
        "RECOURSE_ENGINE_TOKEN": TOKEN,
        "RECOURSE_ACTIONS_URL": actions_url,
        "RECOURSE_ACTIONS_TOKEN": actions_token,
    }
    command: list[str | Path] = [PYTHON, home / "serve.py"]
    command += ["--models", models, "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=log or sys.stderr, stderr=log or sys.stderr)
    engine = Engine(process, port)
    try:
        _wait_until_it_listens(engine)
        yield engine
    finally:
        engine.http.close()
        process.terminate()
        process.wait(20)


def _wait_until_it_listens(engine: Engine) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert engine.process.poll() is None, "the engine ended before it listened"
        try:
            if engine.http.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the engine did not listen within {START_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
