"""What a form from Twilio means to us: pure, from its fields to our messages and reports."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping

from channels.message import Address, Attachment, DeliveryReport, Inbound, InboundKind

_WHATSAPP = "whatsapp:"
_MEDIA = 10  # what one message may carry

# What carriers demand in the United States and Twilio acts upon, whatever we do: the whole message
# is one of these words. Other languages' words are no such commands ("ALTO" is a text like any
# other), unless the operator has set them up at Twilio, which then says so in OptOutType.
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
_WORDS = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"), InboundKind.OPT_OUT
    ),
    **dict.fromkeys(("START", "UNSTOP"), InboundKind.OPT_IN),
    **dict.fromkeys(("HELP", "INFO"), InboundKind.HELP),
}
_OPT_OUT_TYPE = {"STOP": InboundKind.OPT_OUT, "START": InboundKind.OPT_IN, "HELP": InboundKind.HELP}
_YES = "YES"  # opts in again as well, but here it is first of all an answer

_STATES = {"sent": "sent", "delivered": "delivered", "read": "read"} | dict.fromkeys(
    ("failed", "undelivered", "canceled"), "failed"
)


def read_message(fields: Mapping[str, str]) -> Inbound | None:
    """The message in the form, or ``None`` if it holds none. Raises `KeyError`, `ValueError`."""
    if "MessageSid" not in fields or "From" not in fields:
        return None
    sender, ours = fields["From"], fields["To"]
    channel = "whatsapp" if sender.startswith(_WHATSAPP) else "sms"
    number = sender.removeprefix(_WHATSAPP)
    route = {"from": ours.removeprefix(_WHATSAPP)}
    if fields.get("MessagingServiceSid"):
        route["service"] = fields["MessagingServiceSid"]
    text = _text(fields)
    attachments = _attachments(fields)
    kind = _kind(channel, text, fields.get("OptOutType", ""))
    if not text and not attachments:
        kind = InboundKind.UNSUPPORTED
    return Inbound(
        address=Address(channel, number, route),
        provider_id=fields["MessageSid"],
        text=text,
        kind=kind,
        attachments=attachments,
        button=fields.get("ButtonPayload") or None,
        sender_name=fields.get("ProfileName") or None,
        sender_phone=number if number.startswith("+") else None,
        opts_in=channel == "sms" and _is_yes(text),
    )


def read_report(fields: Mapping[str, str]) -> DeliveryReport | None:
    """What became of a message of ours; ``None`` while it is merely under way."""
    state = _STATES.get(fields["MessageStatus"])
    if state is None:
        return None
    ends = (fields.get("From", ""), fields.get("To", ""))
    channel = "whatsapp" if any(end.startswith(_WHATSAPP) for end in ends) else "sms"
    error = " ".join(filter(None, (fields.get("ErrorCode"), fields.get("ErrorMessage"))))
    return DeliveryReport(channel, fields["MessageSid"], state, error or None)


def _kind(channel: str, text: str, opt_out_type: str) -> InboundKind:
    if _is_yes(text):
        return InboundKind.MESSAGE
    if opt_out_type in _OPT_OUT_TYPE:
        return _OPT_OUT_TYPE[opt_out_type]
    # WhatsApp has no such commands: there a customer who writes "stop" means our questions.
    return _WORDS.get(text.strip().upper(), InboundKind.MESSAGE) if channel == "sms" else InboundKind.MESSAGE


def _is_yes(text: str) -> bool:
    return text.strip().upper() == _YES


def _text(fields: Mapping[str, str]) -> str:
    """The body, or the place that was shared (RFC 5870, which needs no language)."""
    text = fields.get("Body", "")
    if "Latitude" in fields and "Longitude" in fields:
        geo = f"geo:{fields['Latitude']},{fields['Longitude']}"
        words = (text, fields.get("Label", ""), fields.get("Address", ""), geo)
        text = "\n".join(filter(None, words))
    return text


def _attachments(fields: Mapping[str, str]) -> tuple[Attachment, ...]:
    count = min(int(fields.get("NumMedia") or 0), _MEDIA)
    return tuple(_attachment(fields, number) for number in range(count))


def _attachment(fields: Mapping[str, str], number: int) -> Attachment:
    media_type = fields.get(f"MediaContentType{number}") or "application/octet-stream"
    extension = mimetypes.guess_extension(media_type) or ""
    return Attachment(fields[f"MediaUrl{number}"], media_type, f"file-{number + 1}{extension}")
