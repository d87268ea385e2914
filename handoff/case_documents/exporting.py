"""Taking a case out of the program: who may, that it is recorded, and the file itself.

The event (``exported``) is committed before anything is made of the record: nobody gets a copy that
the case does not know of, and the copy's own trail ends with itself.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlmodel import Session

from channels import transcript
from complaints import register
from handoff import queue
from handoff.case_documents import archive
from handoff.case_documents.record import Copy, case_record
from handoff.item import State
from handoff.staff.agents import NotAllowed, Person
from handoff.staff.roles import Right

EXPORTED = "exported"

_AT_A_TIME = threading.BoundedSemaphore(2)
"""Documents that one process makes at once: a long case takes a core for a second or two."""


class Form(StrEnum):
    """What a case file can be."""

    PDF = "pdf"
    ZIP = "zip"

    @property
    def media_type(self) -> str:
        """Its media type."""
        return f"application/{self.value}"


def may_export(session: Session, person: Person, reference: str) -> bool:
    """Whether somebody may take a copy: who supervises or audits, and the agent who holds the case."""
    if person.role.may(Right.SUPERVISE) or person.role.may(Right.INSPECT):
        return True
    item = queue.get(session, reference)
    return (
        person.role.may(Right.ANSWER)
        and item is not None
        and item.state == State.HELD
        and item.agent == person.name
    )


def export_by(
    session: Session, person: Person, reference: str, form: Form, copy: Copy, now: datetime
) -> dict[str, Any]:
    """The same as `export` for somebody at the desk. Raises `NotAllowed`, `UnknownReference`."""
    register.find(session, reference)
    if not may_export(session, person, reference):
        raise NotAllowed(f"the role {person.role} may export only a case that they hold")
    return export(session, reference, form, copy, now)


def export(session: Session, reference: str, form: str, copy: Copy, now: datetime) -> dict[str, Any]:
    """The record of a case, after the export itself has been recorded. Raises `UnknownReference`."""
    transcript.lock(session, register.find(session, reference).conversation)
    case = register.find(session, reference)
    register.record(session, case, EXPORTED, actor=copy.by, now=now, form=str(form))
    return case_record(session, reference, copy)


async def make(record: dict[str, Any], data_dir: Path, form: Form, language: str) -> Path:
    """The file, in a temporary place of its own: whoever has sent it deletes it."""

    def write() -> Path:
        with tempfile.NamedTemporaryFile(prefix="recourse-case-", suffix=f".{form}", delete=False) as file:
            path = Path(file.name)
        try:
            with _AT_A_TIME:
                _WRITERS[form](record, data_dir, language, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    return await asyncio.to_thread(write)


def file_name(reference: str, form: Form) -> str:
    """What a download is called."""
    return f"{reference}.{form}"


def _write_pdf(record: dict[str, Any], data_dir: Path, language: str, to: Path) -> None:
    to.write_bytes(archive.pdf(record, data_dir, language))


_WRITERS: dict[Form, Callable[[dict[str, Any], Path, str, Path], None]] = {
    Form.PDF: _write_pdf,
    Form.ZIP: archive.write_zip,
}
