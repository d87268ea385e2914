"""The two databases' SQL about an audited row: its key, its way to the case, its document, its entry.

Both write entries by triggers, so that nobody can forget to: ORM, Core and plain SQL leave the same
trail, in the transaction of the change. `bot.audit.sqlite` and `bot.audit.postgresql` put them in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.audit.audited import PSEUDONYMOUS, READ_AS, Audited
from complaints.audit_record import AuditEntry

EMPTY = "''"  # twice, for COALESCE wants two at least
ENTRY = str(AuditEntry.__tablename__)

_NOW = {
    "sqlite": "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)",
}


@dataclass(frozen=True)
class Sql:
    """The expressions of one database."""

    dialect: str

    def key(self, table: Audited, alias: str) -> str:
        """The row's primary key as text, or what stands for it."""
        plain = self.plain_key(table, alias)
        return f"recourse_name({plain})" if table.name in PSEUDONYMOUS else plain

    def plain_key(self, table: Audited, alias: str) -> str:
        """The row's primary key as text; of several columns: joined by ``/``."""
        return " || '/' || ".join(f'CAST({alias}."{column}" AS text)' for column in table.key)

    def whose(self, table: Audited, alias: str) -> str:
        """What leads from the row to its case; empty if nothing does."""
        ways = []
        for way, column in table.whose:
            value = f'CAST({alias}."{column}" AS text)'
            ways.append(f"'{way}:' || " + (f"recourse_name({value})" if way == "v" else value))
        return f"COALESCE({', '.join([*ways, EMPTY, EMPTY])})"

    def columns(self, table: Audited, alias: str, columns: Iterable[str] | None = None) -> list[str]:
        """The stored values that a digest covers."""
        wanted = table.columns if columns is None else columns
        return [READ_AS.get((table.name, c), "{0}").format(f'{alias}."{c}"') for c in wanted]

    def document(self, table: Audited, alias: str) -> str:
        """The arguments that carry the document into ``recourse_mark``."""
        columns = ", ".join(self.columns(table, alias))
        return columns if self.dialect == "sqlite" else f"CAST(json_build_array({columns}) AS text)"

    def entry(self, table: Audited, alias: str, op: str, rest: str = "") -> str:
        """The statement that writes an entry about the row ``alias``; ``rest``: FROM and WHERE."""
        said = f"'{table.name}', '{table.form}', {self.key(table, alias)}, '{op}', {self.whose(table, alias)}"
        now = _NOW[self.dialect]
        if self.dialect == "postgresql":  # the clock goes on within a statement: it is read once
            rest = f"{rest.replace('FROM ', 'FROM moment, ', 1)}" if rest else "FROM moment"
            with_, now = f"WITH moment AS MATERIALIZED (SELECT {now} AS at) ", "moment.at"
        else:
            with_ = ""
        return (
            f"{with_}INSERT INTO {ENTRY} (at, name, form, key, op, whose, mark) "
            f"SELECT {now}, {said}, recourse_mark({now}, {said}, {self.document(table, alias)}) {rest}"
        )

    def begin(self, table: Audited) -> str:
        """The statement that writes an entry for every row that has none."""
        seen = f"SELECT 1 FROM {ENTRY} e WHERE e.name = '{table.name}' AND e.key = {self.key(table, 't')}"
        return self.entry(table, "t", "B", f'FROM "{table.name}" t WHERE NOT EXISTS ({seen})')
