"""One HTTP request to an endpoint, and what came of it. Never raises for what the other side does.

The address is judged at the moment of connecting, by the socket that is about to be made, so that no name
that resolves anew, and no redirect (none is followed), leads where `Reach` forbids. Proxies of the
environment are not used: they would connect in our stead.
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import aiohttp

from handoff.webhooks.addresses import Reach
from handoff.webhooks.delivering import Answer

TIMEOUT = 15.0
"""Seconds for the whole attempt."""

_CONNECT = 5.0  # seconds
_READ = 1024  # bytes of the answer
_GLANCE = 1.0  # seconds for the answer's body: the status has said it all
_AT_ONCE = 64  # connections


class Forbidden(OSError):
    """The endpoint's name leads to an address that is not allowed."""


class Poster:
    """Makes the requests. Use it as ``async with Poster(reach) as poster``."""

    def __init__(self, reach: Reach, timeout: float = TIMEOUT) -> None:
        self._reach = reach
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(_CONNECT, timeout))
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for scheme in ("http", "https"):
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=self._sockets(plain=scheme == "http"), limit=_AT_ONCE
                ),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={
                    "User-Agent": "Recourse-Webhooks",
                    "Content-Type": "application/json",
                    "Accept-Encoding": "identity",
                },
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one message."""
        began = perf_counter()
        try:
            session = self._sessions[url.partition(":")[0]]
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                text = await _first_words(response)
                return Answer(
                    seconds=perf_counter() - began,
                    status=response.status,
                    text=text,
                    retry_after=_retry_after(response),
                )
        except TimeoutError:
            return Answer(perf_counter() - began, error="no answer in time")
        except aiohttp.ClientConnectorError as error:
            return Answer(perf_counter() - began, error=_plain(error.os_error))
        except (aiohttp.ClientError, OSError, ValueError, KeyError) as error:
            return Answer(perf_counter() - began, error=_plain(error))

    def _sockets(self, *, plain: bool) -> Any:
        def make(info: tuple[Any, ...]) -> socket.socket:
            family, kind, protocol, _, where = info
            if not self._reach.permits(where[0], plain=plain):
                raise Forbidden(f"{where[0]} is not allowed: see RECOURSE_WEBHOOK_PRIVATE_ADDRESSES")
            return socket.socket(family, kind, protocol)

        return make


async def _first_words(response: aiohttp.ClientResponse) -> str:
    """The beginning of the answer; whatever more there is, or if it never comes, is of no interest."""
    content = b""
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(_GLANCE):
            content = await response.content.read(_READ)
    return content.decode(errors="replace").replace("\x00", "�").strip()


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """``Retry-After`` in seconds from now, as a number or as a date (RFC 9110, 10.2.3)."""
    given = response.headers.get("retry-after", "").strip()
    with suppress(ValueError, OverflowError, TypeError):
        seconds = (
            float(given)
            if given.replace(".", "", 1).isdigit()
            else (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
        )
        return seconds if 0 < seconds < math.inf else None
    return None


def _plain(error: BaseException) -> str:
    """In one line, without the address: that stands in the endpoint."""
    if isinstance(error, Forbidden):
        return str(error)
    return (
        f"{type(error).__name__}: {error.strerror}"
        if isinstance(error, OSError) and error.strerror
        else (type(error).__name__)
    )
