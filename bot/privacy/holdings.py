"""What each table holds of a person, and what an erasure leaves of it. `docs/privacy.md` says it in words.

A row belongs to a person by its conversation, its case or its message. What a table is not named for here is
emptied of every text: a table that somebody adds holds nothing back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import JSON, Column, String, Table, TypeDecorator
from sqlmodel import SQLModel

LINKS = ("conversation", "complaint_id", "reference", "message_id")

DELETED = frozenset({"dialogue", "understanding", "review_decision", "sign_of_life", "proof"})
"""Tables whose rows go."""

KEPT = frozenset({
    "handoff", "hidden", "case_tie", "handoff_pass", "improvement_case", "case_audit_sample",
    "signal_case", "by_hand",
})  # fmt: skip
"""Tables that hold codes, dates and agents' names only."""

ELSEWHERE = frozenset({"conversation", "complaint", "event", "message", "case_words", "job", "lane"})
"""Tables that `bot.privacy.erasing` treats itself."""

_NEUTRAL = frozenset({
    "id", "conversation", "reference", "other", "channel", "language", "kind", "state", "status", "decision",
    "remedy", "currency", "cause_kind", "author", "actor", "by", "agent", "owner", "made_by", "ended_by",
    "added_by", "written_by", "checked_by", "declared_by", "undone_by", "released_by", "media_type", "grade",
    "refused", "job", "ts", "question", "proposed",
})  # fmt: skip
"""Columns that say nothing of a person: codes, and names of those at the desk."""


@dataclass(frozen=True)
class Emptied:
    """A table of which rows stay and texts go."""

    table: Table
    columns: tuple[Column[object], ...]

    def values(self) -> dict[str, object]:
        """What stands in the columns afterwards."""
        return {column.name: nothing(column) for column in self.columns}


def _plain(column: Column[object]) -> object:
    """The column's type without its wrapping."""
    kind = column.type
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def nothing(column: Column[object]) -> object:
    """What a column holds that holds nothing."""
    if column.nullable:
        return None
    return [] if isinstance(_plain(column), JSON) else ""


def linked() -> Iterator[Table]:
    """The tables whose rows may belong to a person, those that others point to last."""
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name not in ELSEWHERE and any(link in table.columns for link in LINKS):
            yield table


def emptied(table: Table) -> Emptied:
    """The columns of a table that are emptied: its texts, but for codes and links."""
    columns = tuple(
        column
        for column in table.columns
        if isinstance(_plain(column), String | JSON)
        and column.name not in _NEUTRAL
        and not column.primary_key
        and not column.foreign_keys
    )
    return Emptied(table, columns)
