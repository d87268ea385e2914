"""The databases that tests run on: always real, each test with its own."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlmodel import Session, SQLModel

from bot import tables  # noqa: F401  (fills the metadata)
from bot.db import Database
from tests.postgres_server import PostgresServer

numbers = itertools.count()


def create_tables(session: Session) -> None:
    SQLModel.metadata.create_all(session.connection())


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server. A test that stops it starts it again."""
    try:
        server = PostgresServer()
        server.start()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"NO POSTGRESQL, so half of the database tests do not run: {error}")
    yield server
    server.remove()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_template(postgres: PostgresServer) -> str:
    """The name of a database with all tables and no rows, to make others from."""
    url = await new_database(postgres, "template1")
    async with await Database.open(url) as database:
        await database.run(create_tables)
    return url.rpartition("/")[2]


@pytest.fixture
async def postgres_url(postgres: PostgresServer, postgres_template: str) -> str:
    """The URL of a PostgreSQL database with all tables and no rows."""
    return await new_database(postgres, postgres_template)


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database with all tables and no rows."""
    url = f"sqlite:///{tmp_path}/recourse.db"
    async with await Database.open(url) as database:
        await database.run(create_tables)
    return url


@pytest.fixture
async def blank_postgres_url(postgres: PostgresServer) -> str:
    """The URL of a PostgreSQL database with nothing in it."""
    return await new_database(postgres, "template1")


@pytest.fixture
def blank_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path}/blank.db"


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with all tables and no rows, on each kind of database in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(params=["blank_sqlite_url", "blank_postgres_url"], ids=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with nothing in it, on each kind of database in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with all tables and no rows, on each kind of database in turn."""
    async with await Database.open(database_url) as database:
        yield database


async def new_database(postgres: PostgresServer, template: str) -> str:
    """Copy a database; the copy's URL."""
    name = f"test_{next(numbers)}"
    connection = await asyncpg.connect(postgres.url("postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await connection.close()
    return postgres.url(name)
