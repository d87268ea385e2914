"""What is set wrongly is said at once: one line that names the setting and what to do, and status 1.

Mutation: let `bot.command_line._is_expected` forget `SettingsError`.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.running import ROOT, environment, free_port, run

AT_ONCE = 15.0  # seconds; less than 5 on a machine that has nothing else to do

DATABASE = "RECOURSE_DATABASE_URL"
WRONG = {
    "a placeholder for a secret": ({"RECOURSE_SECRET_KEY": "change-me-please-now"}, "placeholder"),
    "a secret too short": ({"RECOURSE_SECRET_KEY": "abc"}, "openssl rand"),
    "a placeholder for a token": ({"TELEGRAM_BOT_TOKEN": "<your token>"}, "placeholder"),
    "a secret that Telegram refuses": ({"TELEGRAM_WEBHOOK_SECRET": "a b"}, "letters, digits"),
    "an account without its token": ({"TWILIO_ACCOUNT_SID": "AC77"}, "TWILIO_AUTH_TOKEN"),
    "half of Slack": ({"SLACK_SIGNING_SECRET": "5f1c0e"}, "SLACK_BOT_TOKEN"),
    "an unknown time zone": ({"RECOURSE_TIME_ZONE": "Mars/Olympus"}, "Europe/Madrid"),
    "an unknown country": ({"RECOURSE_COUNTRY": "britain"}, "GB"),
    "a country without a calendar": ({"RECOURSE_COUNTRY": "XX"}, "RECOURSE_COUNTRY"),
    "unreadable opening hours": ({"RECOURSE_OPENING_HOURS": "nine to five"}, "Mo-Fr 09:00-17:00"),
    "an unknown policy": ({"RECOURSE_POLICY": "uk_best"}, "iso_generic"),
    "a word for a port": ({"RECOURSE_PORT": "http"}, "from 1 to 65535"),
    "a number that is no port": ({"RECOURSE_ACTIONS_PORT": "99999"}, "from 1 to 65535"),
    "an address of elsewhere": ({"RECOURSE_HOST": "203.0.113.9"}, "RECOURSE_HOST"),
    "a public address without https": ({"RECOURSE_PUBLIC_URL": "complaints.example.org"}, "https://"),
    "an engine without http": ({"RECOURSE_ENGINE_URL": "engine:5005"}, "http"),
    "PostgreSQL refuses": ({DATABASE: "postgresql://u:hush-hush@127.0.0.1:1/r"}, "start PostgreSQL"),
    "PostgreSQL is nowhere": ({DATABASE: "postgresql://u:hush-hush@db.invalid/r"}, "start PostgreSQL"),
    "no database at all": ({DATABASE: "mysql://u:hush-hush@localhost/r"}, "sqlite:///var/recourse.db"),
    "a database in no folder": ({DATABASE: "sqlite:////dev/null/r.db"}, "on a local disk"),
    "a world of nowhere": ({"RECOURSE_WORLD": "/nowhere"}, "recourse world init"),
    "no Python for the engine": ({"RECOURSE_ENGINE_PYTHON": "/nowhere/bin/python"}, "make up"),
}  # fmt: skip


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line in which the program refuses to start."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert re.fullmatch(r"recourse: [^\n]+\n", done.stderr), done.stderr
    assert "hush-hush" not in done.stderr + done.stdout
    return done.stderr


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_said_at_once(case: str, tmp_path: Path) -> None:
    settings, remedy = WRONG[case]
    line = refused(run(environment(tmp_path, **settings), "up", seconds=AT_ONCE))
    assert remedy in line
    name = next(iter(settings))
    assert name in line, "the setting is named"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


@pytest.mark.parametrize("command", ["up", "web"])
def test_a_port_in_use_is_said_at_once(command: str, taken_port: int, tmp_path: Path) -> None:
    settings = environment(tmp_path, RECOURSE_PORT=str(taken_port))
    assert f"port {taken_port} is taken" in refused(run(settings, command, seconds=AT_ONCE))


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    """Root may write anywhere, so a file stands in the folder's place."""
    place = tmp_path / "data"
    place.write_text("")
    line = refused(run(environment(place), "up", seconds=AT_ONCE))
    assert "RECOURSE_DATA_DIR" in line and str(place) in line
    if os.geteuid() != 0:
        place.unlink()
        place.mkdir(mode=0o500)
        assert str(place) in refused(run(environment(place / "deep"), "up", seconds=AT_ONCE))


def test_python_3_10_absent_is_said_by_make(tmp_path: Path) -> None:
    """What `make up` says where uv can neither find nor fetch it; a uv that always fails stands in."""
    home = tmp_path / "engine"
    command = ["make", "UV=/bin/false", f"RASA={home}", f"{home}/ready"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert "Python 3.10" in done.stderr
    assert "install it" in done.stderr


def test_nothing_is_left_behind_by_a_refusal(tmp_path: Path) -> None:
    """A start that was refused has made no database and no key."""
    settings = environment(
        tmp_path / "data", RECOURSE_TIME_ZONE="Mars/Olympus", RECOURSE_PORT=str(free_port())
    )
    refused(run(settings, "up", seconds=AT_ONCE))
    assert not (tmp_path / "data").exists()
