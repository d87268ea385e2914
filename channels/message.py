"""What goes in and out of a channel, in terms that every platform shares.

All frozen: an adapter makes them, nobody changes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Address:
    """Where a conversation is held.

    ``channel`` is ``webchat``, ``sms``, ``whatsapp``, ``telegram`` or ``slack``, or one that people work
    (``phone``, ``counter``, ``letter``, ``email``); ``key`` names the conversation within it; ``route`` is
    what the adapter needs to answer (our own number, a team), opaque to everyone else.
    """

    channel: str
    key: str
    route: dict[str, str] = field(default_factory=dict)

    @property
    def conversation(self) -> str:
        """The conversation's name everywhere in the program, such as ``telegram:4711``."""
        return f"{self.channel}:{self.key}"


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message. ``locator`` is how the adapter fetches it later."""

    locator: str
    media_type: str = "application/octet-stream"
    name: str = ""
    size: int | None = None  # bytes, if the platform tells


@dataclass(frozen=True)
class Button:
    """A short answer to choose. ``token`` (at most 64 bytes) comes back when it is pressed."""

    title: str
    token: str


class InboundKind(StrEnum):
    """What an inbound message is. Only some of them are turns of the dialogue."""

    MESSAGE = "message"
    EDIT = "edit"  # a revision of a message that we have: never a new turn
    PUBLIC = "public"  # said in a group or a channel: answered by "write to me privately"
    UNSUPPORTED = "unsupported"  # a sticker, a call, a location: a turn without text
    OPT_OUT = "opt_out"  # SMS STOP: record it; the platform refuses to send from now on
    OPT_IN = "opt_in"  # SMS START
    HELP = "help"  # SMS HELP


@dataclass(frozen=True)
class Inbound:
    """One thing a customer sent.

    ``provider_id`` is the platform's own id, unique within the channel: the memory against
    redelivery. ``order`` sorts messages that the platform delivers in parallel. ``album`` names
    parts that belong to one turn. ``button`` is the token of a pressed button.

    Telegram and Slack number deliveries apart from messages: there ``message_id`` names the
    message within its conversation, and ``revises`` of an edit is the ``message_id`` that it
    replaces. Elsewhere ``message_id`` is ``None``.

    ``opts_in`` marks an answer that the platform takes for an opt-in as well (SMS YES).
    """

    address: Address
    provider_id: str
    text: str = ""
    kind: InboundKind = InboundKind.MESSAGE
    attachments: tuple[Attachment, ...] = ()
    button: str | None = None
    sender_name: str | None = None
    sender_phone: str | None = None
    locale: str | None = None
    sent_at: datetime | None = None
    order: int | None = None
    album: str | None = None
    message_id: str | None = None
    revises: str | None = None
    opts_in: bool = False


@dataclass(frozen=True)
class Template:
    """A text that a platform approved beforehand: its name there, and what to fill in, by place."""

    name: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outbound:
    """One thing to send. ``id`` is ours and stays the same when it is sent again.

    ``first_tried_at`` is set when an earlier try ended without a known outcome. With a ``template``
    the platform says that instead of ``text``.
    """

    id: str
    address: Address
    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[str, ...] = ()  # paths below the data folder
    first_tried_at: datetime | None = None
    template: Template | None = None


@dataclass(frozen=True)
class DeliveryReport:
    """What the platform says later about something we sent: delivered, read, failed ..."""

    channel: str
    provider_id: str
    state: str  # sent, delivered, read, failed
    error: str | None = None
