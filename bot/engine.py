"""The dialogue engine as the program sees it: facts in, replies and commands out.

Errors::

    EngineError
    ├── EngineUnavailable   down, slow or overloaded: nothing is known about this message
    │   └── EngineSilent    it was asked, and had no answer in time or at all
    └── TurnFailed          the engine is there, and failed at this very message
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp
import structlog
from prometheus_client import Gauge

from channels.message import Button
from complaints.commands import Command, UnknownCommand, read
from complaints.complaint import Category, Severity
from complaints.facts import Facts
from complaints.triage import Parse

_CIRCUIT_OPEN = Gauge(
    "recourse_engine_circuit_open",
    "1 while this process fails at once instead of asking the engine.",
    multiprocess_mode="mostrecent",
)

log = structlog.get_logger()


class EngineError(Exception):
    """The engine gave no usable answer."""


class EngineUnavailable(EngineError):
    """The engine cannot be reached in time. Worth another try in ``retry_in`` seconds."""

    def __init__(self, reason: str, retry_in: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_in = retry_in


class EngineSilent(EngineUnavailable):
    """It was asked, and gave no answer: because it is down or slow, or because of what it was asked."""


class TurnFailed(EngineError):
    """The engine answered that it failed, or answered nonsense, for this very message."""


@dataclass(frozen=True)
class Said:
    """What the customer said: a text and, where the program knows it, what it means.

    ``intent`` is trusted (a button we offered, a photo without words, a hazard our rules found);
    ``payload`` goes to the actions with it.
    """

    text: str
    intent: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """One message to the customer. ``name`` is its name in the catalogue of texts."""

    text: str
    buttons: tuple[Button, ...] = ()
    name: str | None = None


@dataclass(frozen=True)
class Answer:
    """What one turn came to. ``state`` is the dialogue's, opaque, to be handed in next time.

    ``expected`` says that the message answered a question: what it is hardly depends on the intent then.
    """

    replies: tuple[Reply, ...]
    commands: tuple[Command, ...]
    state: dict[str, Any]
    parse: Parse
    expected: bool = False


class Engine(Protocol):
    """A pure function with a network in between."""

    async def turn(self, conversation: str, said: Said, facts: Facts, state: dict[str, Any] | None) -> Answer:
        """Answer a message. Raises `EngineUnavailable` or `TurnFailed`; changes nothing."""
        ...

    async def ready(self) -> bool:
        """Whether a message would be answered now."""
        ...


class RasaEngine:
    """The client of the engine's ``/turn``, with a circuit breaker.

    While the circuit is open nobody waits for a timeout: calls fail at once, and one call in
    ``probe_every`` seconds finds out whether the engine, and with it the actions, is back.
    """

    probe_every = 1.0

    def __init__(self, url: str, token: str, timeout: float = 6.0) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        # Whoever waits for one of the connections or for a new one has not asked yet.
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=timeout, sock_connect=2.0, sock_read=timeout
        )
        self._session: aiohttp.ClientSession | None = None
        self._open_until: float | None = None
        self._missed = False
        _CIRCUIT_OPEN.set_function(lambda: float(self._is_open()))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def turn(self, conversation: str, said: Said, facts: Facts, state: dict[str, Any] | None) -> Answer:
        """See `Engine.turn`."""
        body = {
            "conversation": conversation,
            "text": said.text,
            "intent": {"name": said.intent, "payload": said.payload} if said.intent else None,
            "facts": facts.model_dump(mode="json"),
            "state": state,
        }
        answered = await self._post("/turn", body)
        try:
            return _answer(json.loads(answered))
        except (ValueError, KeyError, TypeError, UnknownCommand) as error:
            raise TurnFailed(f"unreadable answer: {type(error).__name__}") from error

    async def ready(self) -> bool:
        """Whether the engine has a model loaded."""
        soon = aiohttp.ClientTimeout(total=2.0)
        try:
            async with self._http().get(f"{self._url}/status", timeout=soon) as response:
                return response.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _http(self) -> aiohttp.ClientSession:
        """The connections, made when there is a loop for them."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=_KEPT),
                headers=self._headers,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _is_open(self) -> bool:
        return self._open_until is not None and time.monotonic() < self._open_until

    def _open(self) -> None:
        self._open_until = time.monotonic() + self.probe_every

    async def _post(self, path: str, body: dict[str, Any]) -> bytes:
        if self._is_open():
            raise EngineUnavailable("circuit open", self.probe_every)
        if self._open_until is not None:
            self._open()  # for the others, until this call has found out
        try:
            status, answered = await self._exchange(path, json.dumps(body).encode())
        except (aiohttp.ClientError, TimeoutError) as error:
            if not isinstance(error, _SLOW):
                self._open()
            kind = EngineUnavailable if isinstance(error, _NEVER_ASKED) else EngineSilent
            raise self._away(kind, type(error).__name__) from error
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            raise self._away(EngineSilent, "it answers 504")
        if status in _AWAY:
            self._open()
            raise self._away(EngineUnavailable, f"it answers {status}")
        self._open_until = None
        if self._missed:
            log.info("the dialogue engine is back")
            self._missed = False
        if status != HTTPStatus.OK:
            raise TurnFailed(f"engine answers {status}")
        return answered

    async def _exchange(self, path: str, body: bytes) -> tuple[int, bytes]:
        async with self._http().post(f"{self._url}{path}", data=body, allow_redirects=False) as response:
            return response.status, await response.read()

    def _away(self, kind: type[EngineUnavailable], reason: str) -> EngineUnavailable:
        """What to raise while the engine is away; the first time, the log says so."""
        if not self._missed:
            log.warning("the dialogue engine is away", reason=reason)
            self._missed = True
        return kind(reason, self.probe_every)


_NEVER_ASKED = aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
# One slow message says little about the others: no reason to keep them waiting.
_SLOW = aiohttp.SocketTimeoutError

# 502: the engine is there but its actions are not (an action that failed is a 500, and this message's);
# 503: it has no model yet.
_AWAY = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
_KEPT = 4.0  # seconds: shorter than the engine keeps a silent connection, or we write into a closed one


def _answer(data: dict[str, Any]) -> Answer:
    replies = tuple(
        Reply(r["text"], tuple(Button(b["title"], b["token"]) for b in r.get("buttons", ())), r.get("name"))
        for r in data["replies"]
    )
    commands = tuple(read(c) for c in data["commands"])
    if not replies and not commands:
        raise ValueError("neither replies nor commands")
    parse = _parse(data["parse"], data["model"])
    return Answer(replies, commands, data["state"], parse, expected=data.get("expected", False))


def _parse(data: dict[str, Any], model: str) -> Parse:
    severity, category = data.get("severity"), data.get("category")
    return Parse(
        intent=data["intent"],
        confidence=data["confidence"],
        severity=(Severity(severity["value"]), severity["confidence"]) if severity else None,
        category=(Category(category["value"]), category["confidence"]) if category else None,
        model=model,
        ranking=tuple((g["name"], g["confidence"]) for g in data["ranking"]),
        products=tuple(e["value"] for e in data["entities"] if e["entity"] == "product"),
    )
