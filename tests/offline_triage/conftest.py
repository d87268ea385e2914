"""The model that an operator trains, once for all tests of this folder, and the command as a process."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.present_model import present_models

ROOT = Path(__file__).parents[2]
ENGINE_PYTHON = ROOT / "bot/rasa/.venv/bin/python"


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str
    seconds: float

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


def recourse(*arguments, models, given=b""):
    environment = {**os.environ, "RECOURSE_MODELS_DIR": str(models), "PYTHONIOENCODING": "utf-8"}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        input=given, capture_output=True, env=environment, cwd=ROOT, timeout=240, check=False,
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode(), time.monotonic() - began)


@pytest.fixture(scope="session")
def models():
    """A folder with the real model in service."""
    if not ENGINE_PYTHON.exists():
        pytest.skip(f"NO DIALOGUE ENGINE, no backlog is sorted: {ENGINE_PYTHON} is missing, run `make up`")
    return present_models()


@pytest.fixture
def triage(models):
    def run(*arguments, given=b""):
        return recourse("triage", *arguments, models=models, given=given)

    return run
