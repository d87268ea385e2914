"""The stream tells everything once, at once, and from where the page left off.

Mutation: read the transcript before listening in `channels.webchat.stream.events`, or forget to
set ``seq`` after an event; then messages are missed or told twice.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from functools import partial

import pytest

from channels import transcript
from channels.webchat import stream as stream_module
from channels.webchat import transcript_view
from tests.webchat.chat_server import ChatServer
from tests.webchat.visitor import Visitor, until


async def test_it_tells_what_is_said_as_it_is_said(visitor: Visitor) -> None:
    async with asyncio.timeout(10), aclosing(visitor.stream()) as stream:
        for number in range(3):
            asked = time.monotonic()
            await visitor.say(str(number), f"text {number}")
            assert (await anext(stream))["id"] == str(number)
            assert (await anext(stream))["text"] == f"You said: text {number}"
            assert time.monotonic() - asked < 5  # busy machines take a while; unwoken, it takes 15


async def test_it_begins_with_what_was_missed(visitor: Visitor) -> None:
    for number in range(3):
        await visitor.say(str(number), "Hello")
        await visitor.wait_for(2 * number + 2)
    assert [m["seq"] for m in await visitor.hear(6)] == [1, 2, 3, 4, 5, 6]
    assert [m["seq"] for m in await visitor.hear(2, after=4)] == [5, 6]


async def test_a_long_history_comes_whole(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    few = partial(transcript.after, limit=3)
    monkeypatch.setattr(transcript_view, "after", few)
    for number in range(5):
        await visitor.say(str(number), "Hello")
        await visitor.wait_for(1, after=2 * number + 1)
    assert [m["seq"] for m in await visitor.hear(10)] == list(range(1, 11))


async def test_what_is_said_while_it_reads_is_not_missed(
    chat: ChatServer, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = chat.database.read
    reads = 0

    async def read_and_then_something_is_said(*args, **kwargs):
        nonlocal reads
        reads += 1
        result = await read(*args, **kwargs)
        if reads == 1:
            await visitor.say("1", "just now")
        return result

    chat.script = lambda text: []  # a reply would wake the stream as well
    monkeypatch.setattr(chat.database, "read", read_and_then_something_is_said)
    assert [m["text"] for m in await visitor.hear(1)] == ["just now"]


async def test_everybody_who_listens_hears_it(visitor: Visitor) -> None:
    tabs = [asyncio.create_task(visitor.hear(2)) for _ in range(4)]
    await asyncio.sleep(0.1)
    await visitor.say("1", "Hello")
    assert [[m["seq"] for m in heard] for heard in await asyncio.gather(*tabs)] == [[1, 2]] * 4


async def test_another_conversation_is_not_heard(visitor: Visitor, stranger: Visitor) -> None:
    listening = asyncio.create_task(stranger.hear(2))
    await asyncio.sleep(0.1)
    await visitor.say("1", "private")
    await stranger.say("1", "mine")
    assert [m["text"] for m in await listening] == ["mine", "You said: mine"]


async def test_it_gives_signs_of_life(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "KEEP_ALIVE", 0.1)
    comments = []
    async with asyncio.timeout(5), visitor.http.stream("GET", "/chat/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        async for line in answer.aiter_lines():
            comments += [line] if line else []
            if len(comments) == 3:
                break
    assert comments == [": connected", ": still here", ": still here"]


async def test_the_program_stops_while_pages_are_open(chat: ChatServer, visitor: Visitor) -> None:
    listening = asyncio.create_task(visitor.hear(99))
    await asyncio.sleep(0.2)
    asked = time.monotonic()
    await chat.stop()
    assert time.monotonic() - asked < 3
    assert await listening == []
    await chat.start()  # for the fixture to stop


async def test_a_page_that_goes_leaves_nobody_listening(chat: ChatServer, visitor: Visitor) -> None:
    ears = chat.database._wakeups._ears
    before = set(ears)
    await visitor.say("1", "Hello")
    await visitor.hear(2)

    async def gone() -> bool:
        return set(ears) == before

    await until(gone)


async def test_what_the_page_has_is_marked_delivered(visitor: Visitor) -> None:
    async with asyncio.timeout(10), aclosing(visitor.stream()) as stream:
        await visitor.say("1", "Hello")
        assert [(await anext(stream))["seq"], (await anext(stream))["seq"]] == [1, 2]
        await until(partial(in_state, visitor, "delivered"))
    assert (await visitor.messages())[0]["state"] == "answered"  # that one is the customer's


async def test_what_nobody_has_read_is_not_marked_delivered(visitor: Visitor) -> None:
    await visitor.say("1", "Hello")
    await visitor.wait_for(2)
    await until(partial(in_state, visitor, "sent"))
    await visitor.messages(after=1)
    assert await in_state(visitor, "sent")
    await visitor.messages(after=2)
    assert await in_state(visitor, "delivered")


async def in_state(visitor: Visitor, state: str) -> bool:
    """Whether the reply is."""
    return (await visitor.messages())[1]["state"] == state
