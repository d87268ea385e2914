"""Tasks, evidence, letters and conflicts of a case as JSON: for the API, the console and the case file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from channels.transcript import File
from complaints import deciding, investigation, proportion
from complaints.complaint import Status
from complaints.deciding import Letter, LetterState
from complaints.investigation import Evidence, Task
from complaints.record import Complaint
from handoff.dispatch.rules import in_force


def parts(session: Session, case: Complaint, files: list[File], now: datetime | None) -> dict[str, Any]:
    """All of them. ``files`` are those that came with messages: they are evidence as well.

    ``missing`` is what the case needs before it can be decided. ``check`` of a piece of evidence says
    whether it is still what was added; ``None`` where nobody could look.
    """
    undecided = Status(case.status).is_open
    return {
        "tasks": [_task(task, now) for task in investigation.tasks_of(session, case)],
        "evidence": [
            *(_sent(file) for file in files if file.path is not None),
            *(_added(found) for found in investigation.evidence_of(session, case)),
        ],
        "letters": [_letter(letter) for letter in deciding.letters_of(session, case)],
        "conflicts": [
            conflict.model_dump(mode="json", include={"agent", "kind", "reason", "declared_by", "at"})
            for conflict in investigation.conflicts_of(session, case.reference)
        ],
        "missing": [str(need) for need in proportion.missing(session, case)] if undecided else [],
    }


def tasks_of_owner(session: Session, owner: str, now: datetime) -> list[dict[str, Any]]:
    """What somebody has to do, with the cases."""
    return [
        {**_task(task, now), "reference": case.reference, "severity": case.severity, "status": case.status}
        for task, case in investigation.open_tasks_of_owner(session, owner)
    ]


def _task(task: Task, now: datetime | None) -> dict[str, Any]:
    return {
        **task.model_dump(mode="json", exclude={"complaint_id"}),
        "overdue": task.overdue(now) if now else None,
    }


def _sent(file: File) -> dict[str, Any]:
    """A file that came with a message; the transcript says who sent it."""
    folder = in_force().data_dir
    check = investigation.check_file(folder, file.path or "", file.digest) if folder else None
    return {
        "id": None,
        "file": file.id,
        "remark": "",
        **file.model_dump(mode="json", include={"name", "media_type", "size", "digest"}),
        "added_by": None,
        "added_at": None,
        "message": file.message_id,
        "check": check,
    }


def _added(found: Evidence) -> dict[str, Any]:
    folder = in_force().data_dir or Path()  # a remark lies in no folder
    look = in_force().data_dir is not None or found.path is None
    return {
        **found.model_dump(mode="json", exclude={"complaint_id", "path"}),
        "file": None,
        "message": None,
        "check": investigation.checked(found, folder) if look else None,
    }


def _letter(letter: Letter) -> dict[str, Any]:
    waiting = letter.state == LetterState.DRAFT
    return {**letter.model_dump(mode="json", exclude={"complaint_id"}), "waiting": waiting}
