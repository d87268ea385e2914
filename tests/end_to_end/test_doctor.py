"""``recourse doctor`` says what is off, what is broken and what to do, and changes nothing.

Mutation: in `bot.doctor._database`, open the database without looking whether it is there.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.wiring import adapters
from tests.end_to_end.running import environment, platforms, run
from tests.platforms.server import PlatformServer

CHANNELS = ("telegram", "slack", "sms", "whatsapp")


def findings(settings: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What is found, by what was looked at. The status is 1 where something is broken."""
    done = run(settings, "doctor", "--json")
    found = {found["what"]: found for found in json.loads(done.stdout)}
    assert done.returncode == any(f["state"] == "broken" for f in found.values()), done.stderr
    return found


def test_channels_that_are_off_are_named_with_what_connects_them(tmp_path: Path) -> None:
    found = findings(environment(tmp_path))
    assert {found[name]["state"] for name in CHANNELS} == {"off"}
    assert "TELEGRAM_BOT_TOKEN" in found["telegram"]["remedy"]
    assert "SLACK_SIGNING_SECRET" in found["slack"]["remedy"]
    assert "TWILIO_AUTH_TOKEN" in found["whatsapp"]["remedy"]
    assert found["web chat"]["state"] == "ok"
    assert found["program"]["state"] == "off"
    assert not list(tmp_path.iterdir()), "an examination makes no database and no key"


def test_connected_channels_name_their_webhooks(tmp_path: Path, servers: dict[str, PlatformServer]) -> None:
    found = findings(environment(tmp_path, **platforms(servers)))
    assert {found[name]["state"] for name in CHANNELS} == {"ok"}
    assert found["whatsapp"]["remedy"].endswith("https://example.org/hooks/twilio")


def test_a_channel_that_no_message_reaches_is_broken(
    tmp_path: Path, servers: dict[str, PlatformServer]
) -> None:
    settings = environment(tmp_path, **platforms(servers))
    del settings["RECOURSE_PUBLIC_URL"]
    found = findings(settings)
    assert found["telegram"]["state"] == "ok", "it is polled"
    assert "RECOURSE_PUBLIC_URL" in found["slack"]["remedy"]
    assert found["slack"]["state"] == "broken"


def test_what_is_broken_is_told_in_words_too(tmp_path: Path) -> None:
    settings = environment(
        tmp_path,
        RECOURSE_DATABASE_URL="postgresql://u:hush-hush@127.0.0.1:1/r",
        RECOURSE_ENGINE_PYTHON="/nowhere/bin/python",
        RECOURSE_MODELS_DIR=str(tmp_path),
        COLUMNS="300",
    )
    done = run(settings, "doctor")
    assert done.returncode == 1
    for words in ("make up", "recourse train", "start PostgreSQL", "broken", "set TELEGRAM_BOT_TOKEN"):
        assert words in done.stdout
    assert "hush-hush" not in done.stdout
    assert done.stderr == ""


@pytest.fixture
def stranger() -> Iterator[int]:
    """A port on which something else answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello")

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]


def test_a_stranger_on_the_port_is_not_the_program(tmp_path: Path, stranger: int) -> None:
    found = findings(environment(tmp_path, RECOURSE_PORT=str(stranger)))
    assert found["program"]["state"] == "broken"
    assert "something else" in found["program"]["remedy"]


def test_the_doctor_knows_every_adapter(
    tmp_path: Path, servers: dict[str, PlatformServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(tmp_path, **platforms(servers)).items():
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert settings.platforms == set(adapters(settings).by_hook)
