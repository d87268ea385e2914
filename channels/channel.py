"""The protocol that every adapter keeps, and the errors it may raise.

Errors::

    ChannelError
    ├── Rejected            the request is forged, stale or malformed: nothing is stored
    ├── DeliveryFailed      the platform did not take a message
    │                       permanent: will never work (blocked, unknown, opted out)
    │                       retry_after: seconds the platform asks us to wait
    │                       outcome_unknown: it may have been delivered after all
    ├── LeftToPeople        nothing carries this message: a person says, posts or sends it
    └── FileRefused         an attachment that we do not keep: too large, of a kind not allowed
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from channels.message import Attachment, DeliveryReport, Inbound, Outbound

PERHAPS_DONE = range(500, 600)
"""HTTP answers after which a platform may have taken the message all the same: look before sending again.

503 too: proxies give it for a connection that broke after the request had been passed on.
"""


class ChannelError(Exception):
    """Anything that a channel refuses."""


class Rejected(ChannelError):
    """A request we do not accept. ``status`` is the HTTP answer: 400, 401 or 403, 413."""

    def __init__(self, reason: str, status: int = 401) -> None:
        super().__init__(reason)
        self.status = status


class DeliveryFailed(ChannelError):
    """The platform did not take a message; see the tree above for what the flags mean."""

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class LeftToPeople(ChannelError):
    """No platform carries this message: a person delivers it, and says so afterwards."""


class FileRefused(ChannelError):
    """A file that is not kept. ``reason`` is ``empty``, ``too_large`` or ``not_allowed``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Request:
    """A webhook call as it came in: the raw body, and the public URL that was signed."""

    body: bytes
    headers: Mapping[str, str]  # names in lower case
    url: str


@dataclass(frozen=True)
class Answer:
    """What the platform is told, once everything is committed."""

    body: bytes = b""
    media_type: str = "text/plain"
    status: int = 200


@dataclass(frozen=True)
class Receipt:
    """What a request held: messages, delivery reports, and the answer that the platform expects.

    ``desk`` carries events of the agents' own channel, unread here. ``then`` is a courtesy to the
    platform once everything is committed (it ends the spinner on a pressed button): best effort,
    never raises.
    """

    messages: tuple[Inbound, ...] = ()
    reports: tuple[DeliveryReport, ...] = ()
    answer: Answer = Answer()
    desk: tuple[dict[str, Any], ...] = field(default=())
    then: Callable[[], Awaitable[None]] | None = field(default=None, compare=False)


class Channel(Protocol):
    """One platform's adapter. Adapters do not know each other, nor the database."""

    @property
    def name(self) -> str:
        """The hook's name: ``POST /hooks/{name}``."""
        ...

    @property
    def channels(self) -> tuple[str, ...]:
        """The values of `Address.channel` that it serves."""
        ...

    def receive(self, request: Request) -> Receipt:
        """Verify and parse. Pure: no network, no database. Raises `Rejected`."""
        ...

    async def send(self, message: Outbound) -> str:
        """Hand a message to the platform; its id there. Raises `DeliveryFailed`, `LeftToPeople`."""
        ...

    async def find(self, message: Outbound) -> str | None:
        """After an unknown outcome: the platform's id of ``message`` if it was taken, else ``None``.

        Raises `DeliveryFailed` (permanent) where the platform offers no look-up.
        """
        ...

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """The file's bytes, at most ``limit``. Raises `DeliveryFailed`, `FileRefused`."""
        ...

    async def close(self) -> None:
        """Give back connections; the adapter is not used afterwards."""
        ...


BY_HAND = {"phone": True, "counter": True, "letter": False, "email": False}
"""The channels that people work, without a platform; whether the customer is there as they complain."""

REACHABLE_LATER = {
    "webchat": False, "sms": True, "whatsapp": True, "telegram": True, "slack": True,
    **dict.fromkeys(BY_HAND, True),
}  # fmt: skip
"""Whether we can write to a customer who has gone, by channel. A web page can be closed for good."""

SHOWS_FILES = {
    "webchat": True, "sms": False, "whatsapp": False, "telegram": False, "slack": False,
    **dict.fromkeys(BY_HAND, True),
}  # fmt: skip
"""Whether a file that an agent attaches appears in the conversation; elsewhere a link to it is sent.

What goes out by hand has its files enclosed.
"""

FREE_TEXT_FOR = {"whatsapp": timedelta(hours=24)}
"""For how long after a customer's last message we may write freely, where that ends; then by template."""
