"""The last look at what an adapter has read, before it goes to the database.

The platforms' libraries do not check types, and their JSON may hold characters that no database
stores: PostgreSQL refuses NUL, UTF-8 has no lone surrogates. A message that can never be stored
would be redelivered for ever.
"""

from __future__ import annotations

import re
from dataclasses import replace

from channels.message import Inbound

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INT64 = range(-(2**63), 2**63)


def checked(message: Inbound) -> Inbound:
    """``message`` with its texts made storable. Raises `TypeError` if a part has the wrong type."""
    _of(str, message.provider_id, message.text, message.address.key)
    _of(str, *message.address.route, *message.address.route.values())
    optional = (
        message.button, message.sender_name, message.sender_phone, message.locale,
        message.album, message.message_id, message.revises,
    )  # fmt: skip
    _of(str, *(part for part in optional if part is not None))
    for file in message.attachments:
        _of(str, file.locator, file.media_type, file.name)
    numbers = [n for n in (message.order, *(file.size for file in message.attachments)) if n is not None]
    _of(int, *numbers)
    if any(number not in _INT64 for number in numbers):
        raise TypeError("a number is out of range")
    if any(_UNSTORABLE.search(name) for name in (message.provider_id, message.address.key)):
        raise TypeError("an id holds characters that no platform uses")
    return replace(
        message,
        text=_storable(message.text),
        sender_name=_storable(message.sender_name) if message.sender_name else None,
        attachments=tuple(replace(file, name=_storable(file.name)) for file in message.attachments),
    )


def _storable(text: str) -> str:
    """``text`` with the replacement character for what cannot be stored."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _of(kind: type, *parts: object) -> None:
    for part in parts:
        if not isinstance(part, kind) or isinstance(part, bool):
            raise TypeError(f"a {kind.__name__} is expected, not {type(part).__name__}")
