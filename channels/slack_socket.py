"""Socket Mode: Slack's events over a connection that we open, so that no public address is needed.

slack_sdk keeps the connection, and opens another when Slack asks for it or a ping stays unanswered.
An envelope is acknowledged once it is committed; without that, Slack delivers it again.
https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from channels.backoff import backoff
from channels.channel import DeliveryFailed, Receipt, Rejected
from channels.slack import Slack
from channels.slack_web import SlackRefused, quiet

Accept = Callable[[Receipt], Awaitable[None]]

_PING = 5.0  # seconds; after four without an answer the connection counts as dead
_LONGEST_REST = 60.0  # seconds between attempts while Slack is away
_REFUSALS = {"invalid_auth", "not_authed", "not_allowed_token_type", "account_inactive", "missing_scope"}

log = structlog.get_logger()


async def run(
    slack: Slack, app_token: str, accept: Accept, stop: asyncio.Event, *, ping: float = _PING
) -> None:
    """Take events in until ``stop`` is set. Outlives every failure.

    ``accept`` commits a receipt; what it raises makes the same envelope come again. ``app_token`` is
    the app-level token with the scope ``connections:write``.
    """
    address = await _address(slack, app_token, stop)
    if address is None:
        return
    client = SocketModeClient(app_token, logger=quiet, web_client=slack.web.client(), ping_interval=ping)
    client.wss_uri = address

    async def take(connection: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if await _stored(slack, accept, request):
            with suppress(ConnectionError):  # then Slack delivers again, and it is known already
                await connection.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(take)
    connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]
    try:
        await stop.wait()
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await client.close()  # type: ignore[no-untyped-call]


async def _stored(slack: Slack, accept: Accept, request: SocketModeRequest) -> bool:
    """Commit what an envelope holds; whether Slack may forget it."""
    try:
        receipt = slack.read(request.payload)
    except Rejected as error:
        log.warning("envelope not understood", channel=slack.name, reason=str(error))
        return True  # it would be no clearer the next time
    if not (receipt.messages or receipt.reports or receipt.desk):
        return True
    try:
        await accept(receipt)
    except Exception as error:  # noqa: BLE001  whatever it is, Slack shall deliver again
        log.error("envelope not stored", channel=slack.name, error=type(error).__name__)  # noqa: TRY400
        return False
    return True


async def _address(slack: Slack, app_token: str, stop: asyncio.Event) -> str | None:
    """Where to connect, asked for until there is an answer; ``None`` if we were stopped before.

    The library would ask as well, but for ever and without a word.
    """
    failures = 0
    while not stop.is_set():
        try:
            answer = await slack.web.call("apps.connections.open", token=app_token)
            return str(answer["url"])
        except (DeliveryFailed, KeyError) as error:
            failures += 1
            log.warning("Socket Mode not connected", failures=failures, reason=_named(error))
            asked = error.retry_after if isinstance(error, DeliveryFailed) else None
            rest = asked or min(backoff(min(failures, 10), random.random()).total_seconds(), _LONGEST_REST)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), rest)
    return None


def _named(error: Exception) -> str:
    if isinstance(error, SlackRefused) and error.code in _REFUSALS:
        return f"{error.code}: check SLACK_APP_TOKEN, it needs the scope connections:write"
    return str(error) if isinstance(error, DeliveryFailed) else "Slack's answer names no address"
