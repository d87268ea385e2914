"""The desk in Slack inside the program: its worker, its settings, its commands.

Mutation: in `bot.worker.work`, leave out ``slack_desk.work`` — no case is ever shown in Slack.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from bot import serving, slack_desk
from bot.db import Database
from bot.settings import Settings, SettingsError
from bot.worker import work
from handoff.slack_desk import record
from tests.handoff.cases import complain
from tests.platforms.slack import APP_TOKEN, SIGNING_SECRET, TOKEN, SlackServer
from tests.platforms.slack_socket import SlackSocket
from tests.slack_desk.office import CHANNEL, NORA, Office, staff
from tests.turn.desk import ScriptedEngine, answer

SLACK = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
RECOURSE = Path(sys.executable).with_name("recourse")


async def test_the_worker_shows_and_hears(office: Office, tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, RECOURSE_DATA_DIR=tmp_path, SLACK_DESK_CHANNEL=CHANNEL,
        SLACK_API_URL=office.server.api_url, RECOURSE_PUBLIC_URL="https://example.org", **SLACK,
    )  # fmt: skip
    engine, stop, now = ScriptedEngine(lambda *_: answer("Hello")), asyncio.Event(), datetime.now(UTC)
    working = asyncio.create_task(work(office.database, engine, {"slack": office.slack}, settings, stop))
    reference = await office.database.run(lambda s: complain(s, now=now))
    await asyncio.to_thread(office.server.wait_for, 1, 30)
    assert f"https://example.org/console/cases/{reference}" in office.head(reference)
    await office.deliver(office.pressed("claim", reference))
    await asyncio.to_thread(office.server.wait_for, 2, 30)
    assert "My kettle arrived broken." in office.thread(reference)
    assert await office.holder(reference) == "Nora"
    stop.set()
    await asyncio.wait_for(working, 20)


async def test_without_its_channel_nothing_is_kept_for_it(
    database: Database, slack_server: SlackServer
) -> None:
    settings = Settings(_env_file=None, SLACK_API_URL=slack_server.api_url, **SLACK)
    assert slack_desk.work(database, {}, settings) == []
    with slack_desk.followed(settings):
        await database.run(complain)

    def lanes(session: Session) -> list[str]:
        return [lane for (lane,) in session.connection().exec_driver_sql("select lane from job").all()]

    assert not any(lane.startswith("slack") for lane in await database.read(lanes))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SLACK_DESK_CHANNEL": CHANNEL}, "SLACK_BOT_TOKEN is not"),
        ({"SLACK_APP_TOKEN": APP_TOKEN}, "SLACK_BOT_TOKEN is not"),
        ({"SLACK_APP_TOKEN": TOKEN, **SLACK}, "xapp-"),
        ({"SLACK_DESK_CHANNEL": "#complaints", **SLACK}, "C024BE91L"),
    ],
)
def test_a_wrong_setting_says_what_is_right(
    given: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        Settings.load()


async def test_an_agent_is_linked_once_and_another_takes_the_link_over(database: Database) -> None:
    now = datetime.now(UTC)
    await database.run(staff)
    for name in ("Nora", "Oliver"):
        await database.run(record.link, name, NORA, "operator", now)
    person = await database.read(record.person, NORA)
    assert person
    assert person.name == "Oliver"
    assert await database.run(record.unlink, "Oliver", "operator", now) == 2
    assert await database.read(record.person, NORA) is None


@pytest.mark.parametrize("user", ["nora", "@nora", "C0DESK", "", "U0NORA; drop", "u0nora"])
async def test_what_is_no_member_is_not_linked(database: Database, user: str) -> None:
    with pytest.raises(ValueError, match="member id"):
        await database.run(record.link, "Nora", user, "operator", datetime.now(UTC))


def test_the_commands_link_and_unlink(tmp_path: Path) -> None:
    environment = {**os.environ, "RECOURSE_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [RECOURSE, "user", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("add", "Nora").returncode == 0
    assert "Nora is U0NORA in Slack" in run("link", "Nora", "U0NORA").stdout
    assert run("link", "Nobody", "U0NORA").returncode == 1
    assert run("link", "Nora", "nora").returncode == 2
    assert "nobody in Slack" in run("unlink", "Nora").stdout


async def test_the_web_process_listens_by_socket_mode(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    reference = await office.case()
    async with SlackSocket() as link:
        office.server.socket_url = link.url
        public, inner = free_port(), free_port()
        settings = Settings(
            _env_file=None, RECOURSE_DATA_DIR=tmp_path, RECOURSE_DATABASE_URL=database_url,
            RECOURSE_PORT=public, RECOURSE_ACTIONS_PORT=inner, SLACK_API_URL=office.server.api_url,
            SLACK_DESK_CHANNEL=CHANNEL, SLACK_APP_TOKEN=APP_TOKEN, **SLACK,
        )  # fmt: skip
        program = asyncio.create_task(serving.web(settings))
        await link.connected(seconds=30)
        pressed = office.server.body_for(
            "button", token=reference, action="claim", user=NORA, channel=CHANNEL, ts=office.ts(reference)
        )
        assert await link.acknowledges(await link.deliver(pressed), seconds=30)
        assert not program.done()  # it has its own way with this signal, as long as it runs
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(program, 30)
    await office.settle()
    assert await office.holder(reference) == "Nora"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
