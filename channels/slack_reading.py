"""What a request from Slack means to us: pure, from its JSON to our messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import emoji

from channels.message import Address, Attachment, Inbound, InboundKind

Payload = Mapping[str, Any]

# What a person wrote. All other subtypes are the platform's own lines ("X has joined").
_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
_SPECIAL = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_SLACKBOT = "USLACKBOT"


def is_desk(body: Payload, desk: str | None) -> bool:
    """Whether this happened in the agents' channel, or in a form that only agents are shown."""
    if not desk:
        return False
    place = body["event"].get("channel") if "event" in body else (body.get("channel") or {}).get("id")
    return place == desk or body["type"] == "view_submission"


def read_event(body: Payload) -> Inbound | None:
    """The message in an event, if it is one for us.

    What this raises for an event of another shape is not specified.
    """
    event = body["event"]
    if event["type"] == "app_mention":
        return None if _is_direct(event) else _mentioned(body, event)
    if not _is_direct(event):
        return None
    if event.get("subtype") == "message_changed":
        return _edited(body, event)
    if event.get("subtype") not in _WRITTEN or _is_machine(body, event):
        return None
    text = plain(event.get("text") or "") or _forwarded(event)
    attachments = tuple(_attachments(event.get("files") or ()))
    thread = event.get("thread_ts")
    return Inbound(
        address=_address(body["team_id"], event["channel"], thread),
        provider_id=body["event_id"],
        text=text,
        kind=InboundKind.MESSAGE if text or attachments else InboundKind.UNSUPPORTED,
        attachments=attachments,
        sender_name=(event.get("user_profile") or {}).get("real_name"),
        sent_at=_time(event["ts"]),
        order=_order(event["ts"]),
        message_id=event["ts"],
    )


def read_action(body: Payload) -> Inbound | None:
    """A pressed button in a direct message."""
    action, channel = body["actions"][0], (body.get("channel") or {}).get("id", "")
    if action["type"] != "button" or not channel.startswith("D"):
        return None
    thread = (body.get("message") or {}).get("thread_ts")
    pressed = action["action_ts"]
    # Installed for a whole organisation, Slack names no workspace but the person's.
    team = (body.get("team") or {}).get("id") or body["user"]["team_id"]
    return Inbound(
        address=_address(team, channel, thread),
        provider_id=f"action:{channel}:{pressed}:{action['action_id']}",
        text=plain((action.get("text") or {}).get("text") or ""),
        button=action["value"],
        sender_name=body["user"].get("name"),
        sent_at=_time(pressed),
        order=_order(pressed),
    )


def plain(text: str) -> str:
    """``text`` without Slack's markup: links, names and emoji as a reader sees them."""
    text = _SPECIAL.sub(lambda match: _shown(match[1], match[2]), text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return emoji.emojize(text, language="alias")


def escaped(text: str) -> str:
    """``text`` so that it neither links nor mentions anybody.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(target: str, label: str | None) -> str:
    kind = target[:1]
    if kind in ("@", "#", "!"):
        name = label or target[1:]
        return name if kind == "!" and label else ("#" if kind == "#" else "@") + name.lstrip("@#")
    target = target.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({target})" if label and label not in target else target


def _is_direct(event: Payload) -> bool:
    return event.get("channel_type") == "im" or str(event.get("channel", "")).startswith("D")


def _is_machine(body: Payload, message: Payload) -> bool:
    """Ours, another bot's, or Slack's own: answering those never ends."""
    ours = [a.get("user_id") for a in body.get("authorizations") or () if a.get("is_bot")]
    user = message.get("user")
    return bool(message.get("bot_id")) or user is None or user == _SLACKBOT or user in ours


def _edited(body: Payload, event: Payload) -> Inbound | None:
    message, before = event["message"], event.get("previous_message") or {}
    # Slack says "changed" as well when it adds a link's preview.
    if _is_machine(body, message) or message.get("text") == before.get("text"):
        return None
    return Inbound(
        address=_address(body["team_id"], event["channel"], message.get("thread_ts")),
        provider_id=body["event_id"],
        text=plain(message.get("text") or ""),
        kind=InboundKind.EDIT,
        sent_at=_time(event["ts"]) if "ts" in event else None,
        revises=message["ts"],
    )


def _mentioned(body: Payload, event: Payload) -> Inbound | None:
    if _is_machine(body, event):
        return None
    return Inbound(
        address=_address(body["team_id"], event["channel"], event.get("thread_ts") or event["ts"]),
        provider_id=body["event_id"],
        text=plain(event.get("text") or ""),
        kind=InboundKind.PUBLIC,
        sent_at=_time(event["ts"]),
        order=_order(event["ts"]),
        message_id=event["ts"],
    )


def _forwarded(event: Payload) -> str:
    """The words of a message that somebody passed on."""
    parts = (item.get("text") or item.get("fallback") or "" for item in event.get("attachments") or ())
    return plain("\n".join(filter(None, parts)))


def _attachments(files: Iterable[Payload]) -> Iterable[Attachment]:
    for file in files:
        # "external" files lie with somebody else, "tombstone" ones are deleted.
        if file.get("mode") in ("external", "tombstone", "hidden_by_limit"):
            continue
        # Files shared from another workspace come without an address: `Slack.fetch` asks for it.
        locator = file.get("url_private_download") or file.get("url_private") or file["id"]
        media_type = file.get("mimetype") or "application/octet-stream"
        yield Attachment(locator, media_type, file.get("name") or "", file.get("size"))


def _address(team: str, channel: str, thread: str | None) -> Address:
    route = {"channel": channel, "thread": thread} if thread else {"channel": channel}
    return Address("slack", f"{team}:{channel}", route)


def _order(ts: str) -> int:
    seconds, _, micros = ts.partition(".")
    return int(seconds) * 1_000_000 + int(micros.ljust(6, "0")[:6] or 0)


def _time(ts: str) -> datetime:
    return datetime.fromtimestamp(_order(ts) / 1_000_000, UTC)
