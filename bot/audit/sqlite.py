"""SQLite: triggers that only our own connections have, and the functions that sign for them.

They are TEMP triggers: they live in the connection that made them. Whoever opens the file with another
program has neither them nor the key, so what is changed there leaves no entry. A trigger in the file
itself would have been put there by somebody else, and `recourse audit verify` says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import lru_cache

from sqlalchemy import Connection

from bot.audit.audited import Audited, audited
from bot.audit.sql import ENTRY, Sql
from complaints.audit import Keys, document, pseudonym, sign

SQL = Sql("sqlite")


def arming(keys: Keys) -> Callable[[sqlite3.Connection], None]:
    """What makes a writing connection sign, as soon as it is made and before its first transaction.

    In a transaction the triggers would vanish with it if it is rolled back.
    """

    def arm(connection: sqlite3.Connection) -> None:
        there = {
            name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
        }
        if ENTRY not in there:
            return  # not migrated yet: `bot.audit.beginning.begin` does nothing either
        _teach(connection, keys)
        for table in audited():
            if table.name in there:
                for statement in _triggers(table):
                    connection.execute(statement)

    return arm


def is_armed(connection: Connection) -> bool:
    """Whether what this connection writes is signed."""
    return connection.exec_driver_sql("SELECT 1 FROM temp.sqlite_master LIMIT 1").first() is not None


def _teach(driver: sqlite3.Connection, keys: Keys) -> None:
    """The functions by which triggers sign: they know the key, the database does not."""

    def mark(
        at: int, name: str, form: str, key: str, op: str, whose: str, *values: str | float | bytes | None
    ) -> bytes:
        return sign(keys, at, name, form, key, op, whose, document(values))

    @lru_cache(1_000)  # whoever writes now writes again
    def name(text: str | None) -> str | None:
        return None if text is None else pseudonym(keys, text)

    driver.create_function("recourse_mark", -1, mark, deterministic=True)
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
