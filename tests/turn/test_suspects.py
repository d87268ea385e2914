"""A message at which the engine is silent for ever ends with a person; an engine that is down blames nobody.

Mutation: let `bot.suspects.Suspects.silent` return ``False``: the message then comes back for ever, and its
conversation with it; let it leave ``alone`` and ``_answer`` out: the last test then blames everybody. In
`bot.engine.RasaEngine._post` leave out ``_open`` for 502: the circuit then stays closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from bot.db import Database
from bot.engine import EngineSilent, EngineUnavailable, RasaEngine, Said
from bot.gathering import gather
from bot.turn import Turn
from channels import backoff, dead_letters, inbox
from channels.lanes import ATTEMPTS, Job, JobState
from channels.message import Address, Inbound
from channels.pump import Pump
from channels.transcript import Delivery, Message
from handoff import queue
from tests.operations.slow_engine import ANSWER, SlowEngine, slow_engine
from tests.turn.desk import HOME, cases, hold, messages, said, settings, vanish, work, write


@pytest.fixture
def slow() -> Iterator[SlowEngine]:
    with slow_engine() as engine:
        yield engine


@pytest.fixture
async def client(slow: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RasaEngine]:
    """The program's own client, less patient than usual."""
    monkeypatch.setattr(backoff, "FIRST", timedelta(milliseconds=10))
    monkeypatch.setattr(RasaEngine, "probe_every", 0.05)
    client = RasaEngine(slow.url, "token", timeout=0.3)
    with capture_logs():  # rendering a traceback takes longer than the test
        yield client
    await client.close()


@asynccontextmanager
async def working(database: Database, client: RasaEngine) -> AsyncIterator[None]:
    """A worker for incoming messages."""
    stop = asyncio.Event()
    turn = Turn(database, client, settings())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Pump(database, "in", turn.take, 16, "test").run(stop))
        try:
            yield
        finally:
            stop.set()


async def until(done: Callable[[], bool | Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not (  # noqa: ASYNC110  a thread's work
            it if isinstance(it := done(), bool) else await it
        ):
            await asyncio.sleep(0.02)


async def come_in(database: Database, *texts: str) -> None:
    """One message each of as many customers."""
    for number, text in enumerate(texts):
        inbound = Inbound(Address("telegram", f"c{number}"), f"other{number}", text)
        await database.run(inbox.accept, inbound, datetime.now(UTC))


async def attempts(database: Database) -> list[tuple[str, int]]:
    """What became of the incoming jobs, and how many attempts were counted."""

    def read(session: Session) -> list[tuple[str, int]]:
        jobs = session.exec(select(Job).where(col(Job.lane).startswith("in:")).order_by(col(Job.id)))
        return [(job.state, job.attempts) for job in jobs]

    return await database.read(read)


async def settled(database: Database) -> bool:
    return all(state != JobState.READY for state, _ in await attempts(database))


async def answered(database: Database) -> bool:
    return ANSWER in await said(database)


async def test_a_message_that_hangs_the_engine_ends_with_a_person(
    database: Database, client: RasaEngine, slow: SlowEngine
) -> None:
    """Its conversation goes on, the customer has a receipt, and the letter lies there with its reason."""
    slow.stuck = "poison"
    async with working(database, client):
        await write(database, "poison", 1)
        await write(database, "hello", 2)
        await until(lambda: "hello" in slow.answered)
        await until(lambda: answered(database))
    assert slow.asked.count("poison") == 1 + ATTEMPTS, "the first silence is forgiven"
    [case] = await cases(database)
    assert case.reference in (await said(database))[0]
    [(item, _)] = await database.read(queue.items)
    assert "misunderstood" in item.reasons
    [letter] = await database.read(dead_letters.listed)
    assert "not this message" in letter.reason


async def test_whoever_was_silenced_along_with_it_is_answered(
    database: Database, client: RasaEngine, slow: SlowEngine
) -> None:
    """Everybody waits in vain while the engine is stuck; then all but one are answered."""
    slow.stuck = ""
    await write(database, "poison", 1)
    await come_in(database, *(f"hello {n}" for n in range(5)))
    async with working(database, client):
        await until(lambda: len(slow.asked) >= 6)
        await asyncio.sleep(0.5)
        slow.stuck = "poison"
        await until(lambda: sum(text.startswith("hello") for text in slow.answered) >= 5)
        await until(lambda: settled(database))
    assert await attempts(database) == [(JobState.DEAD, ATTEMPTS), *[(JobState.DONE, 0)] * 5]


@pytest.mark.parametrize("frozen", [True, False], ids=["frozen", "deaf to turns"])
async def test_an_engine_that_is_down_for_everybody_blames_nobody(
    database: Database, client: RasaEngine, slow: SlowEngine, frozen: bool
) -> None:
    """Also if its ``/status`` still answers."""
    slow.frozen, slow.stuck = frozen, "" if not frozen else None
    await come_in(database, "one", "two", "three")
    async with working(database, client):
        await until(lambda: len(slow.asked) >= (3 if frozen else 12))
        await asyncio.sleep(1)
        assert await attempts(database) == [(JobState.READY, 0)] * 3
        slow.frozen, slow.stuck = False, None
        await until(lambda: {"one", "two", "three"} <= set(slow.answered))
        await until(lambda: settled(database))
    assert await attempts(database) == [(JobState.DONE, 0)] * 3


async def test_a_message_with_which_workers_vanish_ends_with_a_person(
    database: Database, client: RasaEngine, slow: SlowEngine
) -> None:
    await write(database, "poison", 1)
    later = await vanish(database, "in")
    assert await work(database, "in", Turn(database, client, settings()).take, later)
    assert slow.asked == []
    [case] = await cases(database)
    assert case.reference in (await said(database))[0]
    assert [m.state for m in await messages(database) if m.author == "customer"] == [Delivery.ANSWERED]


async def test_where_a_person_holds_the_conversation_the_program_is_silent(
    database: Database, client: RasaEngine
) -> None:
    """They have read the message, and no receipt comes after their claim."""
    await write(database, "poison", 1)
    await hold(database, "Anna")
    later = await vanish(database, "in")
    assert await work(database, "in", Turn(database, client, settings()).take, later)
    assert await said(database) == []
    assert len(await database.read(dead_letters.listed)) == 1


async def test_actions_that_are_away_open_the_circuit(
    database: Database, client: RasaEngine, slow: SlowEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks meanwhile; then one call finds out for all."""
    monkeypatch.setattr(RasaEngine, "probe_every", 0.2)
    await write(database, "hello", 1)
    number = await database.read(lambda session: session.exec(select(Message.id)).one())
    facts = (await database.read(gather, number, settings(), datetime.now(UTC))).facts

    async def ask() -> str:
        try:
            answer = await client.turn(HOME.conversation, Said("hello"), facts, None)
        except EngineUnavailable as error:
            assert not isinstance(error, EngineSilent)
            return "away"
        return answer.replies[0].text

    slow.status = 502
    assert await ask() == "away"
    assert [await ask() for _ in range(5)] == ["away"] * 5
    assert len(slow.asked) == 1
    await asyncio.sleep(0.25)
    slow.seconds = 0.05
    assert await asyncio.gather(*(ask() for _ in range(5))) == ["away"] * 5
    assert len(slow.asked) == 2
    slow.status = 200
    await asyncio.sleep(0.25)
    assert await ask() == ANSWER
    assert await asyncio.gather(*(ask() for _ in range(5))) == [ANSWER] * 5
