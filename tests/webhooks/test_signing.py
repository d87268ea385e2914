"""Signatures that the reference library accepts, and secrets that the database does not hold.

Mutation: in `handoff.webhooks.signing.keys_of` give the new key alone, or in `secret_of` leave the
program's key out of the derivation.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta

from sqlmodel import select
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from bot.db import Database
from handoff.webhooks import endpoints, signing
from handoff.webhooks.addresses import Reach
from handoff.webhooks.record import Endpoint
from tests.handoff.cases import complain_to
from tests.webhooks.conftest import KEY, Receiver, endpoint, listening, until, working


def accepted(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body.decode(), headers)
    except WebhookVerificationError:
        return False
    return True


def test_example_of_the_specification() -> None:
    """The signature that the specification's test vector asks for (github.com/standard-webhooks)."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    made = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_accepted_and_bound() -> None:
    """The library accepts it with the secret that was shown; nothing altered, old or of another endpoint."""
    body, now = b'{"type":"case.closed","data":{}}', datetime.now(UTC)
    secret = signing.secret_of(KEY, "one")
    headers = signing.headers(KEY, ["one"], "msg_1", body, now)
    assert accepted(secret, headers, body)
    assert not accepted(signing.secret_of(KEY, "two"), headers, body)
    assert not accepted(signing.secret_of(b"another program's key", "one"), headers, body)
    assert not accepted(secret, headers, body + b" ")
    assert not accepted(secret, headers | {"webhook-id": "msg_2"}, body)
    old = signing.headers(KEY, ["one"], "msg_1", body, now - timedelta(minutes=6))
    assert not accepted(secret, old, body)


async def test_rotation(sqlite_database: Database, receiver: Receiver) -> None:
    """For a day both secrets verify what is sent, then the new one alone."""
    number = await listening(sqlite_database, receiver)
    now = datetime.now(UTC)
    new = await sqlite_database.run(endpoints.rotate, number, KEY, now)
    old = receiver.secrets[0]
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: len(receiver.got) == 4)
    body, headers = receiver.got[0]["raw"], receiver.asked[0]
    assert accepted(old, headers, body)
    assert accepted(new, headers, body)
    found = await sqlite_database.read(endpoint, number)
    for later, both in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
        keys = signing.keys_of(found, now + later)
        made = signing.headers(KEY, keys, "msg_1", body, now)
        assert accepted(new, made, body)
        assert accepted(old, made, body) is both


async def test_database_signs_nothing(sqlite_database: Database) -> None:
    """Neither the secret nor its bytes are in the row; removing and adding gives another one."""
    secrets = set()
    for _ in range(2):
        one, secret = await sqlite_database.run(
            endpoints.add, "https://a.example.org/", Reach(), KEY, actor="agent:Ada", now=datetime.now(UTC)
        )
        row = await sqlite_database.read(lambda s: s.exec(select(Endpoint)).one().model_dump(mode="json"))
        assert secret.startswith("whsec_")
        assert secret.removeprefix("whsec_") not in json.dumps(row)
        assert not any(accepted(value, *_signed(one)) for value in row.values() if _may_be_a_secret(value))
        await sqlite_database.run(endpoints.remove, one.id)
        secrets.add(secret)
    assert len(secrets) == 2


def _signed(one: Endpoint) -> tuple[dict[str, str], bytes]:
    return signing.headers(KEY, [one.key], "msg_1", b"{}", datetime.now(UTC)), b"{}"


def _may_be_a_secret(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        Webhook(value)
    except (binascii.Error, ValueError, EmptyWebhookSecretError):
        return False
    return True


def test_length() -> None:
    """Within what the specification allows: 24 to 64 bytes."""
    assert 24 <= len(base64.b64decode(signing.secret_of(KEY, "one").removeprefix("whsec_"))) <= 64
