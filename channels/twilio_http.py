"""Twilio's REST client over aiohttp: one pool, short timeouts, no retries, any base address.

The library's own asynchronous client has no timeout for connecting, and it must be made within a
running loop; its synchronous one would hold a thread per message. (httpx takes three times as much of
the processor for a request.)
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import aiohttp
import httpx
from aiohttp import encode_basic_auth
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from channels.channel import DeliveryFailed
from channels.download import seconds


class HttpClient(AsyncHttpClient):  # type: ignore[misc]  # the library is untyped
    """Sends the library's requests to ``api_url``, or to Twilio's own addresses if that is ``None``.

    ``timeout`` is in seconds: for a connection and, again, for each part of the answer.
    """

    def __init__(self, timeout: float, api_url: str | None) -> None:
        super().__init__(logging.getLogger(__name__), True)
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=timeout, sock_connect=min(5.0, timeout), sock_read=timeout
        )
        self._api = urlsplit(api_url) if api_url else None
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002  the pool's own timeouts hold
        allow_redirects: bool = False,
    ) -> Response:
        """One request, once. Raises `DeliveryFailed` if there is no answer, or the answer is 429.

        The library's exception has no place for the header that says how long to wait.
        """
        if self._api:
            url = urlsplit(url)._replace(scheme=self._api.scheme, netloc=self._api.netloc).geturl()
        encoded = urlencode(_plain(params), doseq=True)
        address = URL(f"{url}{'&' if '?' in url else '?'}{encoded}" if encoded else url, encoded=True)
        try:
            async with self._open().request(
                method.upper(),
                address,
                data=urlencode(_plain(data), doseq=True).encode() if data else None,
                headers={**(headers or {}), **({"Authorization": encode_basic_auth(*auth)} if auth else {})},
                allow_redirects=allow_redirects,
            ) as answer:
                text = (await answer.read()).decode(errors="replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"Twilio is out of reach: {type(error).__name__}"
            raise DeliveryFailed(reason, outcome_unknown=not _never_left(error)) from error
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = seconds(answer.headers.get("retry-after"))
            raise DeliveryFailed("Twilio asks us to slow down", retry_after=wait)
        return Response(answer.status, text, answer.headers)

    def _open(self) -> aiohttp.ClientSession:
        """The session, made when there is a loop for it; httpx's certificates, wherever we run."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=100, ssl=httpx.create_ssl_context()),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._session


def _never_left(error: Exception) -> bool:
    """Whether no connection came about, so that nothing can have arrived."""
    return isinstance(
        error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL
    )


def _plain(fields: dict[str, object] | None) -> dict[str, object]:
    return {name: value for name, value in (fields or {}).items() if value is not None}
