"""Slack: complaints in direct messages with the app; events and buttons over HTTP or Socket Mode.

What happens in the agents' channel goes through unread, to `handoff.slack_desk`. slack-bolt routes what
comes in: its listeners only collect, and `receive` gives back what they found, so that Slack is
answered after the commit. slack_sdk's web client sends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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

from channels.channel import Answer, DeliveryFailed, Receipt, Rejected, Request
from channels.checking import checked
from channels.download import download
from channels.message import Attachment, Button, Outbound
from channels.slack_reading import escaped, is_desk, read_action, read_event
from channels.slack_web import API_URL, SlackWeb, failure, quiet
from channels.splitting import fits

_FOUND = "recourse.found"
_TITLE = 75  # https://docs.slack.dev/reference/block-kit/block-elements/button-element
_VALUE = 2000
_ROW, _ROWS = 5, 49  # at most 50 blocks a message, one of them the text


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
        self.web = SlackWeb(settings.token, settings.api_url, settings.timeout)
        self._http = httpx.AsyncClient()

    def receive(self, request: Request) -> Receipt:
        """Check signature and age over the raw body, then let bolt route what is in it."""
        try:
            genuine = self._verifier.is_valid_request(request.body, dict(request.headers))
        except (OverflowError, TypeError, ValueError):  # no number for a time, no text for a body
            genuine = False
        if not genuine:
            raise Rejected("wrong or stale signature")
        try:
            return self._route(BoltRequest(body=request.body.decode(), headers=dict(request.headers)))
        except Exception as error:  # what bolt raises on other shapes is not specified
            raise Rejected("not a request that Slack sends", HTTPStatus.BAD_REQUEST) from error

    def read(self, payload: dict[str, Any]) -> Receipt:
        """What came over Socket Mode, where the connection itself is proof. Raises `Rejected`."""
        try:
            return self._route(BoltRequest(body=payload, mode="socket_mode"))
        except Exception as error:  # as above
            raise Rejected("not a payload that Slack sends", HTTPStatus.BAD_REQUEST) from error

    def _route(self, request: BoltRequest) -> Receipt:
        request.context[_FOUND] = []
        response = self._app.dispatch(request)
        return self._receipt(request.context[_FOUND], response.status, response.body)

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
        """Post one message; the id of ours goes along, so that `find` can tell."""
        _check(message)
        route = message.address.route
        if message.files:
            return await self._send_file(message)
        blocks = _blocks(message) if message.buttons else None
        return await self.web.post(
            message.id, route["channel"], escaped(message.text), blocks, thread=route.get("thread")
        )

    async def _send_file(self, message: Outbound) -> str:
        path = self.settings.data_dir / message.files[0]
        route = message.address.route
        try:
            response = await self.web.client().files_upload_v2(
                channel=route["channel"],
                thread_ts=route.get("thread"),
                file=str(path),
                filename=path.name,
                initial_comment=escaped(message.text) or None,
            )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            raise failure(error) from error
        return str(response["files"][0]["id"])

    async def find(self, message: Outbound) -> str | None:
        """Look for our id in what was posted since the first try."""
        assert message.first_tried_at
        route = message.address.route
        return await self.web.find(
            message.id, route["channel"], message.first_tried_at, thread=route.get("thread")
        )

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
        info = (await self.web.call("files.info", file=file))["file"]
        return str(info.get("url_private_download") or info["url_private"])

    def _is_slack(self, url: str) -> bool:
        given, api = urlsplit(url), urlsplit(self.settings.api_url)
        if (given.scheme, given.netloc) == (api.scheme, api.netloc):
            return True
        return given.scheme == "https" and f".{given.hostname}".endswith(".slack.com")

    async def close(self) -> None:
        """Close both connection pools."""
        await self._http.aclose()
        await self.web.close()


def _router(settings: SlackSettings) -> App:
    """A bolt app whose listeners note what came, in the context of the request itself."""
    app = App(
        name="recourse",
        logger=quiet,
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
