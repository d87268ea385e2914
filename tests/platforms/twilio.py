"""Twilio's messaging API on loopback, and the signed forms that it would post."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.platforms.server import PlatformServer, Sent, Webhook, form_or_json

ACCOUNT = "AC" + "0" * 32
AUTH_TOKEN = "an-auth-token-for-tests"
SMS_FROM, WHATSAPP_FROM = "+15550001000", "+15550002000"
SERVICE = "MG" + "0" * 32

_BASE = f"/2010-04-01/Accounts/{ACCOUNT}"


class TwilioServer(PlatformServer):
    """Checks what Twilio checks: credentials, numbers, length, opt-outs."""

    def __init__(self) -> None:
        self._sids = itertools.count(1)
        self._created: list[dict[str, Any]] = []
        self.codes: dict[str, int] = {}  # number -> the error code that sending to it earns
        super().__init__()

    def reset(self) -> None:
        super().reset()
        self._created.clear()
        self.codes.clear()

    def routes(self) -> list[Route]:
        return [
            Route(f"{_BASE}/Messages.json", self._messages, methods=["GET", "POST"]),
            Route(f"{_BASE}/Messages/{{message}}/Media/{{media}}", self._media),
            Route("/elsewhere/{media}", self._elsewhere),
        ]

    def failure(self, status: int, retry_after: float | None) -> bytes:
        code = {429: 20429, 401: 20003}.get(status, 20500)
        return json.dumps({"code": code, "message": "Trouble", "status": status}).encode()

    async def _messages(self, request: Request) -> Response:
        fields = await form_or_json(request)
        if not _authorised(request):
            return _error(401, 20003, "Authenticate")
        if request.method == "GET":
            return await self.handle("list", fields, request, lambda: self._list(fields))
        return await self.handle("create", fields, request, lambda: self._create(fields))

    async def _create(self, fields: dict[str, Any]) -> Response:
        to, body = fields.get("To", ""), fields.get("Body", "")
        if fields.get("ContentSid"):  # what an approved template says, filled in
            body = " ".join([fields["ContentSid"], *json.loads(fields["ContentVariables"]).values()])
        number = to.removeprefix("whatsapp:")
        problem = self._problem_of(fields, to, number, body)
        if problem:
            return _error(400, *problem)
        sid = f"SM{next(self._sids):032x}"
        now = format_datetime(datetime.now(UTC))
        message = {"sid": sid, "to": to, "from": fields.get("From"), "body": body, "status": "queued"}
        message |= {"direction": "outbound-api", "date_created": now, "date_sent": None, "num_media": "0"}
        self._created.append(message)
        self.sent.append(Sent(sid, number, body, (), fields))
        return JSONResponse(message, 201)

    def _problem_of(self, fields: dict[str, Any], to: str, number: str, body: str) -> tuple[int, str] | None:
        sender = fields.get("From", "")
        checks = {
            (21603, "A 'From' phone number is required."): not sender and "MessagingServiceSid" not in fields,
            (63007, "Twilio could not find a Channel with the specified From address"): (
                bool(sender) and to.startswith("whatsapp:") != sender.startswith("whatsapp:")
            ),
            (21211, f"Invalid 'To' Phone Number: {number}"): not number.startswith("+"),
            (self.codes.get(number, 0), "as the test has asked"): number in self.codes,
            (21610, "Attempt to send to unsubscribed recipient"): number in self.blocked,
            (21617, "The concatenated message body exceeds the 1600 character limit"): (
                len(body.encode("utf-16-le")) // 2 > 1600
            ),
            (21602, "Message body is required."): not body.strip(),
        }
        return next((problem for problem, there in checks.items() if there), None)

    async def _list(self, fields: dict[str, Any]) -> Response:
        found = [m for m in self._created if m["to"] == fields.get("To", m["to"])][::-1]
        return JSONResponse(
            {"messages": found, "page": 0, "next_page_uri": None, "uri": f"{_BASE}/Messages.json"}
        )

    async def _media(self, request: Request) -> Response:
        name = request.path_params["media"]

        async def do() -> Response:
            if not _authorised(request):
                return _error(401, 20003, "Authenticate")
            if name not in self.files:
                return _error(404, 20404, "not found")
            return RedirectResponse(f"{self.url}/elsewhere/{name}", 307)

        return await self.handle("file", {"name": name}, request, do)

    async def _elsewhere(self, request: Request) -> Response:
        return Response(self.files[request.path_params["media"]][0], media_type="image/png")

    def keep_file(self, content: bytes, name: str = "ME01") -> str:
        """Put a media file at Twilio; its address."""
        self.files[name] = content, "image/png"
        return f"{self.url}{_BASE}/Messages/MM01/Media/{name}"

    def webhook_for(
        self, kind: str, *, base: str = "https://example.org", channel: str = "sms", **details: Any
    ) -> Webhook:
        """A signed form. ``kind``: text, photo, button, location, status, call."""
        prefix = "whatsapp:" if channel == "whatsapp" else ""
        customer = prefix + details.get("chat", "+34600111222")
        ours = prefix + (WHATSAPP_FROM if prefix else SMS_FROM)
        sid = details.get("sid") or f"SM{next(self._sids):032x}"
        form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "MessageSid": sid, "SmsMessageSid": sid}
        incoming = form | {"From": customer, "To": ours, "SmsStatus": "received", "NumMedia": "0",
                           "Body": details.get("text", ""), "FromCountry": "ES"}  # fmt: skip
        if prefix:
            incoming["ProfileName"] = "Ana"
        if "service" in details:
            incoming["MessagingServiceSid"] = details["service"]
        if "opt_out_type" in details:
            incoming["OptOutType"] = details["opt_out_type"]
        match kind:
            case "text":
                form = incoming
            case "photo":
                form = incoming | {
                    "NumMedia": "1",
                    "MediaUrl0": details["url"],
                    "MediaContentType0": "image/png",
                }
            case "button":
                title = details.get("title", "Yes")
                form = incoming | {"ButtonPayload": details["token"], "ButtonText": title, "Body": title}
            case "location":
                form = incoming | {"Latitude": "41.4", "Longitude": "2.2", "Label": "Shop"}
            case "status":
                form |= {
                    "From": ours,
                    "To": customer,
                    "MessageStatus": details["status"],
                    "SmsStatus": details["status"],
                }
                if "error" in details:
                    form["ErrorCode"] = details["error"]
            case "call":
                form = {"AccountSid": ACCOUNT, "CallSid": "CA" + "0" * 32, "CallStatus": "ringing"}
            case _:
                raise ValueError(kind)
        return signed(urlencode(form).encode(), base=base)


def signed(body: bytes, *, base: str = "https://example.org", path: str = "/hooks/twilio") -> Webhook:
    """``body`` as Twilio signs it: https://www.twilio.com/docs/usage/security#validating-requests."""
    url = base + path
    form = sorted(set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    text = url + "".join(name + value for name, value in form)
    digest = hmac.new(AUTH_TOKEN.encode(), text.encode("utf-8", "replace"), hashlib.sha1).digest()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": base64.b64encode(digest).decode(),
    }
    return Webhook(url, headers, body)


def _authorised(request: Request) -> bool:
    expected = base64.b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode()
    return request.headers.get("authorization") == f"Basic {expected}"


def _error(status: int, code: int, message: str) -> Response:
    info = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": info, "status": status}, status)
