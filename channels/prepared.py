"""Statements of the hot path: built once, and on SQLite handed to the driver as they are.

SQLAlchemy takes ten to twenty times as long to execute a short statement as SQLite does, and on
SQLite all of that is spent while nobody else can write. So a statement is compiled once by
SQLAlchemy, with its types, and from then on SQLite's driver gets the text and the values. On
PostgreSQL, which works for many at once, SQLAlchemy executes it as any other.

Nothing is flushed before it, as with any statement on a connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlmodel import Session

Statement = Select[Any] | Insert | Update | Delete

_Row = tuple[Any, ...]
_Processor = Callable[[Any], Any] | None


class Prepared:
    """One statement, or one for each dialect. Values are given by the names of its parameters.

    It takes the same names each time, and no list of values as a parameter.
    """

    def __init__(self, statement: Statement | Mapping[str, Statement]) -> None:
        self._statement = statement
        self._plan: _Plan | None = None

    def rows(self, session: Session, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """All rows."""
        database = session.connection()
        if database.dialect.name == "sqlite":
            return self._planned(database, values).execute(_driver(database), values)
        return database.execute(self._of(database), values).all()

    def first(self, session: Session, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row; ``None`` if there is none."""
        found = self.rows(session, values)
        return found[0] if found else None

    def scalar(self, session: Session, values: Mapping[str, Any]) -> Any:
        """The first column of the first row; ``None`` if there is no row."""
        found = self.rows(session, values)
        return found[0][0] if found else None

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        """Execute what gives no rows."""
        database = session.connection()
        if database.dialect.name == "sqlite":
            self._planned(database, values).execute(_driver(database), values)
        else:
            database.execute(self._of(database), values)

    def many(self, session: Session, values: Sequence[Mapping[str, Any]]) -> Sequence[Sequence[Any]]:
        """Execute it for each of several; all rows, if it gives any, in no order that one can rely on."""
        if not values:
            return []
        database = session.connection()
        if database.dialect.name == "sqlite":
            plan, driver = self._planned(database, values[0]), _driver(database)
            return [row for one in values for row in plan.execute(driver, one)]
        done = database.execute(self._of(database), list(values))
        return done.all() if done.returns_rows else []

    def _of(self, database: Connection) -> Statement:
        if isinstance(self._statement, Mapping):
            return self._statement[database.dialect.name]
        return self._statement

    def _planned(self, database: Connection, values: Mapping[str, Any]) -> _Plan:
        if self._plan is None:
            self._plan = _Plan(self._of(database), database, values)
        return self._plan


class _Plan:
    """A statement as SQLite's driver takes it: its text, and how values go in and come out."""

    def __init__(self, statement: Statement, database: Connection, values: Mapping[str, Any]) -> None:
        dialect = database.dialect
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(values))
        self._text: str = compiled.string
        defaults = {column.key: _default(column) for column in compiled.insert_prefetch}
        self._given: list[tuple[str, _Processor]] = []
        self._fixed: dict[int, Any] = {}
        for place, name in enumerate(compiled.positiontup):
            bound = compiled.binds[name]
            process = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if name not in values:
                value = defaults.get(name, bound.effective_value)
                self._fixed[place] = _plain(process(value) if process else value)
            self._given.append((name, process))
        reading = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in statement.exported_columns
        ]
        self._reading: list[tuple[int, Any]] = [(n, process) for n, process in enumerate(reading) if process]

    def execute(self, driver: sqlite3.Connection, values: Mapping[str, Any]) -> list[_Row]:
        fixed = self._fixed
        bound = [
            fixed[place] if place in fixed else values[name] if process is None else process(values[name])
            for place, (name, process) in enumerate(self._given)
        ]
        found: list[_Row] = driver.execute(self._text, bound).fetchall()
        return [self._read(row) for row in found] if found and self._reading else found

    def _read(self, row: _Row) -> _Row:
        read = list(row)
        for place, process in self._reading:
            read[place] = process(read[place])
        return tuple(read)


def _default(column: Any) -> Any:
    """A column's own default. Raises `TypeError` where it is more than a value."""
    if not column.default.is_scalar:
        raise TypeError(f"{column} has no plain default: give its value")
    return column.default.arg


def _plain(value: Any) -> Any:
    """A member of an enumeration as its value: the driver takes other types only by a detour."""
    return str(value) if isinstance(value, str) else value


def _driver(database: Connection) -> sqlite3.Connection:
    driver: Any = database.connection.dbapi_connection
    return driver  # type: ignore[no-any-return]
