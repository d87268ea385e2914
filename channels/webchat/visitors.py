"""Who a visitor is: a token signed by us, with a random conversation key inside.

There is nothing to guess and nothing to look up: without our signature a key opens no conversation.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from channels.channel import Rejected
from channels.message import Address
from channels.webchat.adapter import CHANNEL

VALID = timedelta(days=180)
"""A complaint may take months, and the customer comes back to the same conversation."""

_ALGORITHM = "HS256"
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True)
class Visitor:
    """One browser's conversation. ``locale`` is what its owner reads, such as ``es-MX``."""

    key: str
    locale: str | None = None

    @property
    def address(self) -> Address:
        """Where this conversation is held."""
        return Address(CHANNEL, self.key)

    @property
    def conversation(self) -> str:
        """Its name everywhere in the program."""
        return self.address.conversation

    @classmethod
    def new(cls) -> Visitor:
        """Somebody who has not been here before: 128 random bits."""
        return cls(secrets.token_urlsafe(16))


def usable_locale(locale: str | None) -> str | None:
    """``locale`` if it has the shape of a language tag (BCP 47), else ``None``."""
    return locale if locale and _LOCALE.fullmatch(locale) else None


def issue(visitor: Visitor, secret_key: str, now: datetime) -> str:
    """A token for ``visitor`` that is good for `VALID`."""
    claims = {
        "sub": visitor.key,
        "locale": visitor.locale,
        "iat": int(now.timestamp()),
        "exp": int((now + VALID).timestamp()),
    }
    return jwt.encode(claims, _signing_key(secret_key), _ALGORITHM)


def read(authorization: str, secret_key: str, now: datetime) -> Visitor:
    """The visitor whose token an ``Authorization`` header carries (RFC 6750, 2.1).

    Raises `Rejected` if there is none, or if it is forged, mangled or too old.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Rejected("no visitor's token")
    try:
        claims = jwt.decode(
            token.strip(),
            _signing_key(secret_key),
            [_ALGORITHM],
            options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise Rejected("not a visitor's token") from error
    if claims["exp"] <= now.timestamp():
        raise Rejected("the visitor's token has expired")
    return Visitor(claims["sub"], claims.get("locale"))


def _signing_key(secret_key: str) -> bytes:
    """A key for this purpose only, so that no token made elsewhere with the same secret passes here."""
    return hmac.digest(secret_key.encode(), b"recourse web chat visitor", hashlib.sha256)
