"""Units of work that wait at the same time share a transaction of SQLite's, and each stands for itself.

Mutation: in `bot.sqlite.Sqlite._next` refuse all calls when one fails; or in `_commit` wake the listeners
before the transaction ends, or take in no more than the first call; or in `_pop` serve the urgent ones last.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from bot.db import Database
from channels.lanes import Lane
from channels.wakeups import notify

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add(session: Session, key: str) -> str:
    session.add(Lane(key=key, kind="in", tail=0, ready_at=None, free_at=NOW))
    return key


def kept(session: Session) -> list[str]:
    return list(session.exec(select(Lane.key).order_by(col(Lane.key))))


@contextmanager
def commits() -> Iterator[list[None]]:
    """One for each transaction that is committed meanwhile."""
    seen: list[None] = []

    def note(_: object) -> None:
        seen.append(None)

    event.listen(Engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", note)


@pytest.fixture(autouse=True)
def as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, too, all that waits goes into one transaction."""
    monkeypatch.setattr("bot.sqlite.A_WHILE", 60)


@asynccontextmanager
async def busy(database: Database) -> AsyncIterator[None]:
    """Inside, whatever wants to write has to wait; afterwards all of it is let go, together with this."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: Session) -> None:
        begun.set()
        assert go_on.wait(5)

    holding = asyncio.create_task(database.run(hold))
    assert await asyncio.to_thread(begun.wait, 5)
    try:
        yield
        await asyncio.sleep(0)  # all of them wait
    finally:
        go_on.set()
    holding.add_done_callback(asyncio.Task.result)


async def test_they_share(sqlite_url: str) -> None:
    """Thirty that wait together take two transactions, and each gets its own result."""
    async with await Database.open(sqlite_url) as database:
        with commits() as seen:
            async with busy(database):
                waiting = [asyncio.create_task(database.run(add, f"in:{n:02}")) for n in range(30)]
            assert await asyncio.gather(*waiting) == [f"in:{n:02}" for n in range(30)]
        assert len(seen) == 2  # with the one that kept them waiting
        assert await database.read(kept) == [f"in:{n:02}" for n in range(30)]


@pytest.mark.parametrize("at", ["once", "commit"])
async def test_one_fails_alone(sqlite_url: str, at: str) -> None:
    """Whether it raises or cannot be stored: it gets its error, and the others are committed, once each."""

    def fail(session: Session) -> None:
        add(session, "in:fails")
        if at == "once":
            raise RuntimeError("changed my mind")
        session.add(Lane(key="in:fails", kind="in", tail=0, ready_at=None, free_at=NOW))

    async with await Database.open(sqlite_url) as database:
        async with busy(database):
            before = [asyncio.create_task(database.run(add, f"in:a{n}")) for n in range(3)]
            failing = asyncio.create_task(database.run(fail))
            after = [asyncio.create_task(database.run(add, f"in:b{n}")) for n in range(3)]
        assert await asyncio.gather(*before, *after) == [f"in:{x}{n}" for x in "ab" for n in range(3)]
        with pytest.raises(Exception, match=r"changed my mind|UNIQUE"):
            await failing
        assert await database.read(kept) == [f"in:{x}{n}" for x in "ab" for n in range(3)]


async def test_nobody_is_woken_for_what_may_be_undone(sqlite_url: str) -> None:
    """A wake-up comes once all of the transaction is committed; none comes from what was undone."""
    running, go_on = threading.Event(), threading.Event()

    def add_and_tell(session: Session) -> None:
        add(session, "in:1")
        notify(session, "news")

    def tell_and_fail(session: Session) -> None:
        notify(session, "rumour")
        running.set()
        assert go_on.wait(5)
        raise RuntimeError("changed my mind")

    async with (
        await Database.open(sqlite_url) as database,
        database.listen("news") as news,
        database.listen("rumour") as rumour,
    ):
        async with busy(database):
            telling = asyncio.create_task(database.run(add_and_tell))
            failing = asyncio.create_task(database.run(tell_and_fail))
        assert await asyncio.to_thread(running.wait, 5)
        assert not await news.wait(0.1)
        assert not telling.done()
        go_on.set()
        assert await news.wait(5)
        assert await database.read(kept) == ["in:1"]
        await telling
        with pytest.raises(RuntimeError):
            await failing
        assert not await rumour.wait(0.1)


async def test_what_comes_meanwhile_and_is_urgent_goes_first(sqlite_url: str) -> None:
    """A webhook that arrives while others are at it is stored before what waits longer."""
    running, go_on = threading.Event(), threading.Event()
    order = []

    def note(session: Session, name: str) -> None:
        order.append(add(session, name))

    def take_long(_: Session) -> None:
        running.set()
        assert go_on.wait(5)

    async with await Database.open(sqlite_url) as database:
        async with busy(database):
            tasks = [asyncio.create_task(database.run(take_long))]
            tasks += [asyncio.create_task(database.run(note, f"in:work{n}")) for n in range(3)]
        assert await asyncio.to_thread(running.wait, 5)
        tasks.append(asyncio.create_task(database.accept(note, "in:webhook")))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*tasks)
    assert order[0] == "in:webhook"


async def test_who_gave_up_before_is_passed_over(sqlite_url: str) -> None:
    """A call whose caller has gone is not made; one that is under way is made to its end."""
    async with await Database.open(sqlite_url) as database:
        async with busy(database):
            tasks = [asyncio.create_task(database.run(add, f"in:{n}")) for n in range(3)]
            await asyncio.sleep(0)
            tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert await database.read(kept) == ["in:0", "in:2"]
