"""Slack's Web API: one connection pool, and what its errors mean; for customers' chats and for the desk.

Errors::

    DeliveryFailed (see `channels.channel`)
    └── SlackRefused        Slack answered with an error; ``code`` is its word for it
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from channels.channel import PERHAPS_DONE, DeliveryFailed
from channels.download import seconds

API_URL = "https://slack.com/api/"

_METADATA = "recourse_message"
_LOOK_BACK = timedelta(minutes=5)  # for clocks that differ; the id tells messages apart anyway

_TRANSIENT = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"}
_HALF_WAY = {"internal_error", "fatal_error"}
# The operator's to mend, and then the message can go out.
_MISCONFIGURED = {
    "access_denied", "account_inactive", "ekm_access_denied", "invalid_auth", "missing_scope",
    "no_permission", "not_allowed_token_type", "not_authed", "org_login_required", "token_expired",
    "token_revoked",
}  # fmt: skip
_MISCONFIGURED_PAUSE = 60.0  # seconds

# Bolt's warnings and the SDK's debug lines quote bodies, and those are customers' words.
quiet = logging.getLogger("recourse.slack_libraries")
quiet.setLevel(logging.CRITICAL)


class SlackRefused(DeliveryFailed):
    """Slack's answer is an error. ``code`` is its own word, such as ``channel_not_found``."""

    def __init__(
        self,
        reason: str,
        code: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(
            reason, permanent=permanent, retry_after=retry_after, outcome_unknown=outcome_unknown
        )
        self.code = code


class SlackWeb:
    """Calls to Slack with a bot's token. Nothing is repeated here: that is the lanes' decision.

    ``timeout`` is in seconds, for a whole call.
    """

    def __init__(self, token: str, api_url: str = API_URL, timeout: float = 10.0) -> None:
        self._token = token
        self._api_url = api_url
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    def client(self) -> AsyncWebClient:
        """The library's client on our connections. To be asked for within the running loop."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._timeout, sock_connect=5)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return AsyncWebClient(
            self._token,
            base_url=self._api_url,
            session=self._session,
            retry_handlers=[],
            logger=quiet,
        )

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """What Slack answers to ``method``. Raises `DeliveryFailed`."""
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            response = await self.client().api_call(method, json=given)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            raise failure(error) from error
        assert isinstance(response.data, dict)
        return response.data

    async def post(
        self,
        message_id: str,
        channel: str,
        text: str,
        blocks: list[dict[str, Any]] | None,
        *,
        thread: str | None = None,
    ) -> str:
        """Post a message; its ``ts``. ``message_id`` goes along as metadata, so that `find` can tell.

        ``text`` is escaped by the caller. Raises `DeliveryFailed`.
        """
        answer = await self.call(
            "chat.postMessage",
            channel=channel,
            thread_ts=thread,
            text=text,
            blocks=blocks,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": _METADATA, "event_payload": {"id": message_id}},
        )
        if not answer.get("ts"):
            raise DeliveryFailed("Slack's answer names no message", outcome_unknown=True)
        return str(answer["ts"])

    async def find(
        self, message_id: str, channel: str, since: datetime, *, thread: str | None = None
    ) -> str | None:
        """The ``ts`` of a message that `post` tried since then, if it got there. Raises `DeliveryFailed`."""
        oldest = str((since - _LOOK_BACK).timestamp())
        client = self.client()
        try:
            if thread is not None:
                found = await client.conversations_replies(
                    channel=channel, ts=thread, oldest=oldest, include_all_metadata=True, limit=200
                )
            else:
                found = await client.conversations_history(
                    channel=channel, oldest=oldest, include_all_metadata=True, limit=200
                )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            raise failure(error) from error
        for posted in found.get("messages") or ():
            metadata = posted.get("metadata") or {}
            if metadata.get("event_type") == _METADATA and metadata["event_payload"].get("id") == message_id:
                return str(posted["ts"])
        return None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # aiohttp closes its sockets on the loop's next round


def failure(error: SlackApiError | aiohttp.ClientError | TimeoutError) -> DeliveryFailed:
    """What a library error means for the message: gone for good, later, or perhaps delivered."""
    if not isinstance(error, SlackApiError):
        never_left = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
        return DeliveryFailed(
            f"Slack is out of reach: {type(error).__name__}", outcome_unknown=not never_left
        )
    response: Any = error.response
    status: int = getattr(response, "status_code", None) or getattr(response, "status", 0) or 0
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _TRANSIENT:
        wait = seconds(response.headers.get("Retry-After"))
        later = f"Slack asks us to try later: {code or status}"
        return SlackRefused(later, code, retry_after=wait, outcome_unknown=status in PERHAPS_DONE)
    if status in PERHAPS_DONE or code in _HALF_WAY or not code:
        unknown = status in PERHAPS_DONE or code in _HALF_WAY
        return SlackRefused(f"Slack fails: {code or status}", code, outcome_unknown=unknown)
    if code in _MISCONFIGURED:
        return SlackRefused(f"Slack refuses our token: {code}", code, retry_after=_MISCONFIGURED_PAUSE)
    return SlackRefused(f"Slack refuses: {code}", code, permanent=True)
