"""Everything on record about a case, for people outside the program: ``case.json``, version 1.

`docs/case-file.md` describes it. Besides the case itself it holds the rows of every other table that
refers to the case: a room that keeps something new about cases need not be named here for it to be
handed out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_rows

from channels import transcript
from channels.transcript import Conversation, File, Message
from complaints import investigation, register
from complaints.record import Complaint
from handoff.case_documents.answers import letters
from handoff.case_documents.promises import promises
from handoff.casework import linking

SCHEMA = "recourse.case/1"

LEFT_OUT = frozenset({"case_words", "complaint", "event", "handoff", "letter", "slack_case"})
"""Tables that are in the record already, or say nothing about the case: words for searching, its places."""

_HOLDS = "legal_hold"
"""A table about cases, or about all that a conversation holds, that has no foreign key: it outlives them."""

_SECRET = frozenset({"code", "code_digest", "salt", "token", "token_digest", "secret"})
"""Columns that prove something to us; a copy of them in a document would prove it to anybody."""


@dataclass(frozen=True)
class Copy:
    """Who takes a copy of a case out of the program, when, and in which name."""

    by: str  # an actor, as in `Event.actor`
    at: datetime
    organisation: str
    time_zone: str


def case_record(session: Session, reference: str, copy: Copy) -> dict[str, Any]:
    """The record of a case, with the whole conversation in which it was made. Raises `UnknownReference`.

    Times are ISO 8601 in UTC, amounts decimal strings.
    """
    case = register.find(session, reference)
    conversation = session.get_one(Conversation, case.conversation)
    events = register.events_of(session, case)
    messages = messages_of(session, conversation.id)
    files = files_of(session, messages)
    record = {
        "schema": SCHEMA,
        "exported": asdict(copy),
        "case": case.model_dump(exclude={"id"}),
        "conversation": conversation.model_dump(exclude={"route", "last_seq"}),
        "clocks": promises(case, events, copy.at),
        "related": [_related(r) for r in linking.tied(session, reference)],
        "merged_into": linking.merged_into(session, reference),
        "records": _of_other_tables(session, case),
        "letters": letters(session, case, messages),
        "messages": [message_as_data(m, files) for m in messages],
        "files": [file_as_data(f, messages) for f in files if f.reference in (None, reference)]
        + [_evidence_file(e) for e in investigation.evidence_of(session, case) if e.path],
        "events": [e.model_dump(exclude={"id", "complaint_id"}) for e in events],
    }
    return plain(record)  # type: ignore[no-any-return]


def plain(value: Any) -> Any:
    """``value`` as JSON holds it."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Decimal | Path):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def rows_of(session: Session, table: Table, column: str, values: Iterable[Any]) -> list[dict[str, Any]]:
    """The rows of a table with one of these values, without what is secret, in the order they came."""
    shown = [c for c in table.columns if c.name not in _SECRET]
    found = session.execute(
        select(*shown).where(table.columns[column].in_(list(values))).order_by(*table.primary_key.columns)
    )
    return [dict(zip((c.name for c in shown), row, strict=True)) for row in found]


def referring_to(target: str) -> list[tuple[Table, str]]:
    """The tables with a foreign key to ``target`` ("complaint.id"), and the column that it is on."""
    return [
        (table, key.parent.name)
        for table in sorted(SQLModel.metadata.tables.values(), key=lambda t: t.name)
        for key in table.foreign_keys
        if key.target_fullname == target
    ]


def _of_other_tables(session: Session, case: Complaint) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for target, value in (("complaint.id", case.id), ("complaint.reference", case.reference)):
        for table, column in referring_to(target):
            if table.name in LEFT_OUT:
                continue
            rows = [{k: v for k, v in row.items() if k != "complaint_id"}
                    for row in rows_of(session, table, column, [value])]  # fmt: skip
            known = found.setdefault(table.name, [])
            known.extend(row for row in rows if row not in known)
    if (holds := SQLModel.metadata.tables.get(_HOLDS)) is not None:
        found[_HOLDS] = [
            *rows_of(session, holds, "reference", [case.reference]),
            *rows_of(session, holds, "conversation", [case.conversation]),
        ]
    return {name: rows for name, rows in found.items() if rows}


def messages_of(session: Session, conversation: str) -> list[Message]:
    """All that was said in a conversation."""
    return list(
        session.exec(
            select_rows(Message).where(Message.conversation == conversation).order_by(col(Message.seq))
        )
    )


def files_of(session: Session, messages: Sequence[Message]) -> list[File]:
    """The files of some messages, however many these are."""
    ids = [m.id for m in messages if m.id is not None]
    return [  # a statement has room for so many values only
        file
        for start in range(0, len(ids), 500)
        for file in transcript.files_of(session, ids[start : start + 500])
    ]


def message_as_data(message: Message, files: Sequence[File]) -> dict[str, Any]:
    """A message, and the numbers of its files."""
    return {
        **message.model_dump(exclude={"conversation", "dedup", "route"}),
        "files": [f.id for f in files if f.message_id == message.id],
    }


def file_as_data(file: File, messages: Sequence[Message]) -> dict[str, Any]:
    """A file, and with which message it came."""
    message = next(m for m in messages if m.id == file.message_id)
    return {**file.model_dump(exclude={"locator", "message_id"}), "message": message.seq, "at": message.at}


def _evidence_file(evidence: investigation.Evidence) -> dict[str, Any]:
    """A file that somebody of ours has added; it came with no message."""
    return {
        **evidence.model_dump(include={"name", "media_type", "size", "digest", "path"}),
        "id": f"evidence-{evidence.id}", "reference": None, "refused": None, "message": None,
        "at": evidence.added_at,
    }  # fmt: skip


def _related(related: linking.Related) -> dict[str, Any]:
    """A case that belongs with this one, and how."""
    case = related.case
    return {"reference": case.reference, "kind": related.kind, "status": case.status}
