"""What a database intends to do for the statements that a unit of work really executes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event
from sqlmodel import Session

from bot.db import Database

SMALL = frozenset(
    {"agent", "console_session", "desk_profile", "handoff_pass", "sign_in_link", "webhook_endpoint", "worker"}
)
"""As many rows as people and processes: they may be read whole."""


@dataclass(frozen=True)
class Step:
    """One step of a plan. ``whole`` says that it reads all of a table or of an index, or sorts what it found.

    A sort has no table. Before a limit it means that everything was read for the sake of a few.
    """

    table: str
    index: str | None
    whole: bool

    @property
    def sorts(self) -> bool:
        """Whether it puts rows in order that were not found in it."""
        return not (self.table or self.index)


@dataclass(frozen=True)
class Plan:
    """A statement and the steps that read tables for it."""

    statement: str
    steps: tuple[Step, ...]
    told: str

    def faults(
        self, walks: frozenset[str] = frozenset(), small: frozenset[str] = SMALL, *, few: bool = False
    ) -> list[Step]:
        """Steps that read the whole of a table that is not ``small``, or sort before a limit.

        ``walks`` are indexes, or tables by their numbers, that may be read in their order, up to a limit;
        ``few`` allows to sort.
        """
        limited = "LIMIT" in self.statement
        return [
            step
            for step in self.steps
            if step.whole
            and (limited and not few if step.sorts else step.table not in small)
            and not (limited and (step.index or step.table) in walks)
        ]


_AS_IF_LARGE = (
    "enable_seqscan = off",
    "enable_hashjoin = off",  # it reads one side whole
    "enable_mergejoin = off",
    "cpu_tuple_cost = 10",  # a row that is read in vain costs as much as thousands of them
    "random_page_cost = 0.001",
)


class _Undo(Exception):
    """Nothing that was looked at has happened."""


async def plans_of(
    database: Database, unit: Callable[[Session], object], *, strict: bool = False
) -> list[Plan]:
    """Do the unit of work, ask for the plan of each of its statements, and undo everything.

    ``strict`` lets PostgreSQL plan as if its tables were large: with few rows it rightly reads them
    whole, and what it reads whole even so has no index that would help.
    """
    found: list[Plan] = []

    def look(session: Session) -> None:
        connection = session.connection()
        if strict and connection.dialect.name == "postgresql":
            for setting in _AS_IF_LARGE:
                connection.exec_driver_sql(f"SET LOCAL {setting}")
        seen: list[tuple[str, Any]] = []

        def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            seen.append((statement, parameters))

        driver: Any = connection.connection.dbapi_connection
        if connection.dialect.name == "sqlite":  # the driver itself tells, with the values in their places
            driver.set_trace_callback(
                # but not what the index of words asks of its own tables
                lambda told: None if "'main'." in told else seen.append((told, ()))
            )
        else:
            event.listen(connection, "before_cursor_execute", note)
        try:
            unit(session)
            session.flush()
        finally:
            if connection.dialect.name == "sqlite":
                driver.set_trace_callback(None)
            else:
                event.remove(connection, "before_cursor_execute", note)
        asked: set[str] = set()
        for statement, parameters in seen:
            # The same statement for one id and for two are two texts and one question.
            shape = re.sub(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b", "?", statement)
            shape = re.sub(r"(\?|\$\d+(::[\w ]+)?)(, (\?|\$\d+(::[\w ]+)?))+", "?", shape)
            if statement.lstrip()[:6].upper() in {"SELECT", "UPDATE", "DELETE"} and shape not in asked:
                asked.add(shape)
                found.append(_explain(connection, statement, parameters))
        raise _Undo

    try:
        await database.run(look)
    except _Undo:
        return found
    raise AssertionError("unreachable")


def _explain(connection: Connection, statement: str, parameters: Any) -> Plan:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        details = [str(row[3]) for row in rows]
        return Plan(statement, tuple(_sqlite_steps(details)), "\n".join(details))
    [[told]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).all()
    plan = json.loads(told) if isinstance(told, str) else told
    return Plan(statement, tuple(_postgresql_steps(plan[0]["Plan"])), json.dumps(plan, indent=1))


def _sqlite_steps(details: list[str]) -> Iterator[Step]:
    for detail in details:
        if detail == "USE TEMP B-TREE FOR ORDER BY":
            yield Step("", None, whole=True)
        found = re.match(
            r"(SCAN|SEARCH) (\w+)(?: USING (?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?INDEX (\w+))?", detail
        )
        if found and not found[2].startswith(("CONSTANT", "anon_", "json_each")):
            # anon_: what a subquery found; json_each: a list of values that were given.
            # What FTS5 looks up by its words ("M") is a scan to SQLite, which knows no other plan for it.
            matched = re.search(r"VIRTUAL TABLE INDEX \d+:.*M", detail) is not None
            whole = (found[1] == "SCAN" and not matched) or "AUTOMATIC" in detail
            yield Step(found[2], found[3], whole=whole)


def _postgresql_steps(node: dict[str, Any]) -> Iterator[Step]:
    kind = node["Node Type"]
    if kind == "Seq Scan":
        yield Step(node["Relation Name"], None, whole=True)
    elif kind in {"Index Scan", "Index Only Scan"}:
        yield Step(node["Relation Name"], node["Index Name"], whole="Index Cond" not in node)
    elif kind == "Bitmap Index Scan":
        yield Step("", node["Index Name"], whole="Index Cond" not in node)
    elif kind == "Sort":
        yield Step("", None, whole=True)
    for child in node.get("Plans", ()):
        yield from _postgresql_steps(child)
