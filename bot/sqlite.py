"""SQLite: one thread writes, a few read.

Several processes may share the file. A process that is frozen in the middle of a transaction holds
up all others until it goes on: whoever must survive that needs PostgreSQL.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
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

_Waiting = tuple[Future[Any], Callable[[], Any]]

READERS = 4
AHEAD = 3  # urgent calls that go before one that waits
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


class Sqlite:
    """A database file. Units of work run in threads, so they never hold up the event loop."""

    writers = 1

    def __init__(
        self, path: str, wakeups: Wakeups, at_begin: Callable[[Connection], None] | None = None
    ) -> None:
        self._path = Path(path)
        self._wakeups = wakeups
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._urgent: deque[_Waiting] = deque()
        self._waiting: deque[_Waiting] = deque()
        self._ahead = 0  # urgent calls since the last other one
        self._turnstile = Turnstile(self._path, BUSY_TIMEOUT)
        self._neighbours = Neighbours(self._path)
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._write_engine = _engine(self._path, 1, "BEGIN IMMEDIATE")
        if at_begin:
            event.listen(self._write_engine, "begin", at_begin)
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
        """One transaction in the writer's thread; it alone writes, so nothing has to be repeated."""
        return await self._in_writer(partial(self._commit, work), urgent=urgent)

    async def read(self, work: Callable[[Session], T]) -> T:
        """One snapshot in a reader's thread."""
        look = partial(self._guarded, partial(self._look, work), TROUBLE - MISTAKEN_READER)
        return await self._loop.run_in_executor(self._readers, look)

    def _commit(self, work: Callable[[Session], T]) -> T:
        with self._turnstile.passed(), Session(self._write_engine, expire_on_commit=False) as session:
            result = work(session)
            session.commit()
            if topics := noted(session):
                # From this thread: the caller may have been cancelled, but it is committed.
                self._loop.call_soon_threadsafe(self._wakeups.wake, topics)
        if topics:
            self._neighbours.tell(topics)
        return result

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

    async def _in_writer(self, call: Callable[[], T], *, urgent: bool = False) -> T:
        done: Future[T] = Future()
        queue = self._urgent if urgent else self._waiting
        queue.append((done, partial(self._guarded, call, TROUBLE)))
        self._writer.submit(self._next)  # as many as there are calls, so each gets its turn
        return await asyncio.wrap_future(done)

    def _next(self) -> None:
        """In the writer's thread: the first call that waits, of the urgent ones if there are any.

        Every few of them let another one through, or a flood would outlast the leases.
        """
        if self._urgent and (self._ahead < AHEAD or not self._waiting):
            self._ahead += 1
            done, call = self._urgent.popleft()
        else:
            self._ahead = 0
            done, call = self._waiting.popleft()
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001  whatever it is, it is the caller's
            done.set_exception(error)

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
