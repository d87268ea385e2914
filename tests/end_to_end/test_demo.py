"""A day of invented customers: let in once, through the real program, and never among real cases.

Mutation: let `bot.demo.playing.played` always say no, or let `bot.demo.dating.told` give the moment back.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.db import Database
from bot.demo.customers import FOLDER, customers
from bot.engine_home import HOME
from complaints import texts
from handoff.case_file import case_file
from tests.end_to_end.running import RECOURSE, ROOT, Program, environment, run, running

pytestmark = pytest.mark.timeout(500)  # the first of them may train the model

EVERYWHERE = texts.languages()
ANSWERS = 10  # questions that the assistant may ask at a time
PLAYED = 90.0  # seconds; some 20 when nothing else runs, and other tests do


def test_every_invented_day_fits_into_a_day() -> None:
    """Nobody is told to have spoken in the future, or longer ago than a day."""
    for customer in customers(EVERYWHERE):
        gaps = [timedelta(minutes=step.after) for step in customer.steps[1:]]
        answering = timedelta(seconds=40) * ANSWERS if customer.answers else timedelta(0)
        assert sum(gaps, answering) < timedelta(hours=customer.hours_ago) < timedelta(days=1), customer.name
        assert all((FOLDER / step.photo).is_file() for step in customer.steps if step.photo), customer.name


@dataclass
class Demo:
    """What ``recourse up --demo`` said, and the settings that it ran with."""

    settings: dict[str, str]
    said: str
    seconds: float  # from ready to welcome
    cases: list[dict[str, Any]]

    async def files(self) -> list[dict[str, Any]]:
        """The whole record of every case."""
        async with await Database.open(
            f"sqlite:///{self.settings['RECOURSE_DATA_DIR']}/recourse.db"
        ) as database:
            return [await database.read(case_file, case["reference"]) for case in self.cases]


def up(settings: dict[str, str]) -> tuple[str, float]:
    """Start with ``--demo``, wait for the welcome, stop; all that was said, and how long the demo took."""
    command = [RECOURSE, "up", "--demo"]
    with subprocess.Popen(
        command, env=settings, cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout is not None
        said, began, ended = "", time.monotonic(), time.monotonic()
        for line in process.stdout:
            said += line
            if line.startswith("Inventing"):
                began = time.monotonic()
            if line.startswith("Ctrl-C"):
                ended = time.monotonic()
                process.send_signal(signal.SIGTERM)
    return said, ended - began


def listed(settings: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(settings, "case", "list", "--all", "--json").stdout)
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, the demo is not tested: run `make test`")
    settings = environment(tmp_path_factory.mktemp("demo"))
    assert run(settings, "train", seconds=400).returncode == 0
    said, seconds = up(settings)
    assert "console/sign-in?code=" in said, said
    return Demo(settings, said, seconds, listed(settings))


def test_a_console_with_life_in_it(demo: Demo) -> None:
    """Every stage, every severity, several languages, two agents at work, people asked for."""
    assert demo.seconds < PLAYED
    cases = demo.cases
    assert 15 <= len(cases) <= 30
    statuses = {"assessed", "investigating", "responded", "closed", "withdrawn"}
    assert {case["status"] for case in cases} == statuses
    assert {case["severity"] for case in cases} == {"low", "medium", "high", "critical"}
    spoken = {customer.language for customer in customers(texts.languages())}
    assert {case["language"] for case in cases} == spoken >= {"en", "es"}
    assert {case["state"] for case in cases} == {"waiting", "held", "with_bot", "closed"}
    assert {case["holder"] for case in cases} == {None, "Alma (demo)", "Ben (demo)"}


async def test_the_records_are_those_of_a_day(demo: Demo) -> None:
    """Each move was made, a photo is kept, times are spread and in order, and all is labelled."""
    kinds: set[str] = set()
    reasons: set[str] = set()
    now = datetime.now(UTC)
    files = await demo.files()
    for case in files:
        events = case["events"]
        kinds |= {event["kind"] for event in events}
        reasons |= set(case["handoff_reasons"])
        assert events[-1]["kind"] == "invented", "no case hides that it is made up"
        times = [datetime.fromisoformat(event["at"]) for event in events]
        assert all(a <= b for a, b in pairwise(times)), case["reference"]
        assert now - timedelta(days=1) < times[0] < times[-1] <= now
        said = [datetime.fromisoformat(message["at"]) for message in case["messages"]]
        assert all(a <= b for a, b in pairwise(said)), case["reference"]
        assert max(said) <= now
        assert {message["state"] for message in case["messages"]} <= {"answered", "delivered"}
    assert {
        "claimed",
        "replied",
        "note",
        "reassessed",
        "released",
        "handed_back",
        "reopened",
        "confirmed",
    } <= kinds
    assert {"asked", "danger", "legal", "complaint", "reopened"} <= reasons
    assert any(
        file["media_type"] == "image/jpeg" and file["kept"] for case in files for file in case["files"]
    )
    received = sorted(datetime.fromisoformat(case["received_at"]) for case in demo.cases)
    assert received[-1] - received[0] > timedelta(hours=18)
    assert max(b - a for a, b in pairwise(received)) < timedelta(hours=6)


def test_it_plays_only_once(demo: Demo) -> None:
    said, _ = up(demo.settings)
    assert "have been here already" in said
    assert "sign-in?code=" in said
    assert {c["reference"] for c in listed(demo.settings)} == {c["reference"] for c in demo.cases}


@pytest.fixture
def program(demo: Demo, tmp_path: Path) -> Program:
    """A program with a real case, stopped before the test."""
    with running(environment(tmp_path)) as program:
        program.wait_until_ready()
        visitor = program.visitor()
        visitor.write("My coffee machine arrived broken, order ORD-55120. I want a refund!")
        assert "RC-" in visitor.news()
    return program


def test_real_cases_are_left_alone(program: Program) -> None:
    """With real cases in the database it refuses in one line, and starts nothing."""
    settings = dict(program.environment)
    done = run(settings, "up", "--demo")
    assert done.returncode == 1
    assert done.stderr.startswith("recourse: ") and done.stderr.count("\n") == 1
    assert "RECOURSE_DATA_DIR" in done.stderr
    assert "Starting" not in done.stdout
    assert len(listed(settings)) == 1
