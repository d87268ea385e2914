"""Twilio: SMS and WhatsApp, and the reports of what became of our messages, all on one hook.

Built on Twilio's `RequestValidator` and REST client. Free-form WhatsApp messages cannot carry
buttons without a template approved beforehand, so both channels get numbered lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import httpx
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from channels.channel import PERHAPS_DONE, Answer, DeliveryFailed, Receipt, Rejected, Request
from channels.checking import checked, checked_report
from channels.download import download
from channels.message import Attachment, Outbound
from channels.sms_text import plain
from channels.splitting import fits, numbered
from channels.twilio_http import HttpClient
from channels.twilio_reading import read_message, read_report

API_URL = "https://api.twilio.com"
_EMPTY = Answer(b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")
_WHATSAPP = "whatsapp:"
_MISCONFIGURED_PAUSE = 60.0  # seconds
_SKEW = timedelta(seconds=2)  # Twilio's times have whole seconds

# Codes that will never go away for this customer: https://www.twilio.com/docs/api/errors
_PERMANENT = {
    21211: "the number is not valid",
    21214: "the number cannot be reached",
    21217: "the number is not valid",
    21219: "the number is not verified for this trial account",
    21265: "the number is a short code",
    21408: "SMS to this country is not permitted for the account",
    21606: "our number cannot send to this customer",
    21610: "the customer has opted out (STOP)",
    21612: "our number cannot reach this customer",
    21614: "the number is no mobile number",
    21617: "the text is too long",
    21635: "the number is a landline",
    63003: "the customer is not on WhatsApp",
    63013: "refused by WhatsApp's policy",
    63016: "WhatsApp's 24 hours since the customer's last message are over",
    63024: "the customer is not on WhatsApp",
    63032: "the customer does not accept WhatsApp messages from us",
}
_TRANSIENT = {20429, 20500, 20503, 21611, 63018, 63038}
_NOT_ALLOWED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
_MISCONFIGURED = {20003, 20005, 21601, 21603, 21660, 21701, 21703, 63007, 63020}


@dataclass(frozen=True)
class TwilioSettings:
    """``TWILIO_*``. Numbers in E.164; ``public_url`` is where reports of delivery are sent.

    ``timeout`` is in seconds.
    """

    account_sid: str
    auth_token: str
    sms_from: str | None = None
    whatsapp_from: str | None = None
    messaging_service_sid: str | None = None
    api_url: str = API_URL
    public_url: str | None = None
    timeout: float = 10.0


class Twilio:
    """The adapter; see `channels.channel.Channel`."""

    name = "twilio"
    channels = ("sms", "whatsapp")
    reachable_later = True

    def __init__(self, settings: TwilioSettings) -> None:
        self.settings = settings
        self._validator = RequestValidator(settings.auth_token)
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(settings.timeout, connect=min(5.0, settings.timeout))
        )
        self._api = HttpClient(settings.timeout, self._elsewhere)
        self._client = Client(settings.account_sid, settings.auth_token, http_client=self._api)

    @property
    def _elsewhere(self) -> str | None:
        """The stand-in for Twilio's API, if there is one."""
        return None if self.settings.api_url.rstrip("/") == API_URL else self.settings.api_url

    def receive(self, request: Request) -> Receipt:
        """Check the signature over the public URL and the form, and read the form."""
        try:
            form = parse_qsl(
                request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=500
            )
        except ValueError as error:
            raise Rejected("not a form", HTTPStatus.BAD_REQUEST) from error
        signature = request.headers.get("x-twilio-signature", "")
        try:
            genuine = bool(signature) and self._validator.validate(request.url, _Fields(form), signature)
        except ValueError:  # an address that is none
            genuine = False
        if not genuine:
            raise Rejected("wrong signature", HTTPStatus.FORBIDDEN)
        fields = dict(form)
        try:
            if "MessageStatus" in fields and fields["MessageStatus"] != "received":
                report = read_report(fields)
                return Receipt(reports=(checked_report(report),) if report else (), answer=_EMPTY)
            message = read_message(fields)
            return Receipt(messages=(checked(message),) if message else (), answer=_EMPTY)
        except (KeyError, TypeError, ValueError) as error:
            raise Rejected("not a request that Twilio sends", HTTPStatus.BAD_REQUEST) from error

    async def send(self, message: Outbound) -> str:
        """Create the message at Twilio; its SID."""
        body = _body(message)
        if message.files:
            raise DeliveryFailed("files cannot be sent by SMS or WhatsApp", permanent=True)
        if not fits(message.address.channel, body):
            raise DeliveryFailed("the text is too long for one message", permanent=True)
        callback = (
            f"{self.settings.public_url.rstrip('/')}/hooks/twilio" if self.settings.public_url else None
        )
        options = {**self._sender(message), **({"status_callback": callback} if callback else {})}
        if message.template is not None:
            options |= {"content_sid": message.template.name}
            options |= {"content_variables": json.dumps(message.template.values)}
        else:
            options |= {"body": body}
        try:
            created = await self._client.messages.create_async(to=_to(message), **options)
        except TwilioException as error:
            raise _failure(error) from error
        except (AttributeError, TypeError, ValueError) as error:  # taken, but the answer is no message
            raise DeliveryFailed("Twilio's answer cannot be read", outcome_unknown=True) from error
        if not created.sid:
            raise DeliveryFailed("Twilio's answer names no message", outcome_unknown=True)
        return str(created.sid)

    def _sender(self, message: Outbound) -> dict[str, str]:
        """The number that the customer wrote to; else the messaging service; else our own number."""
        settings, route = self.settings, message.address.route
        if message.address.channel == "whatsapp":
            number = route.get("from") or settings.whatsapp_from
            sender = {"from_": _WHATSAPP + number.removeprefix(_WHATSAPP)} if number else {}
        elif "from" in route:
            service = {"messaging_service_sid": route["service"]} if "service" in route else {}
            sender = {"from_": route["from"], **service}
        elif settings.messaging_service_sid:
            sender = {"messaging_service_sid": settings.messaging_service_sid}
        else:
            sender = {"from_": settings.sms_from} if settings.sms_from else {}
        if not sender:
            raise DeliveryFailed("no number of ours to send from", retry_after=_MISCONFIGURED_PAUSE)
        return sender

    async def find(self, message: Outbound) -> str | None:
        """Look through what was sent to this customer since the first try for the same text.

        Nothing else is sent to them meanwhile, since their lane is worked in order. Of a template we do
        not know the words: there whatever was sent since is it.
        """
        assert message.first_tried_at
        since, body = message.first_tried_at - _SKEW, _body(message).split()
        try:
            recent = await self._client.messages.list_async(to=_to(message), limit=20, page_size=20)
        except TwilioException as error:
            raise _failure(error) from error
        for sent in recent:
            made = sent.date_created or sent.date_sent
            same = message.template is not None or (sent.body or "").split() == body
            if made and _in_utc(made) >= since and same and sent.direction != "inbound":
                return str(sent.sid)
        return None

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Load a media file with the account's credentials, which go to Twilio's own host only."""
        url = self._media_url(attachment.locator)
        credentials = (self.settings.account_sid, self.settings.auth_token)
        content, _ = await download(self._http, url, limit, auth=credentials)
        return content

    def _media_url(self, locator: str) -> str:
        given, api = urlsplit(locator), urlsplit(self.settings.api_url)
        if (given.scheme, given.netloc) == (api.scheme, api.netloc):
            return locator
        if given.scheme == "https" and f".{given.hostname}".endswith(".twilio.com"):
            return (
                given._replace(scheme=api.scheme, netloc=api.netloc).geturl() if self._elsewhere else locator
            )
        raise DeliveryFailed("the file does not lie with Twilio", permanent=True)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()
        await self._http.aclose()


class _Fields(Mapping[str, str]):
    """A form as `RequestValidator` reads it: names may repeat, and all their values are signed."""

    def __init__(self, form: list[tuple[str, str]]) -> None:
        self._form = form

    def __getitem__(self, name: str) -> str:
        return self.getlist(name)[-1]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._form))

    def __len__(self) -> int:
        return len(dict(self._form))

    def getlist(self, name: str) -> list[str]:
        return [value for key, value in self._form if key == name]


def _to(message: Outbound) -> str:
    prefix = _WHATSAPP if message.address.channel == "whatsapp" else ""
    return prefix + message.address.key


def _body(message: Outbound) -> str:
    body = numbered(message.text, message.buttons)
    return plain(body) if message.address.channel == "sms" else body


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _failure(error: TwilioException) -> DeliveryFailed:
    """What a library error means for the message: gone for good, later, or perhaps delivered."""
    if not isinstance(error, TwilioRestException | TwilioServiceException):
        return DeliveryFailed(f"Twilio's library fails: {type(error).__name__}")
    status, code = int(error.status), int(error.code or 0)
    if code in _PERMANENT:
        return DeliveryFailed(f"Twilio {code}: {_PERMANENT[code]}", permanent=True)
    reason = f"Twilio {code or status}"
    if code in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeliveryFailed(f"{reason}: try later", outcome_unknown=status in PERHAPS_DONE)
    if code in _MISCONFIGURED or status in _NOT_ALLOWED:
        return DeliveryFailed(f"{reason}: check the account's settings", retry_after=_MISCONFIGURED_PAUSE)
    words = getattr(error, "msg", "") or getattr(error, "title", "")
    return DeliveryFailed(f"{reason}: {' '.join(str(words).split())[:200]}", permanent=True)
