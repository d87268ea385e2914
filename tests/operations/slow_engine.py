"""The engine's side of ``/turn``, on loopback: as slow as a test wants it, and without a model.

It speaks the engine's protocol over real HTTP; what it says is of no interest to these tests.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

ANSWER = "I have heard you."


class SlowEngine(ThreadingHTTPServer):
    """Takes ``seconds`` for a turn and keeps the texts that it was asked."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asked: list[str] = []
        self.answered: list[str] = []
        self.status = 200
        self.gone = False
        self.frozen = False
        """Whether it answers nobody, not even its ``/status``, for as long as that lasts."""
        self.stuck: str | None = None
        """A text with which it is never done, if it is not everybody's: then ``""``."""
        self.poison: str | None = None
        """A text at which it fails."""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def go_away(self) -> None:
        """Hang up, and refuse connections from now on."""
        self.gone = True
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SlowEngine

    def parse_request(self) -> bool:
        self.close_connection = self.server.gone
        return not self.server.gone and super().parse_request()

    def do_GET(self) -> None:
        self._freeze(None)
        self._answer(200, {"model": "none"})

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["content-length"])))["text"]
        self.server.asked.append(text)
        time.sleep(self.server.seconds)
        self._freeze(text)
        self._answer(
            500 if text == self.server.poison else self.server.status,
            {
                "replies": [{"text": ANSWER, "buttons": [], "name": None}],
                "commands": [],
                "state": {},
                "model": "none",
                "parse": {"intent": "greet", "confidence": 1.0, "ranking": [], "entities": []},
            },
        )
        self.server.answered.append(text)

    def _freeze(self, text: str | None) -> None:
        """Be silent for longer than anybody waits, or until that is over."""
        end = time.monotonic() + 10
        server = self.server
        while time.monotonic() < end and not server.gone:
            if not (server.frozen or (text is not None and server.stuck in (text, ""))):
                return
            time.sleep(0.02)

    def _answer(self, status: int, body: Any) -> None:
        encoded = json.dumps(body).encode()
        with suppress(ConnectionError):  # a program that was killed
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """The test's output is for the tests."""


@contextmanager
def slow_engine() -> Iterator[SlowEngine]:
    """The server, running in a thread until the block ends."""
    server = SlowEngine()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.go_away()
