"""What is held of a person, in one file that they may have: cases, conversations, feedback, surveys, files.

For requests under data protection law (in the European Union: access and portability, GDPR articles 15 and
20). The organisation's own work on a case (notes, tasks, evidence, drafts, who looked at what) is left out:
``recourse case export`` has it. `docs/case-file.md` describes the file. Each export is an event of each case.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from bot.privacy import persons
from channels import transcript
from channels.transcript import Conversation
from complaints import register
from complaints.record import Feedback
from handoff.case_documents import archive, record
from handoff.case_documents.exporting import EXPORTED
from handoff.case_documents.record import Copy, plain, rows_of

SCHEMA = "recourse.person/1"
FORM = "person"

_TABLES = {
    "survey": "reference",
    "letter": "complaint_id",
    "own_answer": "complaint_id",
    "understanding": "message_id",
    "dialogue": "conversation",
    "legal_hold": "conversation",
}
"""Other tables with something about a person, and what their rows belong to."""

_OURS = frozenset({
    "note", "viewed", "task_added", "task_done", "task_dropped", "task_passed", "evidence_added", "conflict",
    "conflict_lifted", "letter_drafted", "letter_edited", "letter_discarded",
})  # fmt: skip
"""Events that are the organisation's own work, and may name colleagues or third parties."""


def gather(session: Session, wanted: str, copy: Copy, now: datetime) -> dict[str, Any]:
    """All that is held of the person whom ``wanted`` names, after it was recorded that it is taken out.

    ``wanted`` is an e-mail address, a telephone number, a conversation ("telegram:4711") or a reference.
    Raises `bot.privacy.record.NobodyFound`.
    """
    person = persons.find(session, wanted)
    for conversation in person.conversations:  # in the order of their names, as everywhere
        transcript.lock(session, conversation)
    cases = [register.find(session, reference) for reference in person.references]
    for case in cases:
        register.record(session, case, EXPORTED, actor=copy.by, now=now, form=FORM)
    conversations = [_conversation(session, name) for name in person.conversations]
    numbers = [m["id"] for c in conversations for m in c["messages"]]
    by: dict[str, list[Any]] = {
        "conversation": list(person.conversations),
        "reference": list(person.references),
        "complaint_id": list(person.cases),
        "message_id": numbers,
    }
    return plain(  # type: ignore[no-any-return]
        {
            "schema": SCHEMA,
            "exported": asdict(copy),
            "conversations": conversations,
            "cases": [_case(session, case.reference) for case in cases],
            "feedback": [
                row.model_dump(exclude={"id"})
                for row in session.exec(
                    select(Feedback).where(col(Feedback.conversation).in_(person.conversations))
                )
            ],
            "records": _records(session, by),
        }
    )


def write_zip(found: dict[str, Any], data_dir: Path, language: str, to: Path) -> None:
    """The ZIP file: ``person.json``, a transcript for each conversation, the files, ``manifest.json``."""
    listed = []
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as kept:
        for name, content in _contents(found, data_dir, language):
            kept.writestr(name, content)
            listed.append({"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        manifest = {"schema": archive.MANIFEST, "exported": found["exported"], "files": listed}
        kept.writestr("manifest.json", _json(manifest))


def _contents(found: dict[str, Any], data_dir: Path, language: str) -> Iterator[tuple[str, bytes]]:
    names: dict[int, str] = {}
    for number, file in enumerate((f for c in found["conversations"] for f in c["files"]), 1):
        if not file["path"]:
            continue
        try:
            content = (data_dir / file["path"]).read_bytes()
        except OSError:
            continue  # said in person.json: it has no place in the archive
        names[file["id"]] = f"files/{number:02d}-{archive.safe_name(file['name'])}"
        yield names[file["id"]], content
    for conversation in found["conversations"]:
        for file in conversation["files"]:
            file["in_archive"] = names.get(file["id"])
    yield "person.json", _json(found)
    for number, conversation in enumerate(found["conversations"], 1):
        name = archive.safe_name(conversation["conversation"]["channel"])
        said = {**conversation, "exported": found["exported"], "case": {"anonymous": False, "name": None}}
        yield f"conversations/{number:02d}-{name}.txt", archive.transcript(said, language).encode()


def _conversation(session: Session, name: str) -> dict[str, Any]:
    held = session.get_one(Conversation, name)
    messages = record.messages_of(session, name)
    files = record.files_of(session, messages)
    return {
        "conversation": held.model_dump(exclude={"holder", "last_seq"}),
        "messages": [record.message_as_data(m, files) for m in messages],
        "files": [record.file_as_data(f, messages) for f in files],
    }


def _case(session: Session, reference: str) -> dict[str, Any]:
    case = register.find(session, reference)
    events = [e for e in register.events_of(session, case) if e.kind not in _OURS]
    return {
        **case.model_dump(exclude={"id", "clock"}),
        "events": [e.model_dump(exclude={"id", "complaint_id"}) for e in events],
    }


def _records(session: Session, by: dict[str, list[Any]]) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for name, column in _TABLES.items():
        values = by[column]
        found[name] = [
            row
            for start in range(0, len(values), 500)  # a statement has room for so many values only
            for row in rows_of(session, SQLModel.metadata.tables[name], column, values[start : start + 500])
            if row.get("state") not in ("draft", "discarded")
        ]
    return {name: rows for name, rows in found.items() if rows}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
