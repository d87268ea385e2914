"""Slack's server, one for the whole run, and an office for each test, on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.db import Database
from channels.slack import Slack, SlackSettings
from handoff.slack_desk import changes
from handoff.slack_desk.hearing import Hearing
from handoff.slack_desk.showing import Showing
from tests.platforms.slack import SIGNING_SECRET, TOKEN, SlackServer
from tests.slack_desk.office import CHANNEL, CONSOLE, Office, staff


@pytest.fixture(scope="session")
def running_slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def slack_server(running_slack: SlackServer) -> SlackServer:
    running_slack.reset()
    return running_slack


@pytest.fixture
async def office(database: Database, slack_server: SlackServer, tmp_path: Path) -> AsyncIterator[Office]:
    settings = SlackSettings(
        TOKEN, SIGNING_SECRET, slack_server.api_url, CHANNEL, data_dir=tmp_path, timeout=1.0
    )
    slack = Slack(settings)
    await database.run(staff)
    showing = Showing(database, slack.web, CHANNEL, CONSOLE, pace=timedelta())
    with changes.followed():
        yield Office(database, slack_server, slack, showing, Hearing(database, slack.web, "the ombudsman"))
    await slack.close()
