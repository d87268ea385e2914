"""Nobody reads or writes in a conversation but the browser that began it.

Mutation: drop ``Message.conversation == conversation`` from `channels.webchat.transcript_view.own_file`,
or accept ``alg: none`` in `channels.webchat.visitors.read`.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from channels.channel import Rejected
from channels.webchat import visitors
from tests.webchat.chat_server import SECRET, ChatServer
from tests.webchat.visitor import Visitor

NOW = datetime.now(UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def forgeries(genuine: str) -> dict[str, str | None]:
    header, payload, signature = genuine.split(".")
    claims = {"sub": "somebody", "exp": NOW.timestamp() + 1000}
    me = visitors.Visitor("somebody")
    return {
        "missing": None,
        "empty": "Bearer",
        "another scheme": f"Basic {genuine}",
        "no scheme": genuine,
        "nonsense": "Bearer nonsense",
        "not ascii": "Bearer tökén",
        "signature changed": f"Bearer {header}.{payload}.{signature[::-1]}",
        "payload changed": f"Bearer {header}.{encoded(claims)}.{signature}",
        "unsigned": f"Bearer {encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}.",
        "another secret": "Bearer " + visitors.issue(me, "another secret", NOW),
        "the secret itself": "Bearer " + jwt.encode(claims, SECRET.ljust(32), "HS256"),
        "expired": "Bearer " + visitors.issue(me, SECRET, NOW - visitors.VALID - timedelta(seconds=1)),
    }


async def test_a_bad_token_gets_the_same_answer_everywhere(
    client: httpx.AsyncClient, visitor: Visitor
) -> None:
    bodies = set()
    for what, authorization in forgeries(visitor.token).items():
        headers = [(b"authorization", authorization.encode())] if authorization is not None else []
        for method, path in (
            ("POST", "/chat/messages"), ("GET", "/chat/messages"), ("GET", "/chat/stream"),
            ("POST", "/chat/files"), ("GET", "/chat/files/1"),
        ):  # fmt: skip
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == 401, (what, method, path)
            assert answer.headers["www-authenticate"] == "Bearer"
            bodies.add(answer.text)
    assert len(bodies) == 1


async def test_a_token_is_not_taken_from_an_address(client: httpx.AsyncClient, visitor: Visitor) -> None:
    assert (await client.get("/chat/messages", params={"token": visitor.token})).status_code == 401


async def test_another_conversation_yields_nothing(visitor: Visitor, stranger: Visitor) -> None:
    await visitor.send_file("1", "receipt.png", PNG, "private")
    said = (await visitor.wait_for(1))[0]
    assert await stranger.messages() == []
    number = said["files"][0]["id"]
    theirs, nobodys = [await stranger.http.get(f"/chat/files/{n}") for n in (number, 999)]
    assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text)
    assert theirs.status_code == 404
    assert (await visitor.http.get(f"/chat/files/{number}")).content == PNG


async def test_a_customer_comes_back_months_later(chat: ChatServer, visitor: Visitor) -> None:
    token = visitors.issue(visitors.Visitor("abc", "es"), SECRET, NOW - timedelta(days=150))
    assert visitors.read(f"Bearer {token}", SECRET, NOW) == visitors.Visitor("abc", "es")


async def test_a_session_can_be_prolonged_in_another_language(visitor: Visitor) -> None:
    answer = await visitor.http.post("/chat/session", json={"locale": "tr"})
    old = visitors.read(f"Bearer {visitor.token}", SECRET, NOW)
    new = visitors.read(f"Bearer {answer.json()['token']}", SECRET, NOW)
    assert (new.key, new.locale) == (old.key, "tr")


async def test_a_bad_token_cannot_be_prolonged(client: httpx.AsyncClient) -> None:
    answer = await client.post("/chat/session", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


@pytest.mark.parametrize("locale", ["../etc", "x" * 500, "en\n", "1", "<b>"])
async def test_a_strange_locale_is_ignored(client: httpx.AsyncClient, locale: str) -> None:
    answer = await client.post("/chat/session", json={"locale": locale})
    assert answer.status_code == 201
    assert visitors.read(f"Bearer {answer.json()['token']}", SECRET, NOW).locale is None


def test_keys_are_never_the_same() -> None:
    assert len({visitors.Visitor.new().key for _ in range(1000)}) == 1000


def test_a_token_says_nothing_when_it_is_incomplete() -> None:
    signing_key = visitors._signing_key(SECRET)
    for claims in ({"sub": "x"}, {"exp": 2**40}, {"sub": 7, "exp": 2**40}):
        token = jwt.encode(claims, signing_key, "HS256")
        with pytest.raises(Rejected):
            visitors.read(f"Bearer {token}", SECRET, NOW)
