"""Puts invented rows into a database in bulk: past the program, into the tables that it made."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg
from pydantic_core import PydanticUndefined
from sqlalchemy import JSON, Integer, make_url
from sqlmodel import SQLModel, UTCDateTime

from tests.scale.invented import TABLES, Rows


class Filler(Protocol):
    """Takes rows, and leaves the database as one that has long been in use."""

    async def put(self, chunks: Iterable[Rows]) -> None: ...


def filler(url: str, tables: Sequence[type[SQLModel]] = TABLES) -> Filler:
    """For SQLite or PostgreSQL; ``tables`` in the order in which they must be filled."""
    return _Sqlite(url, tables) if url.startswith("sqlite") else _Postgresql(url, tables)


class _Sqlite:
    def __init__(self, url: str, tables: Sequence[type[SQLModel]]) -> None:
        self._path, self._tables = str(make_url(url).database), tables

    async def put(self, chunks: Iterable[Rows]) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -200000")
            connection.execute("BEGIN")
            for rows in chunks:
                for table in self._tables:
                    names = ", ".join(f'"{name}"' for name in _columns(table))
                    marks = ", ".join("?" * len(_columns(table)))
                    statement = f'INSERT INTO "{table.__tablename__}" ({names}) VALUES ({marks})'
                    connection.executemany(statement, _tuples(table, rows[table], _for_sqlite))
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Postgresql:
    def __init__(self, url: str, tables: Sequence[type[SQLModel]]) -> None:
        self._url, self._tables = url, tables

    async def put(self, chunks: Iterable[Rows]) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            async with connection.transaction():
                for rows in chunks:
                    for table in self._tables:
                        await connection.copy_records_to_table(
                            table.__tablename__,
                            records=list(_tuples(table, rows[table], _for_postgresql)),
                            columns=_columns(table),
                        )
                for name in (t.__tablename__ for t in self._tables if _is_numbered(t)):
                    await connection.execute(
                        f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
                        f"(SELECT coalesce(max(id), 1) FROM {name}))"
                    )
            await connection.execute("VACUUM ANALYZE")  # what autovacuum does by itself
        finally:
            await connection.close()


def _is_numbered(table: type[SQLModel]) -> bool:
    """Whether the database gives its rows their ids."""
    column = table.__table__.columns.get("id")  # type: ignore[attr-defined]
    return column is not None and isinstance(column.type, Integer)


def _columns(table: type[SQLModel]) -> list[str]:
    return [column.name for column in table.__table__.columns]  # type: ignore[attr-defined]


def _tuples(
    table: type[SQLModel], rows: list[dict[str, Any]], plain: Callable[[Any], Any]
) -> Iterable[tuple[Any, ...]]:
    """The rows in the order of the columns; what they leave out has the model's default."""
    columns = table.__table__.columns  # type: ignore[attr-defined]
    fields = {table.__mapper__.get_property(name).columns[0].name: name for name in table.model_fields}  # type: ignore[attr-defined]
    defaults = {c.name: plain(_default(table, fields[c.name])) for c in columns}
    special = [c.name for c in columns if isinstance(c.type, JSON | UTCDateTime)]
    for row in rows:
        for name in special:
            if name in row:
                row[name] = plain(row[name])
        yield tuple((defaults | row).values())


def _default(table: type[SQLModel], field: str) -> Any:
    value = table.model_fields[field].get_default(call_default_factory=True)
    return None if value is PydanticUndefined else value


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return _for_postgresql(value)


def _for_postgresql(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value)
    return str(value) if isinstance(value, str) else value
