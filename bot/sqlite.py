"""SQLite: one thread writes, a few read.

Units of work that wait at the same time share a transaction, so that they wait once for other
processes and for the disk. Each stands for itself all the same: if one of them fails, what they
have done together is undone, and each is done again alone.

Several processes may share the file. A process that is frozen in the middle of a transaction holds
up all others until it goes on: whoever must survive that needs PostgreSQL.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from bot.neighbours import Neighbours
from bot.outage import DatabaseUnavailable
from bot.turnstile import Turnstile
from bot.wakeups import Wakeups
from channels.wakeups import noted

T = TypeVar("T")

READERS = 4
AHEAD = 3  # urgent calls that go before one that waits
TOGETHER = 16  # units of work in a transaction
A_WHILE = 0.005  # seconds after which a transaction takes no more of them in: others wait for the file
BUSY_TIMEOUT = 10.0  # seconds that a writer waits for the writer of another process
POLL = 0.02  # seconds between two looks for commits of other processes that cannot tell us of them
GLANCE = 0.5  # seconds between two looks for what they told us and we did not hear

TROUBLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""Error codes that say something about the file or its disk, and nothing about the statement."""

MISTAKEN_READER = {sqlite3.SQLITE_READONLY}
"""What a reader is told when its unit of work tries to write: its own fault, not the file's."""


@dataclass
class _Call:
    """A unit of work, whoever waits for it, and what came of it."""

    work: Callable[[Session], Any]
    urgent: bool = False
    done: Future[Any] = field(default_factory=Future)
    result: Any = None
    topics: frozenset[str] = frozenset()


