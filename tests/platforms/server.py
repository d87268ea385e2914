"""A messaging platform's API on loopback: a real HTTP server that a test can look into and upset."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


@dataclass(frozen=True)
class Webhook:
    """A call that the platform makes to us: ``client.post(url, headers=..., content=...)``."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Call:
    """A call that we made to the platform's API."""

    method: str
    fields: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True)
class Sent:
    """A message that the platform has taken, as its user sees it."""

    id: str
    to: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Trouble:
    only: str | None
    status: int
    headers: dict[str, str]
    body: bytes
    taken: bool
    delay: float
    cut: bool = False


class PlatformServer:
    """``with TelegramServer() as server: server.url, server.received, server.sent``.

    One instance serves many tests: `reset` forgets everything that happened.
    """

    def __init__(self) -> None:
        self.received: list[Call] = []
        self.sent: list[Sent] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.blocked: set[str] = set()
        self.ids = itertools.count(1000)
        self._trouble: list[_Trouble] = []
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            Starlette(routes=self.routes()),
            log_config=None,
            lifespan="off",
            ws="none",
            loop="asyncio",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def routes(self) -> list[Route]:
        """The API's paths."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def reset(self) -> None:
        """Forget what happened, and every trouble that was asked for."""
        self.received.clear()
        self.sent.clear()
        self.files.clear()
        self.blocked.clear()
        self._trouble.clear()

    def fail_next(
        self,
        status: int,
        *,
        times: int = 1,
        retry_after: float | None = None,
        body: bytes = b"",
        taken: bool = False,
        only: str | None = None,
    ) -> None:
        """Answer the next calls (of the API method ``only``) with ``status``.

        ``taken`` does what was asked for all the same, and then lies about it.
        """
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        body = body or self.failure(status, retry_after)
        self._trouble += [_Trouble(only, status, headers, body, taken, 0.0) for _ in range(times)]

    def stall_next(self, seconds: float, *, taken: bool = True, only: str | None = None) -> None:
        """Answer the next call only after ``seconds``. Unless ``taken``, do nothing of what was asked."""
        self._trouble.append(_Trouble(only, 503, {}, self.failure(503, None), taken, seconds))

    def drop_next(self, *, taken: bool = True, only: str | None = None) -> None:
        """Cut the connection in the middle of the next answer."""
        self._trouble.append(_Trouble(only, 200, {"Content-Length": "1000"}, b"{", taken, 0.0, cut=True))

    def failure(self, status: int, retry_after: float | None) -> bytes:
        """The body with which this platform says that something went wrong."""
        raise NotImplementedError

    def calls(self, method: str) -> list[Call]:
        """The calls of one API method."""
        return [call for call in self.received if call.method == method]

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Sent]:
        """Until ``count`` messages were sent; what was sent by then."""
        end = time.monotonic() + seconds
        while len(self.sent) < count and time.monotonic() < end:
            time.sleep(0.005)
        assert len(self.sent) >= count, f"only {len(self.sent)} of {count} messages were sent"
        return list(self.sent)

    async def handle(
        self, method: str, fields: dict[str, Any], request: Request, do: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Note a call, then do it or make the trouble that a test has asked for."""
        self.received.append(Call(method, fields, dict(request.headers)))
        trouble = next((t for t in self._trouble if t.only in (None, method)), None)
        if trouble is None:
            return await do()
        self._trouble.remove(trouble)
        done = await do() if trouble.taken else None
        if trouble.delay:
            await asyncio.sleep(trouble.delay)
            if done is not None:
                return done
        if trouble.cut:  # fewer bytes than announced: the server then closes the connection
            return StreamingResponse(iter([trouble.body]), trouble.status, trouble.headers)
        return Response(trouble.body, trouble.status, trouble.headers, media_type="application/json")


async def form_or_json(request: Request) -> dict[str, Any]:
    """The fields of a call, however it encodes them; files as their bytes."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(await request.json())
    async with request.form() as form:
        parts = {name: part if isinstance(part, str) else await part.read() for name, part in form.items()}
    return {**request.query_params, **parts}
