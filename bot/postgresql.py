"""PostgreSQL over asyncpg: a pool for units of work, and one connection that hears notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar, cast

import asyncpg
import structlog
from sqlalchemy import URL, QueuePool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_delay,
    wait_exponential_jitter,
)

from bot.outage import CommitUncertain, DatabaseUnavailable
from bot.wakeups import Wakeups
from channels.wakeups import noted

T = TypeVar("T")

CONNECTIONS = 10
PATIENCE = 5.0  # seconds for which a unit of work is tried again before its caller hears of it
SILENCE = 60.0  # seconds without an answer after which a server is taken for gone
PULSE = 30.0  # seconds between two looks whether a silent connection still lives
CHANNEL = "recourse"
NOTIFY = text("SELECT pg_notify(:channel, topic) FROM unnest(CAST(:topics AS text[])) AS heard(topic)")

SETTINGS = {
    "application_name": "recourse",
    "timezone": "UTC",
    # A process that was stopped in the middle of a transaction must not hold its lane for ever.
    "idle_in_transaction_session_timeout": "10s",
}

CONFLICT = ("40001", "40P01")  # serialization failure, deadlock: rolled back, and worth another try
AWAY = ("08", "53", "57P")  # connection lost; out of resources; shutting down or starting up
REFUSALS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)  # OSError: and timeouts

log = structlog.get_logger()


class Postgresql:
    """A database on a server, which may restart at any time."""

    writers = 3  # and connections are left for others

    def __init__(self, url: URL, wakeups: Wakeups, settings: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._settings = SETTINGS | dict(settings or {})
        self._dsn = url.render_as_string(hide_password=False)
        self._wakeups = wakeups
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            hide_parameters=True,  # they hold what customers write, and errors are logged
            pool_size=CONNECTIONS,
            max_overflow=0,
        )
        self._pool = cast(QueuePool, self._engine.pool)
        self._snapshots = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    async def open(self) -> None:
        """Raises `DatabaseUnavailable` if the server does not let us in."""
        try:
            await self._listen()
        except REFUSALS as error:
            raise self._unavailable(error) from error
        self._listening = asyncio.create_task(self._keep_listening())

    async def close(self) -> None:
        """Close all connections."""
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._ear.close(timeout=PATIENCE)
        end = asyncio.get_running_loop().time() + PATIENCE
        while self._pool.checkedout() and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  no event
            await asyncio.sleep(0.01)  # what is given back after the pool's end is closed by nobody
        await self._engine.dispose()

    async def write(self, work: Callable[[Session], T], *, urgent: bool = False) -> T:  # noqa: ARG002  many write
        """One transaction, run again after a conflict or a lost connection."""
        return await self._persist(self._commit, work)

    async def read(self, work: Callable[[Session], T]) -> T:
        """One read-only snapshot, tried again like `write`."""
        return await self._persist(self._look, work)

    async def _persist(
        self, attempt: Callable[[Callable[[Session], T]], Awaitable[T]], work: Callable[[Session], T]
    ) -> T:
        retrying = AsyncRetrying(
            retry=retry_if_exception(_passing),
            wait=wait_exponential_jitter(multiplier=0.02, max=0.5, jitter=0.05),
            stop=stop_after_delay(PATIENCE),
            reraise=True,
        )
        try:
            return await retrying(attempt, work)
        except Exception as error:
            if _away(error):
                raise self._unavailable(error) from error
            raise

    async def _commit(self, work: Callable[[Session], T]) -> T:
        async with self._session(self._engine) as session:
            result = await session.run_sync(lambda _: _perform(work, session.sync_session))
            try:
                await session.commit()
            except Exception as error:
                if _away(error):
                    raise CommitUncertain(f"the database left during a commit: {error}") from error
                raise
            return result

    async def _look(self, work: Callable[[Session], T]) -> T:
        async with self._session(self._snapshots) as session:
            return await session.run_sync(lambda _: work(session.sync_session))

    @staticmethod
    def _session(engine: AsyncEngine) -> AsyncSession:
        return AsyncSession(engine, expire_on_commit=False)

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._dsn, timeout=PATIENCE, command_timeout=SILENCE, server_settings=self._settings
        )

    async def _listen(self) -> None:
        self._ear = await self._connect()
        await self._ear.add_listener(CHANNEL, self._heard)

    def _heard(self, _connection: object, _pid: int, _channel: str, topic: str) -> None:
        self._wakeups.wake([topic])

    async def _keep_listening(self) -> None:
        """Mend the ear. Our own commits are heard by it as well as those of other processes."""
        while True:
            await _closed(self._ear)
            log.warning("database connection lost", purpose="notifications")
            async for attempt in AsyncRetrying(
                wait=wait_exponential_jitter(multiplier=0.05, max=2, jitter=0.1)
            ):
                with attempt:
                    await self._listen()
            self._wakeups.wake_all()  # nobody knows what was said meanwhile

    def _unavailable(self, error: BaseException) -> DatabaseUnavailable:
        where = self._url.render_as_string(hide_password=True)
        return DatabaseUnavailable(
            f"cannot reach {where} ({_one_line(error)}): start PostgreSQL or correct RECOURSE_DATABASE_URL"
        )


def _perform(work: Callable[[Session], T], session: Session) -> T:
    """Everything of a transaction but the commit, which must not be tried twice."""
    result = work(session)
    session.flush()
    if topics := noted(session):
        session.connection().execute(NOTIFY, {"channel": CHANNEL, "topics": sorted(topics)})
    return result


async def _closed(connection: asyncpg.Connection) -> None:
    """Return when the connection is gone; a silent one is asked now and then."""
    gone = asyncio.Event()
    connection.add_termination_listener(lambda _: gone.set())
    while not (gone.is_set() or connection.is_closed()):
        try:
            await asyncio.wait_for(gone.wait(), PULSE)
        except TimeoutError:
            try:
                await connection.execute("SELECT 1", timeout=PULSE)
            except REFUSALS:
                connection.terminate()


def _sqlstate(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) or ""


def _away(error: BaseException) -> bool:
    """Whether the server, not the unit of work, is the reason."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, (OSError, PoolTimeout)) or _sqlstate(error).startswith(AWAY)


def _passing(error: BaseException) -> bool:
    """Whether the same unit of work may well succeed in a moment."""
    return _away(error) or _sqlstate(error) in CONFLICT


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
