"""What the web chat's API promises about messages.

Mutation: let `channels.webchat.routes._take` build ``provider_id`` from the client's id alone; then
two customers' messages with the same id are one, and one of them loses what they wrote.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from sqlmodel import col, select

from channels.message import Button
from channels.transcript import Author, Conversation, Message
from tests.webchat.chat_server import ChatServer, Reply
from tests.webchat.visitor import Visitor


async def test_a_message_is_taken_and_answered(visitor: Visitor) -> None:
    answer = await visitor.say("m-1", "My kettle is broken.")
    assert (answer.status_code, answer.json()) == (202, {"id": "m-1", "seq": 1})

    own, reply = await visitor.wait_for(2)
    assert (own["seq"], own["from"], own["id"], own["text"]) == (1, "customer", "m-1", "My kettle is broken.")
    assert (reply["seq"], reply["from"], reply["id"], reply["text"]) == (
        2, "bot", None, "You said: My kettle is broken.",
    )  # fmt: skip
    assert reply["buttons"] == []


async def test_the_same_id_again_is_the_same_message(visitor: Visitor) -> None:
    first = await visitor.say("m-1", "Hello")
    await visitor.wait_for(2)
    again = await visitor.say("m-1", "Hello")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    await visitor.say("m-2", "Goodbye")
    assert [m["id"] or m["text"] for m in await visitor.wait_for(4)] == [
        "m-1", "You said: Hello", "m-2", "You said: Goodbye",
    ]  # fmt: skip


async def test_a_message_sent_many_times_at_once_counts_once(visitor: Visitor) -> None:
    answers = await asyncio.gather(*(visitor.say("m-1", "Hello") for _ in range(10)))
    assert {(a.status_code, a.json()["seq"]) for a in answers} == {(202, 1)}
    assert len(await visitor.wait_for(2)) == 2


async def test_two_visitors_may_use_the_same_id(visitor: Visitor, stranger: Visitor) -> None:
    await visitor.say("1", "mine")
    await stranger.say("1", "theirs")
    assert [m["text"] for m in await visitor.wait_for(2)] == ["mine", "You said: mine"]
    assert [m["text"] for m in await stranger.wait_for(2)] == ["theirs", "You said: theirs"]


async def test_only_what_was_said_after_a_number(visitor: Visitor) -> None:
    await visitor.say("1", "one")
    await visitor.wait_for(2)
    await visitor.say("2", "two")
    assert [m["seq"] for m in await visitor.wait_for(2, after=2)] == [3, 4]
    assert await visitor.messages(after=4) == []


async def test_text_is_kept_whole(visitor: Visitor) -> None:
    text = "  <img src=x onerror=alert(1)>\n/restart 🤬 \u202eabc \u0645\u0631\u062d\u0628\u0627  "
    await visitor.say("1", text)
    assert (await visitor.wait_for(1))[0]["text"] == text


async def test_what_no_database_holds_is_left_out(visitor: Visitor) -> None:
    body = b'{"id": "1", "text": "a\\u0000b\\ud83d!"}'
    answer = await visitor.http.post("/chat/messages", content=body)
    assert answer.status_code == 202
    assert (await visitor.wait_for(1))[0]["text"] == "ab\ufffd!"


async def test_ten_thousand_characters_are_taken(visitor: Visitor) -> None:
    assert (await visitor.say("1", "🙂" * 10_000)).status_code == 202
    assert (await visitor.wait_for(1))[0]["text"] == "🙂" * 10_000


async def test_a_longer_text_is_refused_with_a_remedy(visitor: Visitor) -> None:
    answer = await visitor.say("1", "x" * 10_001)
    assert answer.status_code == 413
    assert "10000 characters" in answer.json()["detail"]
    assert await visitor.messages() == []


async def test_an_enormous_body_is_not_read_to_the_end(visitor: Visitor) -> None:
    status, sent = await visitor.pour("/chat/messages", "application/json")
    assert status == 413
    assert sent < 5_000_000


async def test_empty_text_is_a_message(visitor: Visitor) -> None:
    assert (await visitor.say("1", "")).status_code == 202
    assert (await visitor.wait_for(2))[1]["text"] == "You said: "


async def test_malformed_bodies_are_refused_with_a_remedy(visitor: Visitor) -> None:
    for body in (b"", b"nonsense", b"[]", b'{"text": "no id"}', b'{"id": "with space", "text": ""}',
                 b'{"id": 7, "text": ""}', b'{"id": "x", "text": ["a"]}', b"\xff\xfe"):  # fmt: skip
        answer = await visitor.http.post("/chat/messages", content=body)
        assert answer.status_code == 422, body
        assert "Send" in answer.json()["detail"]
    assert await visitor.messages() == []


async def test_nonsense_numbers_are_refused(visitor: Visitor) -> None:
    for after in ("-1", "x", str(2**40)):
        for path in ("/chat/messages", "/chat/stream"):
            answer = await visitor.http.get(path, params={"after": after})
            assert answer.status_code == 422, (path, after)


async def test_buttons_are_told_and_their_tokens_come_back(chat: ChatServer, visitor: Visitor) -> None:
    chat.script = lambda text: [Reply("Sure?", (Button("Yes", "t-yes"), Button("No", "t-no")))]
    await visitor.say("1", "Withdraw it")
    reply = (await visitor.wait_for(2))[1]
    assert reply["buttons"] == [{"title": "Yes", "token": "t-yes"}, {"title": "No", "token": "t-no"}]
    await visitor.say("2", "Yes", button="t-yes")
    pressed = await chat.database.read(
        lambda s: s.exec(select(Message.text, Message.button).where(col(Message.button).is_not(None))).all()
    )
    assert pressed == [("Yes", "t-yes")]


async def test_an_agents_message_names_the_agent(chat: ChatServer, visitor: Visitor) -> None:
    chat.script = lambda text: [Reply("Hello, this is Anna.", author=Author.AGENT, name="Anna")]
    await visitor.say("1", "A person, please")
    reply = (await visitor.wait_for(2))[1]
    assert (reply["from"], reply["name"]) == ("agent", "Anna")


async def test_the_locale_reaches_the_conversation(chat: ChatServer) -> None:
    async with AsyncExitStack() as stack:
        visitor = await Visitor.enter(stack, chat.url, locale="es-MX")
        await visitor.say("1", "Hola")
    assert (await chat.database.read(lambda s: s.exec(select(Conversation.locale)).all())) == ["es-MX"]
