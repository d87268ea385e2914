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
    """A running server. Tests that stop it must start it again."""
    try:
        server = PostgresServer()
        server.start()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"NO POSTGRESQL, half of the database tests do not run: {error}")
    yield server
    server.remove()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_template(postgres: PostgresServer) -> str:
    """The name of a database with all tables and no rows, to make others from."""
    await _administer(postgres, "CREATE DATABASE template_recourse")
    async with await Database.open(postgres.url("template_recourse")) as database:
        await database.run(create_tables)
    return "template_recourse"


@pytest.fixture
async def postgres_url(postgres: PostgresServer, postgres_template: str) -> str:
    """The URL of an empty PostgreSQL database with all tables."""
    name = f"test_{next(numbers)}"
    await _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY file_copy")
    return postgres.url(name)


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite database with all tables."""
    url = f"sqlite:///{tmp_path}/recourse.db"
    async with await Database.open(url) as database:
        await database.run(create_tables)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with all tables, on each kind of database in turn."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, empty database with all tables, on each kind of database in turn."""
    async with await Database.open(database_url) as database:
        yield database


async def _administer(postgres: PostgresServer, statement: str) -> None:
    connection = await asyncpg.connect(postgres.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
