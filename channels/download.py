"""Fetching a customer's file from a platform, never more of it than we are willing to keep."""

from __future__ import annotations

from http import HTTPStatus

import httpx

from channels.channel import DeliveryFailed, FileRefused

TIMEOUT = httpx.Timeout(10, connect=5)
"""Seconds. A platform that is slower than this is treated as away: the worker tries again."""


async def download(
    client: httpx.AsyncClient,
    url: str,
    limit: int,
    *,
    auth: tuple[str, str] | None = None,
    bearer: str | None = None,
) -> tuple[bytes, str]:
    """The bytes behind ``url``, at most ``limit`` of them, and the media type that the server names.

    Redirects are followed; the credentials do not go along to another host. Raises
    `DeliveryFailed`, permanent if the file is gone or forbidden, and `FileRefused` if it is too large.
    """
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else None
    try:
        async with client.stream(
            "GET", url, auth=auth, headers=headers, follow_redirects=True, timeout=TIMEOUT
        ) as response:
            if response.status_code != HTTPStatus.OK:
                raise _refusal(response)
            return await _read(response, limit), response.headers.get("content-type", "")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryFailed(f"the file could not be fetched: {type(error).__name__}") from error


async def _read(response: httpx.Response, limit: int) -> bytes:
    content = bytearray()
    declared = response.headers.get("content-length", "0")
    too_large = declared.isdecimal() and int(declared) > limit
    if not too_large:
        async for chunk in response.aiter_bytes():
            content += chunk
            if too_large := len(content) > limit:
                break
    if too_large:
        raise FileRefused("too_large")
    return bytes(content)


def _refusal(response: httpx.Response) -> DeliveryFailed:
    status = response.status_code
    transient = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.UNAUTHORIZED,  # the operator's credentials, not the file
    )
    return DeliveryFailed(
        f"the platform answers {status} for the file",
        permanent=not transient,
        retry_after=seconds(response.headers.get("retry-after")),
    )


def seconds(retry_after: str | None) -> float | None:
    """A ``Retry-After`` header in seconds; its form as a date is not used by these platforms."""
    try:
        return max(float(retry_after), 0.0) if retry_after else None
    except ValueError:
        return None