class Sqlite:
    """A database file. Units of work run in threads, so they never hold up the event loop."""

    writers = 1

    def __init__(
        self, path: str, wakeups: Wakeups, arm: Callable[[sqlite3.Connection], None] | None = None
    ) -> None:
        self._path = Path(path)
        self._wakeups = wakeups
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._urgent: deque[_Call] = deque()
        self._waiting: deque[_Call] = deque()
        self._ahead = 0  # urgent calls since the last other one
        self._turnstile = Turnstile(self._path, BUSY_TIMEOUT)
        self._neighbours = Neighbours(self._path)
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._write_engine = _engine(self._path, 1, "BEGIN IMMEDIATE")
        if arm:
            event.listen(self._write_engine, "connect", lambda connection, _: arm(connection))
        self._read_engine = _engine(self._path, READERS, "BEGIN", "PRAGMA query_only = ON")

    async def open(self) -> None:
        """Make the file if there is none. Raises `DatabaseUnavailable`."""
        self._loop = asyncio.get_running_loop()
        try:
            self._version = await self._in_writer(self._prepare)
        except DatabaseUnavailable:
            await self._shut()
            raise
        told = self._neighbours.open(self._loop, self._heard)
        self._watching = asyncio.create_task(self._watch(GLANCE if told else POLL))

    async def close(self) -> None:
        """Wait for the units of work under way, then close the file."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await self._shut()
        self._neighbours.close(self._loop)

    async def _shut(self) -> None:
        for executor in (self._writer, self._readers):
            await asyncio.to_thread(executor.shutdown)
        self._read_engine.dispose()
        self._write_engine.dispose()
        self._turnstile.close()

    async def write(self, work: Callable[[Session], T], *, urgent: bool = False) -> T:
        """Work in the writer's thread, committed on return."""
        call = _Call(work, urgent)
        (self._urgent if urgent else self._waiting).append(call)
        self._writer.submit(self._next)  # as many as there are calls, so each gets its turn
        done: Future[T] = call.done
        return await asyncio.wrap_future(done)

    async def read(self, work: Callable[[Session], T]) -> T:
        """One snapshot in a reader's thread."""
        look = partial(self._guarded, partial(self._look, work), TROUBLE - MISTAKEN_READER)
        return await self._loop.run_in_executor(self._readers, look)

    def _next(self) -> None:
        """In the writer's thread: commit the first call that waits, and others with it."""
        if (first := self._pop()) is None:
            return  # done with an earlier one
        calls = [first]
        try:
            self._guarded(partial(self._commit, calls, self._pop), TROUBLE)
        except BaseException as error:  # noqa: BLE001  whatever it is, it is the caller's
            if len(calls) == 1:
                _refuse(calls, error)
            else:
                self._one_by_one(calls)

    def _one_by_one(self, calls: list[_Call]) -> None:
        """One of them has failed, and the others are undone with it."""
        for call in calls:
            try:
                self._guarded(partial(self._commit, [call], lambda: None), TROUBLE)
            except BaseException as error:  # noqa: BLE001
                _refuse([call], error)

    def _pop(self) -> _Call | None:
        """The first call that somebody still waits for, of the urgent ones if there are any.

        Every few of them let another one through, or a flood would outlast the leases.
        """
        while self._urgent or self._waiting:
            if self._urgent and (self._ahead < AHEAD or not self._waiting):
                self._ahead += 1
                call = self._urgent.popleft()
            else:
                self._ahead = 0
                call = self._waiting.popleft()
            if call.done.set_running_or_notify_cancel():
                return call
        return None

    def _commit(self, calls: list[_Call], more: Callable[[], _Call | None]) -> None:
        """One transaction for ``calls`` and for ``more``, as they come; then tell everybody of it."""
        with (
            self._turnstile.passed(urgent=calls[0].urgent),
            self._write_engine.connect() as connection,
            connection.begin(),
        ):
            end = time.monotonic() + A_WHILE
            for call in calls:  # it grows
                with Session(connection, expire_on_commit=False) as session:
                    call.result = call.work(session)
                    session.commit()  # into the transaction, which is not the session's own
                    call.topics = noted(session)
                if len(calls) < TOGETHER and time.monotonic() < end and (another := more()):
                    calls.append(another)
        # From this thread: the callers may have been cancelled, but it is committed.
        if topics := frozenset().union(*(call.topics for call in calls)):
            self._loop.call_soon_threadsafe(self._wakeups.wake, topics)
        for call in calls:
            call.done.set_result(call.result)
        if topics:
            self._neighbours.tell(topics)

    def _look(self, work: Callable[[Session], T]) -> T:
        with Session(self._read_engine, expire_on_commit=False) as session:
            return work(session)

    def _prepare(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error
        with self._turnstile.passed():  # nobody waits for the lock that makes a new file a WAL one
            return self._data_version()

    def _heard(self, topics: Collection[str] | None) -> None:
        if topics is None:
            self._wakeups.wake_all()
        else:
            self._wakeups.wake(topics)

    async def _watch(self, pause: float) -> None:
        """Wake everybody when another process has committed: it may be news to us, or not."""
        while True:
            await self._wakeups.waiting.somebody.wait()
            with suppress(DatabaseUnavailable):
                version = await self._in_writer(self._data_version)
                if version != self._version:
                    self._version = version
                    self._wakeups.wake_all()
            await asyncio.sleep(pause)

    def _data_version(self) -> int:
        """A number that changes when anybody but the writer of this process commits."""
        with closing(self._write_engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA data_version")
            (version,) = cursor.fetchall()[0]
            return int(version)

    async def _in_writer(self, call: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._writer, partial(self._guarded, call, TROUBLE))

    def _guarded(self, call: Callable[[], T], trouble: set[int]) -> T:
        """Tell trouble with the file from trouble with the statement."""
        try:
            return call()
        except OSError as error:  # of the turnstile
            raise self._unavailable(error) from error
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # without the extension
            if code in trouble:
                raise self._unavailable(cause) from error
            raise

    def _unavailable(self, cause: BaseException | None) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"cannot use {self._path} ({cause}): RECOURSE_DATABASE_URL must name a file on a local disk "
            "with free space, writable by this user"
        )


def _refuse(calls: list[_Call], error: BaseException) -> None:
    for call in calls:
        call.done.set_exception(error)


def _engine(path: Path, connections: int, begin: str, *pragmas: str) -> Engine:
    """An engine whose transactions start with ``begin``; Python's own handling is switched off."""
    engine = create_engine(
        f"sqlite:///{path}",
        hide_parameters=True,  # they hold what customers write, and errors are logged
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",  # what we have acknowledged survives a power cut
            "PRAGMA foreign_keys = ON",
            *pragmas,
        ):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
