"""Proof that somebody who asks elsewhere is whoever complained: a code sent to the contact on record.

A code is not kept anywhere but in the message that carries it: it is computed from the operator's
secret and a nonce that is drawn for every question, as HOTP does from a counter (RFC 4226, 5.3). So
it can be computed, and compared, for a complaint that does not exist just as for one that does.

What a guesser can reach: `TRIES` guesses at each code, `SENDS_PER_CASE` codes a day for one complaint.
That is 9 guesses of a million a day, for somebody who knows the reference already.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

DIGITS = 6
TRIES = 3
"""Guesses at one code."""
LASTS = timedelta(minutes=10)
"""How long a code counts, from the question on."""
ENTITLES = timedelta(minutes=30)
"""How long, after the right code, the same asker is told without another one."""

SENDS_PER_CASE = 3
"""Codes a day for one complaint, whoever asks: nobody can flood a customer."""
ASKS_PER_CONVERSATION = 10
"""Questions a day from one conversation."""
ASKS_PER_ADDRESS = 20
"""Questions an hour on the page from one network address; a whole office may share one."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

_BARE = re.compile(rf"\d(?:[\s\-‐‑–—.]?\d){{{DIGITS - 1}}}\.?")


def nonce() -> str:
    """What makes a question's code its own: 128 random bits."""
    return secrets.token_hex(16)


def code(secret: bytes, nonce: str) -> str:
    """The code of the question with this nonce: `DIGITS` digits, each as likely as any other."""
    mark = hmac.digest(secret, f"proof {nonce}".encode(), hashlib.sha256)
    return str(int.from_bytes(mark[:16], "big") % 10**DIGITS).zfill(DIGITS)


def agrees(secret: bytes, nonce: str, given: str) -> bool:
    """Whether ``given`` is that code, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(code(secret, nonce).encode(), given.encode())


def read_code(text: str) -> str | None:
    """The code that a text consists of, in any digits and groups; ``None`` if it is anything else."""
    bare = text.strip()
    if len(bare) > 2 * DIGITS + 1 or _BARE.fullmatch(bare) is None:
        return None
    return "".join(str(int(character)) for character in bare if character.isdigit())
