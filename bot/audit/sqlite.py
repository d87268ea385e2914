"""SQLite: triggers that only our own connections have, and the functions that sign for them.

They are TEMP triggers: they live in the connection that made them. Whoever opens the file with another
program has neither them nor the key, so what is changed there leaves no entry. A trigger in the file
itself would have been put there by somebody else, and `recourse audit verify` says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from bot.audit.audited import Audited, audited
from bot.audit.sql import ENTRY, Sql
from complaints.audit import Entry, Keys, document, mark, pseudonym

SQL = Sql("sqlite")


def arming(keys: Keys) -> Callable[[Connection], None]:
    """What a writing connection does at the beginning of a transaction: nothing, once it is armed.

    It looks every time, for the triggers vanish again with a transaction that is rolled back.
    """

    def arm(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        if driver.execute("SELECT 1 FROM temp.sqlite_master LIMIT 1").fetchone():
            return
        there = {name for (name,) in connection.exec_driver_sql(
            "SELECT name FROM main.sqlite_master WHERE type = 'table'"
        )}  # fmt: skip
        if ENTRY not in there:
            return  # not migrated yet
        _teach(driver, keys)
        for table in audited():
            if table.name in there:
                for statement in _triggers(table):
                    driver.execute(statement)

    return arm


def _teach(driver: sqlite3.Connection, keys: Keys) -> None:
    """The functions by which triggers sign: they know the key, the database does not."""

    def sign(
        at: int, name: str, form: str, key: str, op: str, whose: str, *values: str | float | bytes | None
    ) -> bytes:
        return mark(keys, Entry(at, name, form, key, op, whose), document(values))

    def name(text: str | None) -> str | None:
        return None if text is None else pseudonym(keys, text)

    driver.create_function("recourse_mark", -1, sign, deterministic=True)
    driver.create_function("recourse_name", 1, name, deterministic=True)


def _triggers(table: Audited) -> Iterator[str]:
    quoted = ", ".join(f'"{column}"' for column in table.columns)
    old, new = SQL.columns(table, "old"), SQL.columns(table, "new")
    changed = " OR ".join(f"{before} IS NOT {after}" for before, after in zip(old, new, strict=True))
    moved = f"{SQL.plain_key(table, 'old')} IS NOT {SQL.plain_key(table, 'new')}"
    for name, when, statement in (
        ("insert", "INSERT", SQL.entry(table, "new", "I")),
        ("update", f"UPDATE OF {quoted}", SQL.entry(table, "new", "U", f"WHERE {changed}")),
        ("delete", "DELETE", SQL.entry(table, "old", "D")),
        ("move", f"UPDATE OF {quoted}", SQL.entry(table, "old", "D", f"WHERE {moved}")),
    ):
        yield (
            f'CREATE TEMP TRIGGER IF NOT EXISTS "audit_{table.name}_{name}" AFTER {when} '
            f'ON main."{table.name}" BEGIN {statement}; END'
        )
