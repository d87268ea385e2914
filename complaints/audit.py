"""The audit trail's arithmetic: what is signed of a row, and the chain over all that was signed. Pure.

Every change of an audited row leaves an *entry*: when, which table and row, what was done, and a *mark*
of `MARK` bytes. The first half of a mark is the row's digest, so that a row can be compared with its
latest entry; the second half covers the entry itself, digest included. Entries are gathered in *seals*:
each seal's link covers the link before and every entry of its own, so that nothing can be taken out,
put in or exchanged later.

All are HMAC-SHA256 (RFC 2104, cut to 128 bits in a mark; the RFC allows half) under keys derived from
the program's secret key. That key is not in the database: who can write there cannot sign.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MARK = 32
"""Bytes of a mark: 16 of the row's digest, 16 of the entry's own code."""

_HALF = MARK // 2
_BLOCK = 64  # bytes; SHA-256's, RFC 2104
_UNIT = "\x1f"  # the separator between fields
NOTHING = bytes(32)
"""The link before the first."""


@dataclass(frozen=True, repr=False)
class Keys:
    """``rows`` signs entries, ``chain`` their seals; neither can be found from the other."""

    rows: bytes
    chain: bytes

    @classmethod
    def of(cls, secret: bytes) -> Keys:
        """The keys that belong to a program's secret key."""
        return cls(*(_hmac(secret, f"audit {purpose}".encode()) for purpose in ("rows", "chain")))

    @property
    def fingerprint(self) -> str:
        """Tells one pair of keys from another, and nothing about them."""
        return _hmac(self.chain, b"fingerprint")[:8].hex()

    @property
    def pads(self) -> tuple[str, str]:
        """RFC 2104's inner and outer block of ``rows``, in hex: for a database that has SHA-256 only."""
        block = self.rows.ljust(_BLOCK, b"\0")
        return bytes(b ^ 0x36 for b in block).hex(), bytes(b ^ 0x5C for b in block).hex()


@dataclass(frozen=True)
class Entry:
    """One change of one row. ``at`` in milliseconds since 1970, UTC.

    ``op``: I inserted, U updated, D deleted, B was there when the trail began. ``key`` is the primary
    key; ``form`` says which columns the digest covers; ``whose`` leads to the case.
    """

    at: int
    name: str
    form: str
    key: str
    op: str
    whose: str


def document(values: Sequence[object]) -> str:
    """The canonical form of a row: its audited columns' stored values, in the form's order, as JSON."""
    return _encode(values)


def digest(keys: Keys, entry: Entry, row: str) -> bytes:
    """What `document` of this row comes to under our key, bound to its table, form and key."""
    text = _UNIT.join(("row", entry.name, entry.form, entry.key, row))
    return _hmac(keys.rows, text.encode())[:_HALF]


def mark(keys: Keys, entry: Entry, row: str) -> bytes:
    """The mark of an entry about a row with this `document`."""
    return sign(keys, entry.at, entry.name, entry.form, entry.key, entry.op, entry.whose, row)


def sign(keys: Keys, at: int, name: str, form: str, key: str, op: str, whose: str, row: str) -> bytes:
    """`mark` for the hot path: the same without an `Entry`."""
    of_row = _hmac(keys.rows, f"row{_UNIT}{name}{_UNIT}{form}{_UNIT}{key}{_UNIT}{row}".encode())[:_HALF]
    entry = f"entry{_UNIT}{at}{_UNIT}{name}{_UNIT}{form}{_UNIT}{key}{_UNIT}{op}{_UNIT}{whose}{_UNIT}"
    return of_row + _hmac(keys.rows, entry.encode() + of_row)[:_HALF]


def is_ours(keys: Keys, entry: Entry, mark: bytes) -> bool:
    """Whether this program wrote the entry, whatever its row is now."""
    return hmac.compare_digest(mark[_HALF:], _code(keys, entry, mark[:_HALF]))


def is_of(keys: Keys, entry: Entry, mark: bytes, row: str) -> bool:
    """Whether the row is what it was when the entry was written."""
    return hmac.compare_digest(mark[:_HALF], digest(keys, entry, row))


def line(number: int, entry: Entry, mark: bytes) -> bytes:
    """An entry as a seal covers it; ``number`` is its id."""
    return f"{number}{_UNIT}{_fields(entry)}{_UNIT}{mark.hex()}\n".encode()


def link(keys: Keys, before: bytes, said: Sequence[int], lines: Iterable[bytes]) -> bytes:
    """A seal's link: over the link before, what the seal ``said`` of itself, and its entries."""
    start = _UNIT.join(("seal", *map(str, said), ""))
    whole = hmac.new(keys.chain, start.encode() + before, hashlib.sha256)
    for one in lines:
        whole.update(one)
    return whole.digest()


def statement(keys: Keys, *said: str) -> str:
    """Our signature under a statement about the trail itself."""
    return _hmac(keys.chain, _UNIT.join(("statement", *said)).encode()).hex()


def pseudonym(keys: Keys, name: str) -> str:
    """What stands for a key that is personal data, such as a phone number: 16 hex digits."""
    return _hmac(keys.rows, f"name{_UNIT}{name}".encode())[:8].hex()


def form_of(name: str, columns: Sequence[str]) -> str:
    """The short name of a form: which columns of which table a digest covers, in which order."""
    return hashlib.sha256(_encode([name, *columns]).encode()).hexdigest()[:8]


def _code(keys: Keys, entry: Entry, of_row: bytes) -> bytes:
    return _hmac(keys.rows, f"entry{_UNIT}{_fields(entry)}{_UNIT}".encode() + of_row)[:_HALF]


def _fields(entry: Entry) -> str:
    return _UNIT.join((str(entry.at), entry.name, entry.form, entry.key, entry.op, entry.whose))


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=bytes.hex).encode
