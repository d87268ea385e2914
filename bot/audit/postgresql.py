"""PostgreSQL: triggers in the database, and a key that only our own sessions bring along.

A session gets the key as two settings when it connects (`settings`); the triggers sign with them, and
do nothing in any other session. No table holds the key, and no other session can read a setting.
Whoever may define functions could read it inside our sessions: the chain of seals has a key of its own
that never leaves the program, so what was sealed stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from bot.audit.audited import Audited, audited
from bot.audit.sql import Sql
from complaints.audit import Keys

SQL = Sql("postgresql")

_INNER, _OUTER = "recourse.audit_inner", "recourse.audit_outer"
_VERSION = "1"  # of the functions: another one when they change

FUNCTIONS = (
    f"""CREATE OR REPLACE FUNCTION recourse_hmac(message bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(decode(current_setting('{_OUTER}'), 'hex')
        || sha256(decode(current_setting('{_INNER}'), 'hex') || message)) $$""",
    """CREATE OR REPLACE FUNCTION recourse_name(plain text) RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT encode(substr(recourse_hmac(convert_to('name' || chr(31) || plain, 'UTF8')), 1, 8), 'hex') $$""",
    """CREATE OR REPLACE FUNCTION recourse_mark(at bigint, name text, form text, key text, op text,
        whose text, document text) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
    DECLARE of_row bytea := substr(recourse_hmac(convert_to(
        concat_ws(chr(31), 'row', name, form, key, document), 'UTF8')), 1, 16);
    BEGIN RETURN of_row || substr(recourse_hmac(convert_to(
        concat_ws(chr(31), 'entry', at, name, form, key, op, whose, ''), 'UTF8') || of_row), 1, 16);
    END $$""",
)


def settings(keys: Keys) -> dict[str, str]:
    """What a session of ours says of itself when it connects."""
    inner, outer = keys.pads
    return {_INNER: inner, _OUTER: outer}


def install(connection: Connection) -> None:
    """Put functions and triggers in place that are not there in today's form; the caller holds a lock."""
    known: dict[str, str] = dict(map(tuple, connection.exec_driver_sql(_KNOWN)))
    tables = audited()
    if all(known.get(table.name) == _name(table) for table in tables):
        return
    for statement in FUNCTIONS:
        connection.exec_driver_sql(statement)
    for table in tables:
        if known.get(table.name) != _name(table):
            for statement in _statements(table, known.get(table.name)):
                connection.exec_driver_sql(statement)


_KNOWN = """SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname LIKE 'audit\\_%' AND NOT t.tgisinternal AND pg_table_is_visible(c.oid)"""


def remove(connection: Connection) -> None:
    """Take them away, before everything is replaced by a backup."""
    for name in connection.exec_driver_sql(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'recourse\\_%' "
        "AND pg_function_is_visible(oid)"
    ).scalars():
        connection.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")


def _name(table: Audited) -> str:
    return f"audit_{_VERSION}_{table.form}"


def _statements(table: Audited, known: str | None) -> Iterator[str]:
    if known:
        yield f'DROP TRIGGER "{known}" ON "{table.name}"'
    old, new = SQL.document(table, "OLD"), SQL.document(table, "NEW")
    moved = f"{SQL.plain_key(table, 'OLD')} <> {SQL.plain_key(table, 'NEW')}"
    function = f"recourse_audit_{table.name}"
    yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF COALESCE(current_setting('{_INNER}', true), '') = '' THEN RETURN NULL; END IF;
    IF TG_OP = 'INSERT' THEN
        {SQL.entry(table, "NEW", "I")};
    ELSIF TG_OP = 'DELETE' THEN
        {SQL.entry(table, "OLD", "D")};
    ELSIF {old} <> {new} THEN
        IF {moved} THEN
            {SQL.entry(table, "OLD", "D")};
        END IF;
        {SQL.entry(table, "NEW", "U")};
    END IF;
    RETURN NULL; END $$"""
    yield (
        f'CREATE TRIGGER "{_name(table)}" AFTER INSERT OR UPDATE OR DELETE ON "{table.name}" '
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
