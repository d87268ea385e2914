"""The last look at what an adapter has read, before it goes to the database.

The platforms' libraries do not check types, and their JSON may hold what no database stores: PostgreSQL
refuses NUL, UTF-8 has no lone surrogates, an index no key of more than 2,700 bytes, a column no number
beyond its range. A message that can never be stored would be redelivered for ever.

Names by which things are found again (ids, addresses) are refused when they are strange; words and mere
hints are kept as far as they can be.
"""

from __future__ import annotations

import re
from dataclasses import replace

from channels.message import Attachment, DeliveryReport, Inbound

LONGEST_ID = 255
"""Characters. The platforms' own stay below 100; with four bytes each this still fits an index."""
LONGEST_LOCATOR = 4096
"""Characters of a file's address."""
LONGEST_HINT = 500
"""Characters of what merely describes: a name, a file's name, a platform's reason."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INT64 = range(-(2**63), 2**63)


def checked(message: Inbound) -> Inbound:
    """``message`` made storable. Raises `TypeError` if a part has the wrong type, or an id is none."""
    _of(str, message.text)
    ids = (
        message.provider_id, message.address.key, message.button, message.sender_phone, message.locale,
        message.album, message.message_id, message.revises,
        *message.address.route, *message.address.route.values(),
    )  # fmt: skip
    for name in ids:
        if name is not None:
            _id(name, LONGEST_ID)
    if message.order is not None:
        _of(int, message.order)
        if message.order not in _INT64:
            raise TypeError("a number is out of range")
    return replace(
        message,
        text=_storable(message.text),
        sender_name=_hint(message.sender_name),
        attachments=tuple(_file(file) for file in message.attachments),
    )


def checked_report(report: DeliveryReport) -> DeliveryReport:
    """The same for what became of a message. Raises `TypeError`."""
    _id(report.provider_id, LONGEST_ID)
    return replace(report, error=_hint(report.error))


def _file(file: Attachment) -> Attachment:
    _id(file.locator, LONGEST_LOCATOR)
    _id(file.media_type, LONGEST_ID)
    _of(str, file.name)
    size = file.size
    if size is not None:
        _of(int, size)
        # It is what somebody says; the bytes are counted when they come.
        size = size if 0 <= size < 2**31 else None
    return replace(file, name=_hint(file.name) or "", size=size)


def _id(name: str, longest: int) -> None:
    _of(str, name)
    if len(name) > longest or _UNSTORABLE.search(name):
        raise TypeError("an id such as no platform uses")


def _hint(words: str | None) -> str | None:
    if words is None:
        return None
    _of(str, words)
    return _storable(words)[:LONGEST_HINT] or None


def _storable(text: str) -> str:
    """``text`` with the replacement character for what cannot be stored."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _of(kind: type, part: object) -> None:
    if not isinstance(part, kind) or isinstance(part, bool):
        raise TypeError(f"a {kind.__name__} is expected, not {type(part).__name__}")
