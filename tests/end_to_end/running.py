"""The whole program, started by its own commands, against the platforms' APIs on loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import httpx

from tests.channels.drivers import PUBLIC_URL
from tests.platforms import slack, telegram, twilio
from tests.platforms.server import PlatformServer, Webhook
from tests.present_model import PYTHON, present_models

ROOT = Path(__file__).parents[2]
RECOURSE = Path(sys.executable).with_name("recourse")
START = 60.0  # seconds, on a busy machine; the model is trained before


@dataclass
class Program:
    """A running program: its address, its settings, its processes."""

    environment: Mapping[str, str]
    log: IO[bytes] | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['RECOURSE_PORT']}"

    def command(self, *words: str) -> Any:
        """What a ``recourse`` command prints as JSON."""
        done = run(self.environment, *words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start one of the long-running commands."""
        process = subprocess.Popen(
            [RECOURSE, *words],
            env=self.environment,
            cwd=ROOT,
            start_new_session=True,
            stdout=self.log,
            stderr=self.log,
        )
        self.processes.append(process)
        return process

    def wait_until_ready(self) -> None:
        wait(lambda: _ready(self.url), START, "not ready")

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(30)

    def deliver(self, webhook: Webhook) -> httpx.Response:
        """The platform calls our hook, as it would through the public address."""
        path = urlsplit(webhook.url).path
        return httpx.post(
            self.url + path, headers=webhook.headers, content=webhook.body, trust_env=False, timeout=15
        )

    def agent(self, name: str) -> Desk:
        token = self.command("user", "add", name, "--role", "agent")["token"]
        return Desk(self._client(f"{self.url}/api/v1", token))

    def visitor(self) -> Visitor:
        """Somebody who opens the web chat."""
        opened = httpx.post(f"{self.url}/chat/session", json={}, trust_env=False, timeout=15)
        return Visitor(self._client(self.url, opened.json()["token"]))

    def _client(self, url: str, token: str) -> httpx.Client:
        client = httpx.Client(base_url=url, headers=_bearer(token), trust_env=False, timeout=15)
        self.clients.append(client)
        return client


@dataclass
class Desk:
    """An agent at the API."""

    http: httpx.Client

    def do(self, move: str, reference: str, **body: str) -> httpx.Response:
        return self.http.post(f"/cases/{reference}/{move}", json=body or None)

    def queue(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/queue").json()
        return found


class Visitor:
    """A customer at the web chat."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.seen = 0

    def write(self, text: str, message_id: str | None = None, **more: str) -> httpx.Response:
        return self.http.post(
            "/chat/messages", json={"id": message_id or uuid.uuid4().hex, "text": text, **more}
        )

    def everything(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/chat/messages", params={"after": 0}).json()
        return found

    def news(self, seconds: float = 15.0) -> str:
        """What was said to this visitor since the last look, once something was."""

        def look() -> list[dict[str, Any]]:
            said = self.http.get("/chat/messages", params={"after": self.seen}).json()
            return [m for m in said if m["from"] != "customer"]

        wait(lambda: bool(look()), seconds, "no answer")
        time.sleep(0.15)  # an answer may be of several messages, committed together
        said = look()
        self.seen = max(m["seq"] for m in said)
        return "\n".join(m["text"] for m in said)


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The environment of a program with its data in ``data``, and of its engine."""
    return without_models(data) | _models() | settings


def without_models(data: Path, **settings: str) -> dict[str, str]:
    """The same for a program whose engine is another's: nothing is trained."""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("RECOURSE_", "TELEGRAM_", "SLACK_", "TWILIO_"))
    }
    ports = {"RECOURSE_PORT": str(free_port()), "RECOURSE_ACTIONS_PORT": str(free_port())}
    return clean | ports | {"RECOURSE_DATA_DIR": str(data)} | settings


def _models() -> dict[str, str]:
    """The model of the present files; without the engine there is none, and nobody wants one."""
    return {"RECOURSE_MODELS_DIR": str(present_models())} if PYTHON.exists() else {}


def platforms(servers: Mapping[str, PlatformServer]) -> dict[str, str]:
    """The settings that connect the program to the stand-ins of the platforms."""
    return {
        "RECOURSE_PUBLIC_URL": PUBLIC_URL,
        "TELEGRAM_BOT_TOKEN": telegram.TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": telegram.SECRET,
        "TELEGRAM_API_URL": servers["telegram"].url,
        "SLACK_BOT_TOKEN": slack.TOKEN,
        "SLACK_SIGNING_SECRET": slack.SIGNING_SECRET,
        "SLACK_API_URL": f"{servers['slack'].url}/api/",
        "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
        "TWILIO_AUTH_TOKEN": twilio.AUTH_TOKEN,
        "TWILIO_SMS_FROM": twilio.SMS_FROM,
        "TWILIO_WHATSAPP_FROM": twilio.WHATSAPP_FROM,
        "TWILIO_API_URL": servers["twilio"].url,
    }


@contextmanager
def running(
    environment: Mapping[str, str], *commands: str, log: IO[bytes] | None = None
) -> Iterator[Program]:
    """The program, until the block ends; ``commands`` are started in their order, and write to ``log``."""
    program = Program(environment, log)
    try:
        for words in commands or ("up",):
            program.start(*words.split())
        yield program
    finally:
        program.stop()


def run(environment: Mapping[str, str], *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """One command, from start to end."""
    return subprocess.run(
        [RECOURSE, *words],
        env=dict(environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def wait(done: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Until ``done``; fails with ``otherwise`` after some seconds."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
