"""The platforms of `tests.platforms` on a bad day: slow down, out of order, taken but not said."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.platforms.server import PlatformServer
from tests.platforms.slack import SlackServer
from tests.platforms.telegram import TelegramServer
from tests.platforms.twilio import TwilioServer

LATE = 11.0
"""Seconds after which a stalled answer comes: adapters wait for 10."""


class Weather:
    """Draws trouble for calls, and counts it. The platforms' threads share it."""

    def __init__(self, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self._rng = random.Random(seed)
        self._lock = threading.Lock()

    def strike(self, server: PlatformServer, method: str, *, looks: bool) -> None:
        """Perhaps upset the call of ``method`` that begins now; ``looks``: it only looks something up."""
        with self._lock:
            roll = self._rng.random()
            if looks:
                self._strike_look_up(server, method, roll)
            else:
                self._strike_sending(server, method, roll)

    def _strike_look_up(self, server: PlatformServer, method: str, roll: float) -> None:
        if roll < 0.15:
            self.counts["look-up: 429"] += 1
            server.fail_next(429, retry_after=1, only=method)
        elif roll < 0.3:
            self.counts["look-up: 503"] += 1
            server.fail_next(503, only=method)

    def _strike_sending(self, server: PlatformServer, method: str, roll: float) -> None:
        if roll < 0.03:
            self.counts["429"] += 1
            server.fail_next(429, retry_after=1, only=method)
        elif roll < 0.06:
            self.counts["503"] += 1
            server.fail_next(503, only=method)
        elif roll < 0.075:
            self.counts["connection lost after delivery"] += 1
            server.drop_next(taken=True, only=method)
        elif roll < 0.08:
            self.counts["timeout after delivery"] += 1
            server.stall_next(LATE, taken=True, only=method)
        elif roll < 0.095:
            self.counts["500 after delivery"] += 1
            server.fail_next(500, taken=True, only=method)
        elif roll < 0.105:
            self.counts["500"] += 1
            server.fail_next(500, only=method)


class _Upset(PlatformServer):
    """A platform under `weather`. Trouble is asked for and met within one step of its loop."""

    weather: Weather
    sending: str
    looking: str

    async def handle(
        self, method: str, fields: dict[str, Any], request: Request, do: Callable[[], Awaitable[Response]]
    ) -> Response:
        if method in (self.sending, self.looking):
            self.weather.strike(self, method, looks=method == self.looking)
        return await super().handle(method, fields, request, do)


class UpsetTelegram(_Upset, TelegramServer):
    sending, looking = "sendMessage", "getMe"


class UpsetSlack(_Upset, SlackServer):
    sending, looking = "chat.postMessage", "conversations.history"


class UpsetTwilio(_Upset, TwilioServer):
    sending, looking = "create", "list"


def platforms_under(weather: Weather) -> dict[str, PlatformServer]:
    """The three platforms, to be entered."""
    servers: dict[str, _Upset] = {"telegram": UpsetTelegram(), "slack": UpsetSlack(), "twilio": UpsetTwilio()}
    for server in servers.values():
        server.weather = weather
    return dict(servers)
