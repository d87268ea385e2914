"""Slack: complaints in direct messages with the app, events and buttons over HTTP.

slack-bolt routes what comes in: its listeners only collect, and `receive` gives back what they
found, so that Slack is answered after the commit. slack_sdk's web client sends.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
from slack_bolt import App, BoltContext, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from channels.channel import PERHAPS_DONE, Answer, DeliveryFailed, Receipt, Rejected, Request
from channels.checking import checked
from channels.download import download, seconds
from channels.message import Attachment, Button, Outbound
from channels.slack_reading import escaped, is_desk, read_action, read_event
from channels.splitting import fits

API_URL = "https://slack.com/api/"
_FOUND = "recourse.found"
_METADATA = "recourse_message"
_LOOK_BACK = timedelta(minutes=5)  # for clocks that differ; the id tells messages apart anyway
_TITLE = 75  # https://docs.slack.dev/reference/block-kit/block-elements/button-element
_VALUE = 2000
_ROW, _ROWS = 5, 49  # at most 50 blocks a message, one of them the text

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
_quiet = logging.getLogger("recourse.slack_libraries")
_quiet.setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class SlackSettings:
    """``SLACK_*``. ``desk_channel`` is the id of the agents' channel; ``timeout`` is in seconds.

    ``data_dir`` is where the paths of files to be sent begin.
    """

    token: str
    signing_secret: str
    api_url: str = API_URL
    desk_channel: str | None = None
    data_dir: Path = Path("var")
    timeout: float = 10.0


class Slack:
    """The adapter; see `channels.channel.Channel`."""

    name = "slack"
    channels = ("slack",)
    reachable_later = True

    def __init__(self, settings: SlackSettings) -> None:
        self.settings = settings
        self._verifier = SignatureVerifier(settings.signing_secret)
        self._app = _router(settings)
        self._http = httpx.AsyncClient()
        self._session: aiohttp.ClientSession | None = None

    def receive(self, request: Request) -> Receipt:
        """Check signature and age over the raw body, then let bolt route what is in it."""
        try:
            genuine = self._verifier.is_valid_request(request.body, dict(request.headers))
        except (OverflowError, TypeError, ValueError):  # no number for a time, no text for a body
            genuine = False
        if not genuine:
            raise Rejected("wrong or stale signature")
        try:
            bolt = BoltRequest(body=request.body.decode(), headers=dict(request.headers))
            bolt.context[_FOUND] = []
            response = self._app.dispatch(bolt)
            return self._receipt(bolt.context[_FOUND], response.status, response.body)
        except Exception as error:  # what bolt raises on other shapes is not specified
            raise Rejected("not a request that Slack sends", HTTPStatus.BAD_REQUEST) from error

    def _receipt(self, found: list[dict[str, Any]], status: int, answer: str) -> Receipt:
        desk = [body for body in found if is_desk(body, self.settings.desk_channel)]
        others = [body for body in found if body not in desk and body["type"] != "view_submission"]
        read = [read_event(body) if "event" in body else read_action(body) for body in others]
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ValueError("bolt stumbles over its shape")
        # Bolt answers 404 where no listener wants a request; to Slack we have taken it in.
        handled = status == HTTPStatus.OK and answer
        return Receipt(
            messages=tuple(checked(message) for message in read if message),
            desk=tuple(desk),
            answer=Answer(answer.encode(), "application/json") if handled else Answer(),
        )

    async def send(self, message: Outbound) -> str:
        """Post one message; the id of ours goes along as metadata, so that `find` can tell."""
        _check(message)
        route = message.address.route
        if message.files:
            return await self._send_file(message)
        try:
            response = await self._client().chat_postMessage(
                channel=route["channel"],
                thread_ts=route.get("thread"),
                text=escaped(message.text),
                blocks=_blocks(message) if message.buttons else None,
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": _METADATA, "event_payload": {"id": message.id}},
            )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            raise _failure(error) from error
        if not response.get("ts"):
            raise DeliveryFailed("Slack's answer names no message", outcome_unknown=True)
        return str(response["ts"])

    async def _send_file(self, message: Outbound) -> str:
        path = self.settings.data_dir / message.files[0]
        route = message.address.route
        try:
            response = await self._client().files_upload_v2(
                channel=route["channel"],
                thread_ts=route.get("thread"),
                file=str(path),
                filename=path.name,
                initial_comment=escaped(message.text) or None,
            )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            raise _failure(error) from error
        return str(response["files"][0]["id"])

    async def find(self, message: Outbound) -> str | None:
        """Look for our id in what was posted since the first try."""
        assert message.first_tried_at
        route = message.address.route
        since = str((message.first_tried_at - _LOOK_BACK).timestamp())
        client = self._client()
        try:
            if "thread" in route:
                response = await client.conversations_replies(
                    channel=route["channel"],
                    ts=route["thread"],
                    oldest=since,
                    include_all_metadata=True,
                    limit=200,
                )
            else:
                response = await client.conversations_history(
                    channel=route["channel"], oldest=since, include_all_metadata=True, limit=200
                )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            raise _failure(error) from error
        for posted in response.get("messages") or ():
            metadata = posted.get("metadata") or {}
            if metadata.get("event_type") == _METADATA and metadata["event_payload"].get("id") == message.id:
                return str(posted["ts"])
        return None

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Load a file with our token, which goes to Slack's own hosts only."""
        url = attachment.locator
        if "://" not in url:
            url = await self._where(attachment.locator)
        if not self._is_slack(url):
            raise DeliveryFailed("the file does not lie with Slack", permanent=True)
        content, media_type = await download(self._http, url, limit, bearer=self.settings.token)
        # Without the scope files:read, Slack answers 200 with its page for signing in.
        if media_type.startswith("text/html") and attachment.media_type != "text/html":
            raise DeliveryFailed(
                "Slack does not hand out files: the scope files:read is missing", permanent=True
            )
        return content

    async def _where(self, file: str) -> str:
        try:
            response = await self._client().files_info(file=file)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            raise _failure(error) from error
        info = response["file"]
        return str(info.get("url_private_download") or info["url_private"])

    def _is_slack(self, url: str) -> bool:
        given, api = urlsplit(url), urlsplit(self.settings.api_url)
        if (given.scheme, given.netloc) == (api.scheme, api.netloc):
            return True
        return given.scheme == "https" and f".{given.hostname}".endswith(".slack.com")

    def _client(self) -> AsyncWebClient:
        if self._session is None:  # it must be made within the running loop
            timeout = aiohttp.ClientTimeout(total=self.settings.timeout, sock_connect=5)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return AsyncWebClient(
            self.settings.token,
            base_url=self.settings.api_url,
            session=self._session,
            retry_handlers=[],  # posting again is the outbox's decision
            logger=_quiet,
        )

    async def close(self) -> None:
        """Close both connection pools."""
        await self._http.aclose()
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # aiohttp closes its sockets on the loop's next round


