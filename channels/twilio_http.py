"""Twilio's REST client over httpx: one pool, short timeouts, no retries, any base address.

The library's own asynchronous client has no timeout for connecting, and it must be made within a
running loop; its synchronous one would hold a thread per message.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from channels.channel import DeliveryFailed
from channels.download import seconds

_NEVER_LEFT = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol


class HttpClient(AsyncHttpClient):  # type: ignore[misc]  # the library is untyped
    """Sends the library's requests to ``api_url``, or to Twilio's own addresses if that is ``None``."""

    def __init__(self, client: httpx.AsyncClient, api_url: str | None) -> None:
        super().__init__(logging.getLogger(__name__), True)
        self._client = client
        self._api = urlsplit(api_url) if api_url else None

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
        try:
            answer = await self._client.request(
                method.upper(),
                url,
                params=_plain(params),
                data=_plain(data),
                headers=headers,
                auth=auth,
                follow_redirects=allow_redirects,
            )
        except httpx.HTTPError as error:
            reason = f"Twilio is out of reach: {type(error).__name__}"
            raise DeliveryFailed(reason, outcome_unknown=not isinstance(error, _NEVER_LEFT)) from error
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            wait = seconds(answer.headers.get("retry-after"))
            raise DeliveryFailed("Twilio asks us to slow down", retry_after=wait)
        return Response(answer.status_code, answer.text, answer.headers)


def _plain(fields: dict[str, object] | None) -> dict[str, Any] | None:
    return {name: value for name, value in fields.items() if value is not None} if fields else None
