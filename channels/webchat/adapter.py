"""Web chat as a channel: the transcript itself is what the page shows, so nothing goes over a wire.

A message is with the customer once its row is committed: `channels.webchat.stream` then hands it
to every open page, and to those that come back later.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from channels.channel import DeliveryFailed, FileRefused, Receipt, Rejected, Request
from channels.message import Attachment, Outbound

CHANNEL = "webchat"


@dataclass(frozen=True)
class WebChatSettings:
    """``organisation`` is shown to visitors, ``secret_key`` signs their tokens, files lie below ``data_dir``.

    The limits keep one visitor, or one network address, from crowding out the others; they are far
    above what a person types. A whole office may share an address.
    """

    organisation: str
    secret_key: str
    data_dir: Path
    file_limit: int = 10 * 1024 * 1024  # bytes
    messages_per_minute: int = 60  # of one visitor; a file counts as five
    requests_per_minute: int = 3000  # from one address
    streams_per_visitor: int = 8  # open at once, in one process
    streams_per_address: int = 500


class WebChat:
    """The adapter. Messages come in by `channels.webchat.routes`, not by a hook."""

    name = CHANNEL
    channels = (CHANNEL,)
    reachable_later = False

    def __init__(self, settings: WebChatSettings) -> None:
        self._data_dir = settings.data_dir

    def receive(self, request: Request) -> Receipt:
        """Web chat has no webhook. Raises `Rejected`."""
        del request
        raise Rejected("web chat has no webhook: messages come in at /chat/messages", status=400)

    async def send(self, message: Outbound) -> str:
        """The message's own id: it is in the transcript, and that is where the page reads it."""
        return message.id

    async def find(self, message: Outbound) -> str:
        """The message's own id, for the same reason."""
        return message.id

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """The bytes that were kept when the file was uploaded. Raises `DeliveryFailed`, `FileRefused`."""
        try:
            content = await asyncio.to_thread((self._data_dir / attachment.locator).read_bytes)
        except OSError as error:
            raise DeliveryFailed(f"{attachment.locator} is not in the data folder", permanent=True) from error
        if len(content) > limit:
            raise FileRefused("too_large")
        return content

    async def close(self) -> None:
        """Nothing is held open."""