def _router(settings: SlackSettings) -> App:
    """A bolt app whose listeners note what came, in the context of the request itself."""
    app = App(
        name="recourse",
        logger=_quiet,
        signing_secret=settings.signing_secret,
        # `receive` has verified by then; bolt would log forged bodies.
        request_verification_enabled=False,
        # Without this, bolt asks Slack who we are before it routes the first event.
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=settings.token),
        process_before_response=True,
    )

    def note(body: dict[str, Any], context: BoltContext, ack: Any) -> None:
        context[_FOUND].append(body)
        ack()

    for event in ("message", "app_mention"):
        app.event(event)(note)
    app.action(re.compile(".*"))(note)
    app.view(re.compile(".*"))(note)
    return app


def _check(message: Outbound) -> None:
    """Refuse what Slack would refuse, or cut."""
    if not fits("slack", message.text):
        raise DeliveryFailed("the text is too long for one message", permanent=True)
    if len(message.files) > 1 or (message.files and message.buttons):
        raise DeliveryFailed("one message carries one file, and no buttons with it", permanent=True)
    if len(message.buttons) > _ROW * _ROWS or any(not 0 < len(b.token) <= _VALUE for b in message.buttons):
        raise DeliveryFailed("too many buttons, or a token too long", permanent=True)


def _blocks(message: Outbound) -> list[dict[str, Any]]:
    """The text, and rows of buttons under it."""
    text = {"type": "mrkdwn", "text": escaped(message.text), "verbatim": True}
    blocks: list[dict[str, Any]] = [{"type": "section", "text": text}]
    for start in range(0, len(message.buttons), _ROW):
        row = [_button(n, b) for n, b in enumerate(message.buttons[start : start + _ROW], start)]
        blocks.append({"type": "actions", "elements": row})
    return blocks


def _button(number: int, button: Button) -> dict[str, Any]:
    title = button.title if len(button.title) <= _TITLE else button.title[: _TITLE - 1] + "…"
    text = {"type": "plain_text", "text": title, "emoji": True}
    return {"type": "button", "action_id": f"choice-{number}", "text": text, "value": button.token}


def _failure(error: SlackApiError | aiohttp.ClientError | TimeoutError) -> DeliveryFailed:
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
        return DeliveryFailed(f"Slack asks us to try later: {code or status}", retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _HALF_WAY or not code:
        unknown = status in PERHAPS_DONE or code in _HALF_WAY
        return DeliveryFailed(f"Slack fails: {code or status}", outcome_unknown=unknown)
    if code in _MISCONFIGURED:
        return DeliveryFailed(f"Slack refuses our token: {code}", retry_after=_MISCONFIGURED_PAUSE)
    return DeliveryFailed(f"Slack refuses: {code}", permanent=True)
