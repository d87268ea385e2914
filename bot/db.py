"""The database: one unit of work, one transaction, on SQLite and on PostgreSQL.

A *unit of work* is a plain function ``fn(session, ...)``. `Database.run` gives it a session, commits
when it returns and rolls back when it raises. It must depend on nothing but the database and its
arguments, and do nothing else: it is run again when the database asks for that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from bot.outage import CommitUncertain, DatabaseUnavailable
from bot.postgresql import Postgresql
from bot.sqlite import Sqlite
from bot.wakeups import Ear, Wakeups

__all__ = ["CommitUncertain", "Database", "DatabaseUnavailable"]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Signing:
    """How what is written gets signed, for the audit trail: see `bot.audit`.

    ``arm`` is given each writing connection on SQLite when it is made; ``settings`` are what a session on
    PostgreSQL says of itself when it connects.
    """

    arm: Callable[[sqlite3.Connection], None]
    settings: Mapping[str, str]


class Backend(Protocol):
    """What the two databases have in common. `open` and `close` are called once each.

    ``writers`` is how many units of work of one kind may well write side by side.
    """

    writers: int

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def write(self, work: Callable[[Session], T], *, urgent: bool = False) -> T: ...
    async def read(self, work: Callable[[Session], T]) -> T: ...


class Database:
    """The open database. Use it as ``async with await Database.open(url) as database``."""

    def __init__(self, backend: Backend, wakeups: Wakeups) -> None:
        self._backend = backend
        self._wakeups = wakeups

    @classmethod
    async def open(cls, url: str, signing: Signing | None = None) -> Self:
        """Open ``sqlite:///<path>`` or ``postgresql://<user>:<password>@<host>/<database>``.

        Whoever changes audited tables opens it by `bot.audit.opening.open_audited`, which brings ``signing``.

        Raises `DatabaseUnavailable`, naming the remedy, if the URL is neither or nobody answers.
        """
        wakeups = Wakeups()
        backend = _backend(url, wakeups, signing)
        await backend.open()
        return cls(backend, wakeups)

    @property
    def writers(self) -> int:
        """How many units of work of one kind may well write side by side."""
        return self._backend.writers

    async def close(self) -> None:
        """Let go of all connections, once nothing is under way any more."""
        await self._backend.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def run(
        self, unit: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``unit(session, ...)`` in one transaction and wake whom it notified.

        Raises whatever the unit raises, and `DatabaseUnavailable` if the database stays away.
        """
        return await self._backend.write(lambda session: unit(session, *args, **kwargs))

    async def accept(
        self, unit: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `run`, but before all else that waits: somebody outside will only wait so long."""
        return await self._backend.write(lambda session: unit(session, *args, **kwargs), urgent=True)

    async def read(
        self, unit: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``unit(session, ...)`` on a snapshot that it can only read, beside the writers.

        Raises what `run` raises.
        """
        return await self._backend.read(lambda session: unit(session, *args, **kwargs))

    @asynccontextmanager
    async def listen(self, *topics: str) -> AsyncIterator[Ear]:
        """Hear the wake-ups for these topics from any process, from here to the end of the block.

        ::

            async with database.listen("desk") as ear:
                while not await database.read(something_new):
                    await ear.wait(timeout=25)
        """
        with self._wakeups.listen(topics) as ear:
            yield ear


def _backend(url: str, wakeups: Wakeups, signing: Signing | None) -> Backend:
    with suppress(ArgumentError):
        match make_url(url):
            case URL(drivername="sqlite", database=str(path)) if path not in ("", ":memory:"):
                return Sqlite(path, wakeups, signing.arm if signing else None)
            case URL(drivername="postgresql") as server:
                return Postgresql(server, wakeups, signing.settings if signing else {})
    raise DatabaseUnavailable(
        "not a database: set RECOURSE_DATABASE_URL to sqlite:///var/recourse.db "
        "or postgresql://user:password@host/database"
    )
