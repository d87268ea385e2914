"""``recourse webhook``, as an operator types it: the secret once, states, deliveries, replay.

Mutation: print the secret in ``list``, or let ``remove`` leave the endpoint.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from standardwebhooks import Webhook
from typer.testing import CliRunner

from bot import cli
from bot.db import Database
from bot.settings import Settings, SettingsError
from handoff.webhooks import signing
from handoff.webhooks.record import Endpoint

KEY = "a-key-for-the-webhooks"
Command = Callable[..., Any]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/recourse.db"


@pytest.fixture
def command(tmp_path: Path, url: str) -> Command:
    """A command's JSON; with ``status``, what it says when it ends so."""
    environment = {
        "RECOURSE_DATA_DIR": str(tmp_path),
        "RECOURSE_DATABASE_URL": url,
        "RECOURSE_SECRET_KEY": KEY,
        "RECOURSE_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8",
    }

    def run(*words: str, status: int = 0, as_json: bool = True) -> Any:
        words = ("webhook", *words, *(["--json"] if as_json else []))
        done = CliRunner().invoke(cli.app, words, env=environment)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if as_json and status == 0 else done.output

    return run


def on(url: str, unit: Callable[[Database], Any]) -> Any:
    async def run() -> Any:
        async with await Database.open(url) as database:
            return await unit(database)

    return asyncio.run(run())


def test_from_first_to_last_day(command: Command, url: str) -> None:
    added = command("add", "http://127.0.0.1:9/hooks", "--event", "case.closed", "--description", "CRM")
    secret = added["secret"]
    assert (added["id"], added["types"], added["state"]) == (1, ["case.closed"], "enabled")
    endpoint = on(url, lambda database: database.read(lambda s: s.exec(select(Endpoint)).one()))
    headers = signing.headers(KEY.encode(), [endpoint.key], "msg_1", b"{}", datetime.now(UTC))
    Webhook(secret).verify("{}", headers)
    [listed] = command("list")
    assert not {secret, endpoint.key} & set(map(str, listed.values()))
    assert command("rotate", "1")["secret"] != secret
    assert command("test", "1") == {"id": 1, "delivery": 1}
    assert command("disable", "1")["state"] == "disabled"
    assert "enable it first" in command("test", "1", status=1)
    assert "replay 1 --since" in command("enable", "1", as_json=False)
    assert command("replay", "1", "--delivery", "1") == {"id": 1}
    assert command("replay", "1", "--since", "2026-03-01") == {"id": 1}
    [line] = command("deliveries", "1")
    assert (line["type"], line["state"], line["attempts"]) == ("webhook.tested", "waiting", [])
    assert "enabled" in command("list", as_json=False)
    assert command("remove", "1") == {"removed": 1}
    for words, said in (
        (("replay", "1", "--delivery", "9"), "no webhook 1"),
        (("add", "https://10.0.0.1/"), "RECOURSE_WEBHOOK_PRIVATE_ADDRESSES"),
        (("add", "https://crm.example.org/", "--event", "case.invented"), "no such event"),
    ):
        assert said in command(*words, status=1)


def test_networks_are_checked_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOURSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECOURSE_WEBHOOK_PRIVATE_ADDRESSES", "10.0.0.0/8, intranet")
    with pytest.raises(SettingsError, match="write networks as"):
        Settings.load()
