"""Compares every audited row with its latest entry, every entry with its mark, every seal with its link."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session, select

from bot.audit import beginning, postgresql, sealing, sqlite
from bot.audit.audited import APPEND_ONLY, KEPT, Audited, audited
from bot.audit.sealing import Head
from bot.audit.sql import EMPTY, Sql
from complaints.audit import NOTHING, Entry, Keys, document, is_of, is_ours, link, pseudonym
from complaints.audit_record import AuditRedaction
from handoff.webhooks.record import FEED

_AT_ONCE = 2_000  # rows in memory at a time


class AuditError(Exception):
    """The trail cannot be verified at all; the text is one line that names the remedy."""


@dataclass(frozen=True)
class Finding:
    """Something that the program did not do. ``case``: references, if it belongs to any."""

    table: str
    key: str
    what: str
    case: str = ""

    def __str__(self) -> str:
        return f"{self.table} {self.key}{f' of case {self.case}' if self.case else ''}: {self.what}"


@dataclass
class Report:
    """What a verification came to."""

    begun_at: datetime
    entries: int = 0
    unsealed: int = 0
    rows: int = 0
    head: Head | None = None
    redactions: list[AuditRedaction] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def verify(session: Session, keys: Keys, kept: Head | None, head: str | None = None) -> Report:
    """Verify the whole trail on one snapshot. Raises `AuditError`.

    ``kept`` is the head in the data folder, ``head`` a link that the operator kept elsewhere.
    """
    return _Verification(session, keys).run(kept, head)


class _Verification:
    def __init__(self, session: Session, keys: Keys) -> None:
        self._session = session
        self._keys = keys
        self._connection: Connection = session.connection()
        self._sql: Sql = postgresql.SQL if self._connection.dialect.name == "postgresql" else sqlite.SQL
        self._report = Report(datetime.fromtimestamp(self._beginning() / 1000, UTC))
        self._cases: dict[str, str] = {}
        self._conversations: dict[str, str] | None = None

    def run(self, kept: Head | None, head: str | None) -> Report:
        report = self._report
        self._forms = self._said("SELECT form, name, CAST(columns AS text) FROM audit_form")
        # Rows first: what was altered is what an auditor wants to read first.
        for table in audited():
            self._rows(table)
            self._missing(table)
        if not any(finding.table == "audit_redaction" for finding in report.findings):
            report.redactions = list(self._session.exec(select(AuditRedaction).order_by("id")))
        self._kept_to()
        self._entries(kept, head)
        self._strangers()
        return report

    def _beginning(self) -> int:
        dialect = self._connection.dialect
        trail = (
            beginning.current(self._session) if dialect.has_table(self._connection, "audit_trail") else None
        )
        if trail is None:
            raise AuditError(
                "there is no audit trail in this database: it begins at the program's next start; "
                "if there was one, it has been removed: restore a backup"
            )
        if trail.fingerprint != self._keys.fingerprint:
            raise AuditError(
                "the audit trail was begun with another secret key: set RECOURSE_SECRET_KEY to the one of "
                f"{_told(trail.at)}, or put the file secret-key back into the data folder "
                "(every backup holds it)"
            )
        if not beginning.is_genuine(self._keys, trail):
            raise AuditError(
                "the beginning of the audit trail (table audit_trail) was altered: restore a backup"
            )
        return trail.at

    def _found(self, table: str, key: str, what: str, whose: str = "") -> None:
        self._report.findings.append(Finding(table, key, what, self._case(whose)))

    def _rows(self, table: Audited) -> None:
        """Every row against its latest entry."""
        names = self._sql.columns(table, "t")
        if self._sql.dialect == "postgresql":
            names = [f"CAST(json_build_array({', '.join(names)}) AS text)"]
        plain = self._sql.plain_key(table, "t")
        for key, whose, number, at, form, op, entry_whose, mark, values in self._latest(table, plain, names):
            self._report.rows += 1
            if number is None:
                self._found(table.name, key, "was put in by something other than this program", whose)
                continue
            entry = Entry(at, table.name, form, self._named(table, key), op, entry_whose)
            if op == "D":
                self._found(table.name, key, "had been deleted, and is there again", whose)
            elif form != table.form:
                self._by_older_form(table, key, entry, mark)
            elif not is_of(self._keys, entry, sealing.plain(mark), self._document(values)):
                self._found(table.name, key, f"was altered after {_told(at)}", entry_whose or whose)

    def _latest(self, table: Audited, plain: str, names: Sequence[str]) -> Iterator[Sequence[Any]]:
        """The rows, each with its latest entry."""
        if table.name == "conversation":
            yield from self._latest_of_pseudonyms(table, plain, names)
            return
        latest = f"(SELECT max(id) FROM audit_entry WHERE name = '{table.name}' AND key = {plain})"
        rows = f'(SELECT t.*, {latest} AS audit_latest FROM "{table.name}" t)'
        for row in self._stream(
            f"SELECT {plain}, {self._plain_whose(table)}, e.id, e.at, e.form, e.op, e.whose, e.mark, "
            f"{', '.join(names)} FROM {rows} t LEFT JOIN audit_entry e ON e.id = t.audit_latest "
            f"ORDER BY {_by(table)}"
        ):
            yield (*row[:8], row[8:])

    def _latest_of_pseudonyms(
        self, table: Audited, plain: str, names: Sequence[str]
    ) -> Iterator[Sequence[Any]]:
        entries = {
            key: rest
            for key, *rest in self._stream(
                "SELECT e.key, e.id, e.at, e.form, e.op, e.whose, e.mark FROM audit_entry e WHERE e.id IN "
                f"(SELECT max(id) FROM audit_entry WHERE name = '{table.name}' GROUP BY key)"
            )
        }
        nothing = [None] * 6
        for row in self._stream(
            f'SELECT {plain}, {", ".join(names)} FROM "{table.name}" t ORDER BY {_by(table)}'
        ):
            yield (
                row[0],
                f"v:{self._named(table, row[0])}",
                *entries.get(self._named(table, row[0]), nothing),
                row[1:],
            )

    def _named(self, table: Audited, key: str) -> str:
        return pseudonym(self._keys, key) if table.name == "conversation" else key

    def _document(self, values: Sequence[Any]) -> str:
        return values[0] if self._sql.dialect == "postgresql" else document(tuple(values))

    def _by_older_form(self, table: Audited, key: str, entry: Entry, mark: bytes) -> None:
        """A row that has not changed since its table got other columns."""
        name, columns = self._forms.get(entry.form, ("", []))
        if name != table.name:
            self._found(table.name, key, "its entry names no known form", entry.whose)
            return
        names = self._sql.columns(table, "t", columns)
        document_ = ", ".join(names)
        if self._sql.dialect == "postgresql":
            document_ = f"CAST(json_build_array({document_}) AS text)"
        if not set(columns) <= self._columns(table.name):
            return  # a column that it covered is gone: nothing can be said any more
        where = f"{self._sql.plain_key(table, 't')} = '{key.replace(chr(39), chr(39) * 2)}'"
        row = self._connection.exec_driver_sql(
            f'SELECT {document_} FROM "{table.name}" t WHERE {where}'
        ).one()
        if not is_of(self._keys, entry, sealing.plain(mark), self._document(tuple(row))):
            self._found(table.name, key, f"was altered after {_told(entry.at)}", entry.whose)

    def _columns(self, name: str) -> set[str]:
        return {str(c["name"]) for c in self._connection.dialect.get_columns(self._connection, name)}

    def _missing(self, table: Audited) -> None:
        """Rows of which the latest entry does not say that they were deleted, and that are not there."""
        if table.name == "conversation":
            there = {self._named(table, key) for (key,) in self._stream(f'SELECT id FROM "{table.name}"')}
            gone: Iterable[Sequence[Any]] = (
                row for row in self._stream(_LAST_OF_TABLE.format(table.name, "")) if row[0] not in there
            )
        else:
            # Each row's key once, not once for each entry; the two databases plan it in different ways.
            keys = f'SELECT {self._sql.plain_key(table, "t")} AS key FROM "{table.name}" t'
            if self._sql.dialect == "postgresql":
                is_gone = f"NOT EXISTS (SELECT 1 FROM ({keys}) r WHERE r.key = e.key)"
            else:
                is_gone = f"e.key NOT IN ({keys})"
            gone = self._stream(_LAST_OF_TABLE.format(table.name, f"AND {is_gone}"))
        for key, whose in list(gone):
            self._found(table.name, key, "was deleted by something other than this program", whose)

    def _kept_to(self) -> None:
        """What the program itself must not have done, but for a redaction that says so."""
        redacted = self._said("SELECT id, name, CAST(keys AS text) FROM audit_redaction").values()
        said = {(name, str(key)) for name, keys in redacted for key in keys}
        changed = ", ".join(f"'{name}'" for name in sorted(APPEND_ONLY))
        deleted = ", ".join(f"'{name}'" for name in sorted(KEPT))
        for name, key, op, at, whose in list(self._stream(
            f"SELECT name, key, op, at, whose FROM audit_entry WHERE (op = 'U' AND name IN ({changed})) "
            f"OR (op = 'D' AND name IN ({deleted})) ORDER BY id"
        )):  # fmt: skip
            if (name, key) not in said:
                done = "changed" if op == "U" else "deleted"
                self._found(name, key, f"was {done} at {_told(at)} without a redaction that says why", whose)

    def _entries(self, kept: Head | None, head: str | None) -> None:
        """Every entry's own mark, and the chain of seals over them."""
        seals = {
            row[0]: row
            for row in self._stream("SELECT number, at, entries, whole, last, link FROM audit_seal")
        }
        before, whole, expected = NOTHING, 0, 1
        for number, rows in groupby(self._stream(_ALL_ENTRIES), key=lambda row: row[8]):
            entries = list(rows)
            for row in entries:
                self._report.entries += 1
                if not is_ours(self._keys, Entry(*row[1:7]), sealing.plain(row[7])):
                    self._found("audit_entry", str(row[0]), f"is forged (about {row[2]} {row[4]})", row[6])
            if number is None:
                self._report.unsealed = len(entries)
                continue
            seal = seals.get(number)
            whole += len(entries)
            made = link(self._keys, before, seal[:5] if seal else (), map(sealing.as_line, entries))
            counted = (expected, len(entries), whole)
            if seal is None or (seal[0], *seal[2:4]) != counted or seal[5] != made.hex():
                at = _told(entries[0][1])
                self._found("audit_seal", str(expected), f"the chain is broken here: an entry about {at} "
                            "or later was deleted, inserted or exchanged")  # fmt: skip
                return
            before, expected = made, number + 1
        if seals and max(seals) >= expected:
            self._found("audit_seal", str(expected), "the entries of this seal are gone")
            return
        if expected > 1:
            last = seals[expected - 1]
            self._report.head = Head(last[0], last[5], last[3])
        links = {seal[5]: seal[0] for seal in seals.values()}
        if kept is not None and links.get(kept.link) != kept.number:
            self._found("audit_seal", str(kept.number), f"differs from the head in the data folder: {_CUT}")
        if head is not None and head not in links:
            self._found("audit_seal", head[:16], f"no seal has the link that you kept: {_CUT}")

    def _said(self, query: str) -> dict[str, tuple[str, list[str]]]:
        """Rows of (key, name, list): read as they lie there, for they may have been altered."""
        found: dict[str, tuple[str, list[str]]] = {}
        for key, name, written in self._stream(query):
            with suppress(ValueError):
                read = json.loads(written)
                found[str(key)] = (name, list(map(str, read)) if isinstance(read, list) else [])
        return found

    def _strangers(self) -> None:
        """Triggers that are not ours could alter audited rows in the program's own name."""
        names = {table.name for table in audited()}
        ours = {f"recourse_audit_{name}" for name in names}
        if self._sql.dialect == "postgresql":
            query = (
                "SELECT c.relname, t.tgname, p.proname, p.prosrc FROM pg_trigger t "
                "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
                "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
            )
        else:
            query = "SELECT tbl_name, name, name, sql FROM main.sqlite_master WHERE type = 'trigger'"
        for table, name, function, body in list(self._stream(query)):
            touches = names & {table, *re.findall(r"\w+", body)}
            if function not in ours and touches and not _is_feed(body):
                self._found(table, name, "is a trigger that this program did not make")

    def _stream(self, query: str) -> Iterator[Sequence[Any]]:
        result = self._connection.execution_options(yield_per=_AT_ONCE).exec_driver_sql(query)
        for part in result.partitions():
            yield from part

    def _plain_whose(self, table: Audited) -> str:
        """The way to the case as it stands now, for rows without an entry; conversations unmasked."""
        ways = [f"""'{w.upper() if w == "v" else w}:' || CAST(t."{c}" AS text)""" for w, c in table.whose]
        return f"COALESCE({', '.join([*ways, EMPTY, EMPTY])})"

    def _case(self, whose: str) -> str:
        """The references of the case, or of the conversation's cases."""
        if whose and whose not in self._cases:
            self._cases[whose] = self._look_up(*whose.partition(":")[::2])
        return self._cases.get(whose, "")

    def _look_up(self, way: str, value: str) -> str:
        if way == "r":
            return value
        if way in "cm" and not value.isdecimal():
            return ""
        if way == "c":
            return self._references("id = ?", int(value))
        if way == "m":
            found = self._ask("SELECT conversation FROM message WHERE id = ?", int(value))
            return self._look_up("V", found[0]) if found else ""
        return self._references("conversation = ?", value if way == "V" else self._unmasked(value))

    def _references(self, where: str, value: object) -> str:
        return ", ".join(
            self._ask(f"SELECT reference FROM complaint WHERE {where} ORDER BY id LIMIT 5", value)
        )

    def _ask(self, query: str, value: object) -> list[str]:
        if self._sql.dialect == "postgresql":
            query = query.replace("?", "$1")
        return [str(found) for (found,) in self._connection.exec_driver_sql(query, (value,))]

    def _unmasked(self, name: str) -> str:
        if self._conversations is None:
            self._conversations = {
                pseudonym(self._keys, id_): id_ for (id_,) in self._stream("SELECT id FROM conversation")
            }
        return self._conversations.get(name, "")


_CUT = "the end of the trail was cut off, or the database is an older copy"
_LAST_OF_TABLE = """SELECT e.key, e.whose FROM audit_entry e WHERE e.id IN
    (SELECT max(id) FROM audit_entry WHERE name = '{0}' GROUP BY key) AND e.op <> 'D' {1}"""
_ALL_ENTRIES = """SELECT id, at, name, form, key, op, whose, mark, seal FROM audit_entry
    ORDER BY seal IS NULL, seal, id"""


def _by(table: Audited) -> str:
    return ", ".join(f't."{column}"' for column in table.key)


def _told(at: int) -> str:
    try:
        return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (TypeError, ValueError, OverflowError):
        return "an unknown time"  # it was altered, too


def summary(report: Report) -> Counter[str]:
    """Findings by table."""
    return Counter(finding.table for finding in report.findings)


def _is_feed(body: str) -> bool:
    """Whether this is, to the letter, the one other trigger of ours, which lists events for webhooks."""
    made = [statement for statements in FEED.values() for statement in statements]
    bodies = [part for statement in made for part in (statement, *statement.split("$$")[1:2])]
    return body.split() in [known.split() for known in bodies]
