"""Secrets and signatures of webhooks, by the Standard Webhooks specification (standardwebhooks.com).

A secret is derived from the program's secret key and a random name that stands in the endpoint's row, so
the database alone, or a copy of it, signs nothing. Whoever changes the program's secret key must rotate
every endpoint's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from standardwebhooks import Webhook

from handoff.webhooks.record import Endpoint

OVERLAP = timedelta(days=1)
"""For so long after a rotation the old secret signs as well."""

_PREFIX = "whsec_"


def new_key() -> str:
    """The name of a new secret."""
    return secrets.token_hex(16)


def secret_of(secret_key: bytes, key: str) -> str:
    """The secret of that name as a receiver needs it: ``whsec_`` and 32 bytes in base64."""
    return _PREFIX + base64.b64encode(_bytes_of(secret_key, key)).decode()


def keys_of(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The names of the secrets that sign for an endpoint at present, the newest first."""
    if endpoint.old_key and endpoint.old_until and now < endpoint.old_until:
        return endpoint.key, endpoint.old_key
    return (endpoint.key,)


def headers(secret_key: bytes, keys: Sequence[str], uid: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of the convention, with one signature for each secret. ``now`` is UTC."""
    signatures = (Webhook(_bytes_of(secret_key, key)).sign(uid, now, body.decode()) for key in keys)
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _bytes_of(secret_key: bytes, key: str) -> bytes:
    return hmac.new(secret_key, b"webhook secret " + key.encode(), hashlib.sha256).digest()
