"""Bring a database to this program's version, and draft the next version's migration.

To draft one, change the tables, then run, with a database that has all migrations so far::

    python -c "from bot.migrating import draft; draft('sqlite:///var/draft.db', 'What is new')"
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import func, select
from sqlmodel import Session

from bot.db import Database

MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 5_032_600  # any number, the same for all processes that migrate


def migrate(url: str, version: str = "head") -> None:
    """Run all migrations up to ``version`` that the database has not seen yet, in one transaction.

    Any number of processes may do this at once. Raises `DatabaseUnavailable`.
    """
    asyncio.run(_in_transaction(url, partial(upgrade, version=version)))


def draft(url: str, message: str) -> None:
    """Write a migration from what the database is to what the tables say. Raises `DatabaseUnavailable`."""
    asyncio.run(_in_transaction(url, partial(_draft, message=message)))


async def _in_transaction(url: str, unit: Callable[[Session], None]) -> None:
    async with await Database.open(url) as database:
        await database.run(unit)


def upgrade(session: Session, version: str = "head") -> None:
    """The same in the caller's transaction. Raises Alembic's `CommandError` on a later version's database."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    command.upgrade(_config(session), version)


def _draft(session: Session, message: str) -> None:
    command.revision(_config(session), message, autogenerate=True)


def _config(session: Session) -> Config:
    config = Config(attributes={"connection": session.connection()})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
