"""Every column of every audited table: one altered value is found, and named.

Mutation: in `bot.audit.audited.audited` leave out the last column of each table: the test of that column
fails. Or in `bot.audit.verifying` skip `_missing`: the deletions fail.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, Numeric
from sqlmodel import Session, SQLModel

from bot.audit.audited import APPEND_ONLY, KEPT, NOT_AUDITED, NOT_COVERED, PSEUDONYMOUS, READ_AS, audited
from bot.audit.sealing import seal_all
from bot.audit.verifying import AuditError
from bot.db import Database
from tests.audit.conftest import KEYS, verified

TABLES = SQLModel.metadata.tables


def test_every_table_is_audited_or_says_why_not() -> None:
    names = {table.name for table in audited()}
    ours = {name for name, table in TABLES.items() if table.info.get("audited", True)}
    assert names | set(NOT_AUDITED) == ours
    assert not names & set(NOT_AUDITED)
    assert all(len(reason) > 10 for reason in [*NOT_AUDITED.values(), *NOT_COVERED.values()])


def test_no_exception_is_left_over() -> None:
    for name, column in [*NOT_COVERED, *READ_AS]:
        assert column in TABLES[name].columns
    assert {*APPEND_ONLY, *KEPT, *PSEUDONYMOUS, *NOT_AUDITED} <= set(TABLES)


async def test_one_altered_value_is_found_and_named(
    audited_sqlite: Database, sqlite_url: str, tmp_path: Path
) -> None:
    await audited_sqlite.run(one_row_in_each_table)
    await seal_all(audited_sqlite, KEYS, tmp_path)
    assert not (await verified(audited_sqlite, tmp_path)).findings
    tried = 0
    for table in audited():
        for column in table.columns:
            with Altered(sqlite_url, table.name, column):
                found = await first(audited_sqlite, tmp_path)
            assert found.startswith(f"{table.name} ") or column in table.key, f"{column}: {found}"
            tried += 1
    assert tried == sum(len(TABLES[table.name].columns) for table in audited()) - len(NOT_COVERED)
    for name in ("audit_entry", "audit_seal"):
        for column in TABLES[name].columns:
            with Altered(sqlite_url, name, column.name):
                assert await first(audited_sqlite, tmp_path), f"{name}.{column.name}"
    assert not (await verified(audited_sqlite, tmp_path)).findings  # as it was


async def test_one_deleted_row_is_found_and_named(
    audited_sqlite: Database, sqlite_url: str, tmp_path: Path
) -> None:
    await audited_sqlite.run(one_row_in_each_table)
    await seal_all(audited_sqlite, KEYS, tmp_path)
    for table in audited():
        if table.name == "audit_trail":
            continue  # without it nothing can be verified at all: see test_trail.py
        with Deleted(sqlite_url, table.name):
            found = (await verified(audited_sqlite, tmp_path)).findings
        assert found and found[0].table == table.name, table.name
        assert "deleted" in found[0].what


async def first(database: Database, folder: Path) -> str:
    """The first finding; the beginning of the trail cannot be gone beyond at all."""
    try:
        findings = (await verified(database, folder)).findings
    except AuditError as error:
        return f"audit_trail {error}"
    return str(findings[0]) if findings else ""


def one_row_in_each_table(session: Session) -> None:
    """A row in every table, each of its columns filled."""
    made: dict[str, dict[str, Any]] = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name.startswith("audit_") and table.name not in ("audit_check", "audit_redaction"):
            continue
        row = {}
        for column in table.columns:
            to = next(iter(column.foreign_keys), None)
            row[column.name] = made[to.column.table.name][to.column.name] if to else some(column)
        session.connection().execute(table.insert().values({table.columns[n]: v for n, v in row.items()}))
        made[table.name] = row


def some(column: Column[Any]) -> Any:
    kinds: list[tuple[type, Any]] = [
        (Boolean, False), (Date, date(2026, 11, 1)), (DateTime, datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        (Numeric, Decimal("12.30")), (Float, 0.25), (Integer, 7), (JSON, [{"a": "b"}, 1, None]),
        (LargeBinary, b"\x00\xff"),
    ]  # fmt: skip
    sort = getattr(column.type, "impl_instance", column.type)
    return next((value for kind, value in kinds if isinstance(sort, kind)), "ñ 'quoted'")


class Altered:
    """The first row's value is another one within the block."""

    def __init__(self, url: str, table: str, column: str) -> None:
        self._path, self._table, self._column = url.removeprefix("sqlite:///"), table, column

    def __enter__(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as file:
            query = f'SELECT rowid, "{self._column}" FROM "{self._table}" LIMIT 1'
            self._rowid, self._value = file.execute(query).fetchone()
            other = self._value + 1000 if isinstance(self._value, int | float) else f"{self._value!s}x"
            self._set(file, other)
            if not file.execute(f'SELECT 1 FROM "{self._table}" WHERE rowid = ?', (self._rowid,)).fetchone():
                self._rowid = other  # SQLite's own name for an integer key

    def __exit__(self, *_: object) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as file:
            self._set(file, self._value)

    def _set(self, file: sqlite3.Connection, value: object) -> None:
        changed = file.execute(
            f'UPDATE "{self._table}" SET "{self._column}" = ? WHERE rowid = ?', (value, self._rowid)
        )
        assert changed.rowcount == 1


class Deleted:
    """The first row is not there within the block."""

    def __init__(self, url: str, table: str) -> None:
        self._path, self._table = url.removeprefix("sqlite:///"), table

    def __enter__(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as file:
            rowid, *self._row = file.execute(f'SELECT rowid, * FROM "{self._table}" LIMIT 1').fetchone()
            file.execute(f'DELETE FROM "{self._table}" WHERE rowid = ?', (rowid,))

    def __exit__(self, *_: object) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as file:
            file.execute(f'INSERT INTO "{self._table}" VALUES ({", ".join("?" * len(self._row))})', self._row)
