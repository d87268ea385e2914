"""Secrets that the program makes: access tokens, codes of links, sessions, tokens of forms.

All are random with 256 bits and therefore stored as plain SHA-256: a slow hash protects guessable
passwords (`handoff.staff.passwords`), which these are not.
"""

from __future__ import annotations

import hashlib
import secrets


def new() -> str:
    """A secret that nobody guesses; letters, digits, ``-`` and ``_``."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
