"""Telegram's Bot API on loopback, and the updates that it would deliver."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.platforms.server import PlatformServer, Sent, Webhook, form_or_json

TOKEN = "4711:a-token-for-tests"
SECRET = "a-secret-for-tests"
BOT = {"id": 4711, "is_bot": True, "first_name": "Recourse", "username": "RecourseTestBot"}


class TelegramServer(PlatformServer):
    """Checks what Telegram checks: token, length, callback data, whether the chat is known."""

    def __init__(self) -> None:
        self.webhook: dict[str, Any] | None = None
        self.waiting: list[dict[str, Any]] = []
        self.poll_limit = 1.0  # seconds; Telegram holds a poll open for as long as it is asked to
        self._update_ids = itertools.count(700_000)
        self._message_ids = itertools.count(1)
        super().__init__()

    def reset(self) -> None:
        super().reset()
        self.webhook = None
        self.waiting.clear()

    def routes(self) -> list[Route]:
        return [
            Route("/bot{token}/{method}", self._call, methods=["POST"]),
            Route("/file/bot{token}/{path:path}", self._file),
        ]

    def failure(self, status: int, retry_after: float | None) -> bytes:
        answer: dict[str, Any] = {"ok": False, "error_code": status, "description": f"Trouble {status}"}
        if retry_after is not None:
            answer |= {
                "description": f"Too Many Requests: retry after {retry_after:g}",
                "parameters": {"retry_after": int(retry_after)},
            }
        return json.dumps(answer).encode()

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        fields = await form_or_json(request)
        if request.path_params["token"] != TOKEN:
            return _error(401, "Unauthorized")
        do = getattr(self, f"_{method}", None)
        if do is None:
            return _error(404, "Not Found: method not found")
        return await self.handle(method, fields, request, lambda: do(fields))

    async def _file(self, request: Request) -> Response:
        path = request.path_params["path"]

        async def do() -> Response:
            if request.path_params["token"] != TOKEN or path not in self.files:
                return _error(404, "Not Found")
            return Response(self.files[path][0])

        return await self.handle("file", {"path": path}, request, do)

    async def _getMe(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        return _ok(BOT | {"can_join_groups": True, "can_read_all_group_messages": False})

    async def _setWebhook(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        self.webhook = fields
        return _ok(True)

    async def _deleteWebhook(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        self.webhook = None
        return _ok(True)

    async def _getUpdates(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        if self.webhook:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(fields.get("offset", 0))
        self.waiting = [update for update in self.waiting if update["update_id"] >= offset]
        for _ in range(int(100 * min(float(fields.get("timeout", 0)), self.poll_limit))):
            if self.waiting:
                break
            await asyncio.sleep(0.01)
        return _ok(self.waiting[: int(fields.get("limit", 100))])

    async def _sendMessage(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        text = fields.get("text", "")
        if not text.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return _error(400, "Bad Request: message is too long")
        return self._take(fields, text)

    async def _sendDocument(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        return self._take(fields, fields.get("caption", ""))

    async def _answerCallbackQuery(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        return _ok(True)

    async def _getFile(self, fields: dict[str, Any]) -> Response:  # noqa: N802
        path = f"documents/{fields['file_id']}"
        if path not in self.files:
            return _error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = {"file_size": len(self.files[path][0])} if "unsized" not in path else {}
        return _ok({"file_id": fields["file_id"], "file_unique_id": "u", "file_path": path, **size})

    def _take(self, fields: dict[str, Any], text: str) -> Response:
        chat = str(fields["chat_id"])
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if chat == "404":
            return _error(400, "Bad Request: chat not found")
        rows = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard", [])
        buttons = tuple((b["text"], b["callback_data"]) for row in rows for b in row)
        if any(not 0 < len(token.encode()) <= 64 for _, token in buttons):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        message = {"message_id": next(self.ids), "date": int(time.time()), "chat": private_chat(chat)}
        self.sent.append(Sent(str(message["message_id"]), chat, text, buttons, fields))
        return _ok(message | ({"text": text} if text else {}))

    def keep_file(self, content: bytes, file_id: str = "file-1") -> str:
        """Put a file at Telegram; its id."""
        self.files[f"documents/{file_id}"] = content, ""
        return file_id

    def webhook_for(self, kind: str, *, base: str = "https://example.org", **details: Any) -> Webhook:
        """The delivery of an update, see `update_for`."""
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": SECRET}
        body = json.dumps(self.update_for(kind, **details)).encode()
        return Webhook(f"{base}/hooks/telegram", headers, body)

    def update_for(
        self, kind: str, *, chat: str = "77", name: str = "Ana Ruiz", **details: Any
    ) -> dict[str, Any]:
        """An update as Telegram words it.

        ``kind``: text, photo, document, voice, sticker, location, contact, pinned, edit, button, group,
        blocked, channel_post. ``details`` are the parts that matter for it.
        """
        first, _, last = name.partition(" ")
        person = {"id": int(chat), "is_bot": False, "first_name": first, "language_code": "es"}
        message = {
            "message_id": details.get("message_id") or next(self._message_ids),
            "date": int(time.time()),
            "chat": private_chat(chat),
            "from": person | ({"last_name": last} if last else {}),
        }
        if "album" in details:
            message["media_group_id"] = details["album"]
        special = {
            "edit": _edit,
            "button": _press,
            "group": _group,
            "blocked": _blocked,
            "channel_post": _channel_post,
        }
        make = special.get(
            kind, lambda message, details: {"message": message | _content(kind, message, details)}
        )
        return {"update_id": next(self._update_ids), **make(message, details)}


def _content(kind: str, message: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    """What a private message of this kind holds."""
    text = details.get("text", "")
    caption = {"caption": text} if text else {}
    file = {
        "file_id": details.get("file_id", "file-1"),
        "file_unique_id": "u1",
        "file_size": details.get("size", 9),
    }
    large, small = (
        file | {"width": 900, "height": 600},
        file | {"file_id": "thumb", "width": 90, "height": 60},
    )
    shape = {
        "width": 9,
        "height": 9,
        "is_animated": False,
        "is_video": False,
        "type": "regular",
        "emoji": "👍",
    }
    contact = {"phone_number": "+34600111222", "first_name": "Ana", "user_id": message["from"]["id"]}
    contents: dict[str, dict[str, Any]] = {
        "text": {"text": text},
        "photo": {"photo": [small, large], **caption},
        "document": {
            "document": file | {"file_name": "invoice.pdf", "mime_type": "application/pdf"},
            **caption,
        },
        "voice": {"voice": file | {"duration": 3, "mime_type": "audio/ogg"}},
        "sticker": {"sticker": file | shape},
        "location": {"location": {"latitude": 41.4, "longitude": 2.2}},
        "contact": {"contact": contact},
        "pinned": {"pinned_message": message | {"text": "x"}},
    }
    return contents[kind]


def _edit(message: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    return {"edited_message": message | {"text": details["text"], "edit_date": message["date"] + 9}}


def _press(message: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    token, title = details["token"], details.get("title", "Yes")
    keyboard = [[{"text": title, "callback_data": token}, {"text": "Other", "callback_data": "other"}]]
    asked = message | {"from": BOT, "text": "Is that right?", "reply_markup": {"inline_keyboard": keyboard}}
    query = {"id": "q1", "from": message["from"], "chat_instance": "c", "data": token, "message": asked}
    return {"callback_query": query}


def _group(message: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    group = {"id": -100123, "type": "supergroup", "title": "Neighbours"}
    text, mention = details["text"], details.get("mention", "")
    said = message | {"chat": group, "text": text}
    if mention:
        offset = len(text[: text.index(mention)].encode("utf-16-le")) // 2
        kind = "bot_command" if mention.startswith("/") else "mention"
        said["entities"] = [{"type": kind, "offset": offset, "length": len(mention)}]
    if "topic" in details:
        said |= {"is_topic_message": True, "message_thread_id": details["topic"]}
    if details.get("reply_to_bot"):
        said["reply_to_message"] = {"message_id": 1, "date": 1, "chat": group, "from": BOT, "text": "Hi"}
    return {"message": said}


def _blocked(message: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    member, was = {"user": BOT, "status": "kicked", "until_date": 0}, {"user": BOT, "status": "member"}
    change = {"old_chat_member": was, "new_chat_member": member}
    return {"my_chat_member": {key: message[key] for key in ("chat", "from", "date")} | change}


def _channel_post(message: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    return {
        "channel_post": message | {"text": "news", "chat": {"id": -1, "type": "channel", "title": "News"}}
    }


def private_chat(chat: str) -> dict[str, Any]:
    """A private chat as Telegram describes it."""
    return {"id": int(chat), "type": "private", "first_name": "Ana"}


def _ok(result: object) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _error(status: int, description: str) -> Response:
    return JSONResponse({"ok": False, "error_code": status, "description": description}, status)
