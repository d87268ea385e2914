"""The commands of docker-compose.yml, run as they stand there, each as a process of its own, on PostgreSQL.

Only what a container gives is replaced: host names, the data folder, which Python is called ``python``.

Mutation: let `bot.workers.alive` always say yes: web alone then claims to be ready.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.engine_home import HOME
from tests.compose_file import SECRETS, plain
from tests.end_to_end.running import RECOURSE, ROOT, Program, free_port, run, wait
from tests.present_model import present_models

pytestmark = pytest.mark.timeout(500)  # the first of them may train the model

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@dataclass(frozen=True)
class Service:
    """A service as it runs on loopback."""

    command: list[str]
    environment: dict[str, str]


@pytest.fixture
def services(blank_postgres_url: str, tmp_path: Path) -> dict[str, Service]:
    """What the file says of our services, on loopback, with every secret given."""
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, compose's commands are not tested: run `make test`")
    secrets = {name: f"{name.lower()}-of-the-test" for name in SECRETS}
    web, actions, engine = free_port(), free_port(), free_port()
    here = {
        "RECOURSE_DATABASE_URL": blank_postgres_url,
        "RECOURSE_DATA_DIR": str(tmp_path / "data"),
        "RECOURSE_PORT": str(web),
        "RECOURSE_HOST": "127.0.0.1",
        "RECOURSE_ACTIONS_HOST": "127.0.0.1",
        "RECOURSE_ACTIONS_PORT": str(actions),
        "RECOURSE_ACTIONS_URL": f"http://127.0.0.1:{actions}/actions",
        "RECOURSE_ENGINE_URL": f"http://127.0.0.1:{engine}",
        "RECOURSE_ENGINE_PORT": str(engine),
    }
    python = str(HOME / ".venv/bin/python")
    found = {}
    for name in ("migrate", "engine", "web", "worker"):
        told = plain()["services"][name]
        given = {key: interpolated(str(value), secrets) for key, value in told["environment"].items()}
        replaced = {"0.0.0.0": "127.0.0.1", "bot/rasa/models": str(present_models())}
        words = [replaced.get(word, word) for word in told["command"]]
        program = {"python": python, "recourse": str(RECOURSE)}[words[0]]
        # A container has nothing of our environment; the path is where the image has its programs.
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        found[name] = Service([program, *words[1:]], clean | given | here)
    return found


def interpolated(text: str, variables: dict[str, str]) -> str:
    """``text`` with its variables, as compose puts them in."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        return variables[name] if kind == "?" else variables.get(name, rest or "")

    return _VARIABLE.sub(value, text)


@pytest.fixture
def program(services: dict[str, Service]) -> Iterator[Program]:
    program = Program(services["web"].environment)
    yield program
    program.stop()


def start(program: Program, service: Service) -> None:
    process = subprocess.Popen(service.command, env=service.environment, cwd=ROOT, start_new_session=True)
    program.processes.append(process)


def test_one_complaint_through_separate_processes(services: dict[str, Service], program: Program) -> None:
    migrated = run(services["migrate"].environment, *services["migrate"].command[1:])
    assert migrated.returncode == 0, migrated.stderr
    start(program, services["engine"])
    start(program, services["web"])
    wait(lambda: state(program.url).get("engine") == "ready", 60, "the engine is not reached")
    assert "ready" not in state(program.url)["worker"].split(), "nobody would answer yet"
    start(program, services["worker"])
    program.wait_until_ready()

    customer = program.visitor()
    customer.write("My coffee machine arrived broken, order ORD-55120. I want a refund!")
    reference = re.search(r"RC-[0-9A-Z]{8}", customer.news())
    assert reference
    customer.write("what about my complaint?")
    assert reference[0] in customer.news()
    case = program.command("case", "show", reference[0])
    assert (case["order"], case["remedy"], case["status"]) == ("ORD-55120", "refund", "assessed")

    program.stop()
    assert [process.returncode for process in program.processes] == [0, 0, 0], "each stops cleanly"


def state(url: str) -> dict[str, str]:
    """What ``/readyz`` says; nothing while nobody listens."""
    try:
        told: dict[str, str] = httpx.get(f"{url}/readyz", trust_env=False, timeout=5).json()
    except httpx.HTTPError:
        return {}
    return told
