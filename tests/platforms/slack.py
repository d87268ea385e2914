"""Slack's Web API on loopback, and the events and button presses that it would deliver."""

from __future__ import annotations

import hashlib
import hmac
import html
import itertools
import json
import time
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.platforms.server import PlatformServer, Sent, Webhook, form_or_json

TOKEN = "xoxb-a-token-for-tests"
APP_TOKEN = "xapp-a-token-for-tests"
SIGNING_SECRET = "a-signing-secret-for-tests"
TEAM, BOT_USER = "T0001", "U0BOT"


class SlackServer(PlatformServer):
    """Checks what Slack checks: token, channel, blocks and their limits."""

    def __init__(self) -> None:
        self._ticks = itertools.count(1)
        self._posted: list[dict[str, Any]] = []
        self._triggers: dict[str, float] = {}
        self.socket_url = ""  # what `apps.connections.open` answers; see `tests.platforms.slack_socket`
        self.reactions: list[tuple[str, str]] = []
        super().__init__()

    @property
    def api_url(self) -> str:
        """What ``SLACK_API_URL`` is to be set to."""
        return f"{self.url}/api/"

    def reset(self) -> None:
        super().reset()
        self._posted.clear()
        self._triggers.clear()
        self.reactions.clear()
        self.socket_url = ""

    def routes(self) -> list[Route]:
        return [
            Route("/api/{method}", self._call, methods=["GET", "POST"]),
            Route("/files-pri/{name}", self._file),
            Route("/upload/{name}", self._upload, methods=["POST"]),
        ]

    def failure(self, status: int, retry_after: float | None) -> bytes:
        error = "ratelimited" if status == 429 else "internal_error" if status == 200 else "trouble"
        return json.dumps({"ok": False, "error": error}).encode()

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        fields = await form_or_json(request)
        token = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("authorization") != f"Bearer {token}":
            return _error("invalid_auth")
        do = {
            "apps.connections.open": self._connections_open,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "reactions.add": self._react,
            "views.open": self._open_view,
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "files.info": self._file_info,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete,
        }.get(method)
        if do is None:
            return _error("unknown_method")
        return await self.handle(method, fields, request, lambda: do(fields))

    async def _auth_test(self, fields: dict[str, Any]) -> Response:
        return _ok(user_id=BOT_USER, team_id=TEAM, bot_id="B0BOT")

    async def _post(self, fields: dict[str, Any]) -> Response:
        channel, text, blocks = fields["channel"], fields.get("text", ""), fields.get("blocks") or []
        thread = fields.get("thread_ts")
        problems = {
            "user_disabled": channel in self.blocked,
            "channel_not_found": channel == "D404",
            "msg_too_long": len(text) > 40_000,
            "no_text": not text and not blocks,
            "invalid_blocks": _problem_of(blocks),
            "thread_not_found": thread and channel.startswith("C") and not self._message(channel, thread),
        }
        if problem := next((name for name, found in problems.items() if found), None):
            return _error(problem)
        buttons = [e for b in blocks if b["type"] == "actions" for e in b["elements"]]
        shown = next((b["text"]["text"] for b in blocks if b["type"] == "section"), text)
        ts = self._now()
        pairs = tuple((b["text"]["text"], b.get("value", "")) for b in buttons)
        self.sent.append(Sent(ts, channel, html.unescape(shown), pairs, fields))
        self._posted.append({"ts": ts, "text": text, "metadata": fields.get("metadata"), "channel": channel,
                             "thread_ts": thread, "bot_id": "B0BOT", "blocks": blocks})  # fmt: skip
        return _ok(channel=channel, ts=ts, message={"text": text})

    async def _update(self, fields: dict[str, Any]) -> Response:
        message, problem = self._message(fields["channel"], fields["ts"]), _problem_of(fields["blocks"])
        if message is None or problem:
            return _error(problem or "message_not_found")
        message |= {"text": fields["text"], "blocks": fields["blocks"], "edited": True}
        return _ok(ts=fields["ts"], channel=fields["channel"])

    async def _post_ephemeral(self, fields: dict[str, Any]) -> Response:
        if fields["user"] in self.blocked:
            return _error("user_not_in_channel")
        return _ok(message_ts=self._now())

    async def _react(self, fields: dict[str, Any]) -> Response:
        mark = fields["timestamp"], fields["name"]
        if mark in self.reactions:
            return _error("already_reacted")
        self.reactions.append(mark)
        return _ok()

    async def _open_view(self, fields: dict[str, Any]) -> Response:
        pressed = self._triggers.pop(fields["trigger_id"], None)
        if pressed is None or time.time() - pressed > 3:
            return _error("expired_trigger_id")
        view = fields["view"]
        titles = [view[name]["text"] for name in ("title", "submit", "close")]
        if any(len(t) > 24 for t in titles) or len(view["private_metadata"]) > 3000 or not view["blocks"]:
            return _error("invalid_arguments")
        return _ok(view=view | {"id": f"V{next(self._ticks):06d}"})

    async def _connections_open(self, fields: dict[str, Any]) -> Response:
        return _ok(url=self.socket_url)

    def _message(self, channel: str, ts: str) -> dict[str, Any] | None:
        return next((m for m in self._posted if (m["channel"], m["ts"]) == (channel, ts)), None)

    def heads(self, channel: str) -> list[dict[str, Any]]:
        """The messages of a channel outside threads, as they read now."""
        return [m for m in self._posted if m["channel"] == channel and not m["thread_ts"]]

    def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """What we have said in a thread."""
        return [m for m in self._posted if m["channel"] == channel and m["thread_ts"] == ts]

    def told(self, user: str) -> list[str]:
        """What one user alone was told."""
        return [c.fields["text"] for c in self.calls("chat.postEphemeral") if c.fields["user"] == user]

    def delete(self, ts: str) -> None:
        """Somebody deletes a message."""
        self._posted = [m for m in self._posted if m["ts"] != ts]

    async def _history(self, fields: dict[str, Any]) -> Response:
        return self._read(fields, None)

    async def _replies(self, fields: dict[str, Any]) -> Response:
        return self._read(fields, fields["ts"])

    def _read(self, fields: dict[str, Any], thread: str | None) -> Response:
        here = (fields["channel"], thread)
        posted = [m for m in self._posted if float(m["ts"]) >= float(fields["oldest"])]
        found = [m for m in posted if (m["channel"], m["thread_ts"]) == here]
        if fields.get("include_all_metadata") not in ("1", "true", True):
            found = [{k: v for k, v in m.items() if k != "metadata"} for m in found]
        return _ok(messages=found[::-1], has_more=False)

    async def _file_info(self, fields: dict[str, Any]) -> Response:
        name = fields["file"]
        if name not in self.files:
            return _error("file_not_found")
        return _ok(file={"id": name, "url_private_download": f"{self.url}/files-pri/{name}"})

    async def _upload_url(self, fields: dict[str, Any]) -> Response:
        return _ok(upload_url=f"{self.url}/upload/{fields['filename']}", file_id="F0NEW")

    async def _complete(self, fields: dict[str, Any]) -> Response:
        self.sent.append(Sent("F0NEW", fields["channel_id"], fields.get("initial_comment", ""), (), fields))
        return _ok(files=[{"id": "F0NEW"}])

    async def _upload(self, request: Request) -> Response:
        self.files[request.path_params["name"]] = await request.body(), ""
        return Response("OK - 1", media_type="text/plain")

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]

        async def do() -> Response:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return Response("<html>Sign in</html>", media_type="text/html")
            if name not in self.files:
                return Response("gone", 404)
            content, media_type = self.files[name]
            return Response(content, media_type=media_type)

        return await self.handle("file", {"name": name}, request, do)

    def keep_file(self, content: bytes, name: str = "F01", media_type: str = "image/png") -> str:
        """Put a file at Slack; its address."""
        self.files[name] = content, media_type
        return f"{self.url}/files-pri/{name}"

    def _now(self) -> str:
        return f"{int(time.time())}.{next(self._ticks):06d}"

    def webhook_for(
        self,
        kind: str,
        *,
        base: str = "https://example.org",
        age: float = 0.0,
        retry: int = 0,
        **details: Any,
    ) -> Webhook:
        """A signed request, ``age`` seconds old. ``kind``: see `body_for`."""
        payload = self.body_for(kind, **details)
        if kind in ("button", "view"):
            return signed(urlencode({"payload": json.dumps(payload)}).encode(), base=base, age=age, form=True)
        return signed(json.dumps(payload).encode(), base=base, age=age, retry=retry)

    def body_for(
        self, kind: str, *, chat: str = "D0001", user: str = "U0001", **details: Any
    ) -> dict[str, Any]:
        """The body of a request.

        ``kind``: text, photo, edit, preview, delete, mention, channel, bot, own, join (events);
        button, view (interactivity); challenge.
        """
        ts = details.get("ts") or self._now()
        person = {"id": user, "name": "ana", "team_id": TEAM}
        if kind == "challenge":
            return {"type": "url_verification", "token": "t", "challenge": details["text"]}
        if kind == "view":
            view = {"id": details.get("view_id", "V1"), "callback_id": details.get("form", "assess"),
                    "private_metadata": details.get("metadata", ""), "type": "modal",
                    "state": {"values": details.get("values", {})}}  # fmt: skip
            return {"type": "view_submission", "user": person, "team": {"id": TEAM}, "view": view}
        if kind == "button":
            title = {"type": "plain_text", "text": details.get("title", "Yes")}
            pressed = {"type": "button", "action_id": details.get("action", "choice-0"), "block_id": "b",
                       "value": details["token"]}  # fmt: skip
            pressed |= {"text": title, "action_ts": details.get("at", ts)}
            trigger = f"trigger-{next(self._ticks)}"
            self._triggers[trigger] = time.time()
            on = {"ts": ts} | ({"thread_ts": details["thread"]} if "thread" in details else {})
            place = {"id": details.get("channel", chat), "name": "directmessage"}
            team = None if details.get("whole_organisation") else {"id": TEAM}
            return {"type": "block_actions", "user": person, "team": team, "channel": place,
                    "actions": [pressed], "message": on, "trigger_id": trigger}  # fmt: skip
        event = {"type": "message", "channel": chat, "channel_type": "im", "user": user, "ts": ts}
        return {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": "A0001",
            "event": _event(kind, event | {"text": details.get("text", "")}, details),
            "event_id": f"Ev{next(self._ticks):08d}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        }


def _event(kind: str, message: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    """``message`` as an event of this kind."""
    file = {"id": "F01", "name": "damage.png", "mimetype": "image/png", "size": details.get("size", 9)}
    file |= {"mode": "hosted", "url_private_download": details.get("url", "")}
    written = {
        "type": "message",
        "user": message["user"],
        "ts": details.get("message_id"),
        "text": message["text"],
    }
    before = written | ({"text": "as it was"} if kind == "edit" else {})
    changed = {"subtype": "message_changed", "message": written, "previous_message": before, "user": None}
    thread = {"thread_ts": details["thread"]} if "thread" in details else {}
    changes: dict[str, dict[str, Any]] = {
        "text": thread,
        "photo": {"subtype": "file_share", "files": [file]},
        "edit": changed,
        "preview": changed,
        "delete": {"subtype": "message_deleted", "deleted_ts": message["ts"]},
        "mention": {"type": "app_mention", "channel": "C0001", "channel_type": "channel"},
        "channel": {"channel": details.get("channel", "C0001"), "channel_type": "channel"}
        | thread
        | details.get("extra", {}),
        "bot": {"bot_id": "B0OTHER"},
        "own": {"user": BOT_USER},
        "join": {"type": "team_join", "user": {"id": message["user"]}},
    }
    return message | changes[kind]


def signed(
    body: bytes, *, base: str = "https://example.org", age: float = 0.0, form: bool = False, retry: int = 0
) -> Webhook:
    """``body`` as Slack sends it: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    timestamp = str(int(time.time() - age))
    digest = hmac.new(SIGNING_SECRET.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    headers = {
        "content-type": "application/x-www-form-urlencoded" if form else "application/json",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": f"v0={digest.hexdigest()}",
    }
    if retry:
        headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": "http_timeout"}
    return Webhook(f"{base}/hooks/slack", headers, body)


def _problem_of(blocks: list[dict[str, Any]]) -> str | None:
    elements = [e for b in blocks if b["type"] == "actions" for e in b["elements"]]
    sections = [b["text"]["text"] for b in blocks if b["type"] == "section"]
    contexts = [b["elements"] for b in blocks if b["type"] == "context"]
    sound = (
        len(blocks) <= 50
        and all(0 < len(text) <= 3000 for text in sections)
        and all(len(b["elements"]) <= 25 for b in blocks if b["type"] == "actions")
        and all(0 < len(c) <= 10 and all(e["text"] for e in c) for c in contexts)
        and all(len(e["text"]["text"]) <= 75 and len(e.get("value", "")) <= 2000 for e in elements)
        and all(
            len({e["action_id"] for e in b["elements"]}) == len(b["elements"])
            for b in blocks
            if b["type"] == "actions"
        )
    )
    return None if sound else "invalid_blocks"


def _ok(**answer: Any) -> Response:
    return JSONResponse({"ok": True, **answer})


def _error(error: str) -> Response:
    return JSONResponse({"ok": False, "error": error})
