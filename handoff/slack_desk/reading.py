"""What an event of the agents' channel means: pure, from Slack's JSON to one `Deed` of an agent.

The one rule of this file: what is not certainly meant for the customer is not for the customer. Only
a new message, typed by a person into a case's thread, whose first character is ``!``, answers; not in
code or a quotation, not with a file or a forwarded message, not broadcast to the channel, not
mentioning a colleague, not edited into one afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from channels.slack_reading import plain

Payload = Mapping[str, Any]

ANSWER = "!"
"""What a message for the customer begins with."""

_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
_SLACKBOT = "USLACKBOT"
_MENTION = re.compile(r"<(@|#|!(?:here|channel|everyone|subteam))")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST_ID = 255


class Kind(StrEnum):
    """What an agent did in Slack."""

    NOTE = "note"  # said something in a thread
    ANSWER = "answer"  # said something to the customer
    MISTAKE = "mistake"  # what begins like an answer and is not safe to be one
    EDIT = "edit"  # changed what was said
    PRESS = "press"  # pressed a button
    SUBMIT = "submit"  # sent a form


@dataclass(frozen=True)
class Deed:
    """One thing that a user did. ``id`` is the same when Slack tells it again.

    ``thread`` is the ``ts`` of the thread's head, ``None`` outside threads. ``at`` is the ``ts`` of
    the deed, by which Slack orders. ``why`` says what is wrong with a `Kind.MISTAKE`. ``action`` is
    the button or form, ``reference`` the case on it, ``trigger`` the right to open a form, which
    lasts 3 seconds, ``values`` what was put into a form.
    """

    kind: Kind
    id: str
    user: str
    channel: str
    thread: str | None
    at: str | None = None
    text: str = ""
    why: str = ""
    action: str = ""
    reference: str = ""
    trigger: str = ""
    values: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, payload: Payload) -> Self:
        """From JSON."""
        return cls(**{**payload, "kind": Kind(payload["kind"])})

    @property
    def order(self) -> int | None:
        """Slack's order, in microseconds since 1970."""
        if self.at is None:
            return None
        seconds, _, micros = self.at.partition(".")
        return int(seconds) * 1_000_000 + int(micros.ljust(6, "0")[:6] or 0)


def read(body: Payload) -> Deed | None:
    """The deed in a request, if it is one. Never raises: strange shapes are no deeds."""
    try:
        found = _read(body)
        if found is None:
            return None
        _ = found.order
        ids = (found.id, found.user, found.channel, found.thread or "", found.action, found.reference)
        sound = all(isinstance(i, str) and len(i) <= _LONGEST_ID and not _UNSTORABLE.search(i) for i in ids)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None
    return found if sound and found.user else None


def _read(body: Payload) -> Deed | None:
    if body.get("type") == "block_actions":
        return _pressed(body)
    if body.get("type") == "view_submission":
        return _submitted(body)
    event = body["event"]
    # A mention arrives as a message as well.
    if event["type"] != "message":
        return None
    if event.get("subtype") == "message_changed":
        return _edited(body, event)
    if event.get("subtype") not in _WRITTEN or _is_machine(body, event):
        return None
    thread = event.get("thread_ts")
    kind, why = _meaning(event)
    said = _storable(plain(event.get("text") or ""))
    names = [_storable(str(file.get("name") or "a file")) for file in event.get("files") or ()]
    text = said.removeprefix(ANSWER) if kind is Kind.ANSWER else "\n".join([said, *names]).strip()
    return Deed(
        kind,
        f"message:{event['channel']}:{event['ts']}",
        event["user"],
        event["channel"],
        None if thread == event["ts"] else thread,
        event["ts"],
        text=text.strip(),
        why=why,
    )


def _meaning(event: Payload) -> tuple[Kind, str]:
    """Whether a message is a note, an answer, or something that only looks like one; and why."""
    text, subtype = event.get("text") or "", event.get("subtype")
    # A formatted message has its text twice; both must say that it begins with "!".
    if not text.startswith(ANSWER) or not _typed_plainly(event.get("blocks") or ()):
        return Kind.NOTE, ""
    unsafe = {
        "it was also sent to the channel": subtype == "thread_broadcast",
        "files cannot be sent to customers from here: use the console": event.get("files"),
        "it holds a forwarded message": event.get("attachments"),
        "it mentions a colleague or a channel": _MENTION.search(text),
        "it was not simply typed": subtype is not None,
    }
    why = next((reason for reason, found in unsafe.items() if found), "")
    return (Kind.MISTAKE, why) if why else (Kind.ANSWER, "")


def _typed_plainly(blocks: Any) -> bool:
    """Whether a rich text begins with plain words: not with code, a quotation or a list."""
    if not blocks:
        return True
    first = blocks[0]
    if first.get("type") != "rich_text":
        return False
    part = (first.get("elements") or [{}])[0]
    if part.get("type") != "rich_text_section":
        return False
    words = (part.get("elements") or [{}])[0]
    style = words.get("style") or {}
    return words.get("type") == "text" and str(words.get("text", "")).startswith(ANSWER) and not style


def _edited(body: Payload, event: Payload) -> Deed | None:
    message, before = event["message"], event.get("previous_message") or {}
    # Slack says "changed" as well when it adds a link's preview or counts replies.
    if _is_machine(body, message) or message.get("text") == before.get("text"):
        return None
    thread = message.get("thread_ts")
    return Deed(
        Kind.EDIT, f"event:{body['event_id']}", message["user"], event["channel"],
        None if thread == message["ts"] else thread, event.get("ts"),
    )  # fmt: skip


def _pressed(body: Payload) -> Deed | None:
    action = body["actions"][0]
    if action["type"] != "button" or not action.get("value"):
        return None  # a button that opens a page
    message, channel = body.get("message") or {}, body["channel"]["id"]
    thread = message.get("thread_ts") or message.get("ts") or (body.get("container") or {}).get("message_ts")
    return Deed(
        Kind.PRESS,
        f"press:{channel}:{thread}:{action['action_ts']}:{action['action_id']}:{body['user']['id']}",
        body["user"]["id"],
        channel,
        thread,
        action["action_ts"],
        action=action["action_id"],
        reference=action["value"],
        trigger=str(body.get("trigger_id") or ""),
    )


def _submitted(body: Payload) -> Deed | None:
    view = body["view"]
    place = json.loads(view.get("private_metadata") or "{}")
    values = {}
    for inputs in view["state"]["values"].values():
        for name, given in inputs.items():
            chosen = given.get("selected_option")
            value = chosen["value"] if chosen else given.get("value")
            values[str(name)] = _storable(str(value)) if value is not None else ""
    return Deed(
        Kind.SUBMIT,
        f"view:{view['id']}",
        body["user"]["id"],
        place["channel"],
        place["thread"],
        action=view["callback_id"],
        reference=place["reference"],
        values=values,
    )


def _is_machine(body: Payload, message: Payload) -> bool:
    """Ours, another bot's, a workflow's or Slack's own."""
    ours = [a.get("user_id") for a in body.get("authorizations") or () if a.get("is_bot")]
    user = message.get("user")
    machine = message.get("bot_id") or message.get("app_id") or message.get("bot_profile")
    return bool(machine) or user is None or user == _SLACKBOT or user in ours


def _storable(text: str) -> str:
    """``text`` with the replacement character for what no database stores."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
