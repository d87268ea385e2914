"""One unit of work, one transaction.

Seen to fail when `Postgresql._passing` leaves out conflicts, when `_commit` does not tell an uncertain
commit apart, when readers of SQLite lack ``query_only``, and when `Sqlite._next` serves its calls as they
come, or urgent ones only.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.util import await_only
from sqlmodel import Session, func, select

from bot import postgresql
from bot.db import CommitUncertain, Database
from channels.lanes import Lane

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add(session: Session, key: str) -> None:
    session.add(Lane(key=key, kind="in", tail=0, ready_at=None, free_at=NOW))


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Lane)).one()


async def test_undone_on_error(database: Database) -> None:
    """A unit of work that raises leaves nothing behind, and its error comes through."""

    def add_and_fail(session: Session) -> None:
        add(session, "in:1")
        session.flush()
        raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        await database.run(add_and_fail)
    assert await database.read(count) == 0


async def test_errors_keep_texts_to_themselves(database: Database) -> None:
    """What a customer wrote is in no error message of the database."""
    await database.run(add, "in:my secret")
    with pytest.raises(IntegrityError) as raised:
        await database.run(add, "in:my secret")
    assert "[SQL parameters hidden due to hide_parameters=True]" in str(raised.value)


async def test_readers_cannot_write(database: Database) -> None:
    """A unit of work given to `read` changes nothing."""

    def insert(session: Session) -> None:
        add(session, "in:1")
        session.flush()

    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        await database.read(insert)
    assert await database.read(count) == 0


async def test_readers_do_not_wait_for_the_writer(sqlite_url: str) -> None:
    """While one unit of work writes to the file, others read what was committed before."""
    written, go_on = threading.Event(), threading.Event()

    def write_slowly(session: Session) -> None:
        add(session, "in:1")
        session.flush()
        written.set()
        assert go_on.wait(5)

    async with await Database.open(sqlite_url) as database:
        writing = asyncio.create_task(database.run(write_slowly))
        assert await asyncio.to_thread(written.wait, 5)
        assert await database.read(count) == 0
        go_on.set()
        await writing
        assert await database.read(count) == 1


async def test_what_is_accepted_goes_first(sqlite_url: str) -> None:
    """Somebody outside waits for it; but work within goes on, however much comes in."""
    begun, go_on = threading.Event(), threading.Event()
    order = []

    def hold(_: Session) -> None:
        begun.set()
        assert go_on.wait(5)

    def note(_: Session, name: str) -> None:
        order.append(name)

    async with await Database.open(sqlite_url) as database, asyncio.TaskGroup() as tasks:
        tasks.create_task(database.run(hold))
        assert await asyncio.to_thread(begun.wait, 5)
        for n in range(2):
            tasks.create_task(database.run(note, f"work {n}"))
        for n in range(4):
            tasks.create_task(database.accept(note, f"webhook {n}"))
        await asyncio.sleep(0)  # all of them wait
        go_on.set()
    assert order == ["webhook 0", "webhook 1", "webhook 2", "work 0", "webhook 3", "work 1"]


async def test_deadlock_is_tried_again(postgres_url: str) -> None:
    """Of two units of work that wait for each other, the one that has to give way is run again."""
    runs = []
    each_has_one = asyncio.Barrier(2)

    def lock_both(session: Session, first: str, second: str) -> None:
        runs.append(first)
        session.get_one(Lane, first, with_for_update=True)
        if len(runs) <= 2:
            await_only(each_has_one.wait())
        session.get_one(Lane, second, with_for_update=True)

    async with await Database.open(postgres_url) as database:
        for key in ("in:1", "in:2"):
            await database.run(add, key)
        await asyncio.gather(database.run(lock_both, "in:1", "in:2"), database.run(lock_both, "in:2", "in:1"))
    assert len(runs) == 3


async def test_stalled_transaction_lets_go(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that freezes in the middle of a transaction does not keep its locks for ever."""
    monkeypatch.setitem(postgresql.SETTINGS, "idle_in_transaction_session_timeout", "100ms")
    locked = asyncio.Event()

    def lock(session: Session) -> None:
        session.get_one(Lane, "in:1", with_for_update=True)

    def lock_and_freeze(session: Session) -> None:
        lock(session)
        locked.set()
        await_only(asyncio.sleep(4))

    async with await Database.open(postgres_url) as database:
        await database.run(add, "in:1")
        freezing = asyncio.create_task(database.run(lock_and_freeze))
        await locked.wait()
        async with asyncio.timeout(3):
            await database.run(lock)
        with pytest.raises(CommitUncertain):
            await freezing


async def test_uncertain_commit(postgres_url: str) -> None:
    """A connection that breaks during the commit is told apart, and the unit of work not repeated."""
    runs = []

    def add_and_die(session: Session) -> None:
        runs.append("run")
        session.connection().execute(text(DIE_AT_COMMIT))
        session.connection().execute(text(LET_LANES_DIE))
        add(session, "in:1")

    async with await Database.open(postgres_url) as database:
        with pytest.raises(CommitUncertain):
            await database.run(add_and_die)
        assert len(runs) == 1
        assert await database.read(count) == 0


DIE_AT_COMMIT = """
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END
    $$"""
LET_LANES_DIE = """
    CREATE CONSTRAINT TRIGGER die AFTER INSERT ON lane
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"""
