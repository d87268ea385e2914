"""The investigation of a case: tasks, evidence, and who must keep out of it (ISO 10002, 7.6 and 4).

Evidence that lies on our disk is kept under its SHA-256 digest, and so is a remark; `checked` counts the
digest anew, so that whatever was changed afterwards is named. Files that customers send with their
messages are evidence too: those are rows of the transcript (`handoff.casework.investigating` shows both).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from complaints import register
from complaints.complaint import ComplaintError, MoveRefused
from complaints.record import Complaint, Event

_LONG_AGO = 64  # files of which one process remembers the digest


class UnknownTask(ComplaintError):
    """There is no such task in this case."""


class TaskKind(StrEnum):
    """What a task is for. Some severities need one of a kind: see `complaints.proportion`."""

    GENERAL = "general"
    SAFETY = "safety"  # see to it that nobody is hurt
    REMEDY = "remedy"  # carry out what was granted
    UPDATE = "update"  # tell the customer how things stand
    DELIVERY = "delivery"  # a letter did not arrive: reach the customer in another way
    BY_HAND = "by_hand"  # say, post or send what no platform carries; the title is the channel


class TaskState(StrEnum):
    """Where a task stands. ``dropped``: not needed after all, and somebody said why."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Task(SQLModel, table=True):
    """Something to be done for a case. ``owner`` is an agent's name; ``outcome`` what came of it."""

    __tablename__ = "task"
    __table_args__ = (Index("task_by_owner", "owner", "state", "due"),)

    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id", index=True)
    kind: str = TaskKind.GENERAL
    title: str = Field(sa_column=Column(Text, nullable=False))
    owner: str | None = None
    due: datetime | None = None
    state: str = TaskState.OPEN
    outcome: str = Field(default="", sa_column=Column(Text, nullable=False))
    made_by: str  # an actor, as in `Event.actor`
    made_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been done by now."""
        return self.state == TaskState.OPEN and self.due is not None and self.due <= now


class Evidence(SQLModel, table=True):
    """A remark, or a file with a remark: what somebody found out, who and when.

    ``digest`` is the SHA-256 of the file's bytes or, without a file, of the remark in UTF-8. ``path`` is
    relative to the data folder, ``size`` in bytes.
    """

    __tablename__ = "evidence"

    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id", index=True)
    remark: str = Field(default="", sa_column=Column(Text, nullable=False))
    name: str | None = None
    media_type: str | None = None
    size: int | None = None
    path: str | None = None
    digest: str
    added_by: str
    added_at: datetime


class Conflict(SQLModel, table=True):
    """Somebody who must not handle a case, and why.

    ``kind``: ``declared`` by the agent or a supervisor, ``named`` in the complaint, or ``review``: they
    decided it, and another person looks at it anew.
    """

    __tablename__ = "conflict"
    __table_args__ = (UniqueConstraint("reference", "agent"),)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="complaint.reference")
    agent: str = Field(index=True)
    kind: str
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    declared_by: str
    at: datetime


class Check(StrEnum):
    """What counting a digest anew shows."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    MISSING = "missing"


def add_task(
    session: Session,
    case: Complaint,
    title: str,
    *,
    kind: TaskKind = TaskKind.GENERAL,
    owner: str | None,
    due: datetime | None,
    actor: str,
    now: datetime,
) -> Task:
    """Something has to be done. An open case or a closed one: a remedy is carried out after the answer."""
    assert case.id is not None
    task = Task(
        complaint_id=case.id, kind=kind, title=title.strip(), owner=owner, due=due, made_by=actor, made_at=now
    )
    session.add(task)
    session.flush()
    register.record(
        session, case, "task_added", actor=actor, now=now, task=task.id, title=task.title, owner=owner,
        task_kind=str(kind), due=due.isoformat() if due else None,
    )  # fmt: skip
    return task


def end_task(
    session: Session,
    case: Complaint,
    task: Task,
    state: TaskState,
    *,
    outcome: str,
    actor: str,
    now: datetime,
) -> None:
    """It is done, or dropped; ``outcome`` says what came of it. Raises `MoveRefused` if it has ended."""
    if task.state != TaskState.OPEN:
        raise MoveRefused("this task has ended already")
    task.state, task.outcome, task.ended_by, task.ended_at = state, outcome.strip(), actor, now
    session.add(task)
    register.record(
        session, case, f"task_{state}", actor=actor, now=now, reason=task.outcome, task=task.id,
        title=task.title, task_kind=task.kind,
    )  # fmt: skip


def pass_task(
    session: Session, case: Complaint, task: Task, owner: str | None, *, actor: str, now: datetime
) -> None:
    """Give the task to somebody else. Raises `MoveRefused` if it has ended."""
    if task.state != TaskState.OPEN:
        raise MoveRefused("this task has ended already")
    if task.owner == owner:
        return
    passed: dict[str, Any] = {"from": task.owner, "to": owner}
    task.owner = owner
    session.add(task)
    register.record(
        session, case, "task_passed", actor=actor, now=now, task=task.id, title=task.title,
        task_kind=task.kind, **passed,
    )  # fmt: skip


def task_of(session: Session, case: Complaint, task: int) -> Task:
    """A task of this very case, its row locked. Raises `UnknownTask`."""
    found = session.get(Task, task, with_for_update=True, populate_existing=True)
    if found is None or found.complaint_id != case.id:
        raise UnknownTask(f"{case.reference} has no task {task}")
    return found


def tasks_of(session: Session, case: Complaint) -> list[Task]:
    """All tasks of a case, in the order in which they were made."""
    return list(session.exec(select(Task).where(Task.complaint_id == case.id).order_by(col(Task.id))))


def open_tasks_of_owner(session: Session, owner: str, limit: int = 200) -> list[tuple[Task, Complaint]]:
    """What somebody has to do, what is due first coming first, with the cases."""
    return list(
        session.exec(
            select(Task, Complaint)
            .join(Complaint, col(Complaint.id) == col(Task.complaint_id))
            .where(Task.owner == owner, Task.state == TaskState.OPEN)
            .order_by(col(Task.due).is_(None), col(Task.due), col(Task.id))
            .limit(limit)
        )
    )


def add_remark(session: Session, case: Complaint, remark: str, *, actor: str, now: datetime) -> Evidence:
    """What somebody found out, in words."""
    assert case.id is not None
    remark = remark.strip()
    found = Evidence(
        complaint_id=case.id, remark=remark, digest=_digest(remark.encode()), added_by=actor, added_at=now
    )
    return _added(session, case, found, actor, now)


def add_file(
    session: Session,
    case: Complaint,
    *,
    name: str,
    media_type: str,
    size: int,
    path: str,
    digest: str,
    remark: str = "",
    actor: str,
    now: datetime,
) -> Evidence:
    """A file that lies below the data folder already (`channels.files.keep`), and what it shows."""
    assert case.id is not None
    found = Evidence(
        complaint_id=case.id, remark=remark.strip(), name=name, media_type=media_type, size=size, path=path,
        digest=digest, added_by=actor, added_at=now,
    )  # fmt: skip
    return _added(session, case, found, actor, now)


def evidence_of(session: Session, case: Complaint) -> list[Evidence]:
    """What people of ours have added, oldest first."""
    return list(
        session.exec(select(Evidence).where(Evidence.complaint_id == case.id).order_by(col(Evidence.id)))
    )


def checked(found: Evidence, data_dir: Path) -> Check:
    """Whether the evidence is still what was added: its digest, counted anew."""
    if found.path is not None:
        return check_file(data_dir, found.path, found.digest)
    return Check.UNCHANGED if _digest(found.remark.encode()) == found.digest else Check.CHANGED


def check_file(data_dir: Path, path: str, digest: str | None) -> Check:
    """Whether the bytes at ``path`` still have that SHA-256."""
    whole = data_dir / path
    try:
        stat = whole.stat()
    except OSError:
        return Check.MISSING
    # Who changes a file may set its date back, but not the time at which its inode changed.
    same = _digest_of_file(whole, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) == digest
    return Check.UNCHANGED if same else Check.CHANGED


def add_conflict(
    session: Session, case: Complaint, agent: str, *, kind: str, reason: str, actor: str, now: datetime
) -> None:
    """``agent`` must keep out of the case from now on. Idempotent."""
    if conflict_of(session, case.reference, agent) is not None:
        return
    session.add(
        Conflict(reference=case.reference, agent=agent, kind=kind, reason=reason, declared_by=actor, at=now)
    )
    register.record(
        session, case, "conflict", actor=actor, now=now, reason=reason, agent=agent, conflict_kind=kind
    )


def lift_conflict(
    session: Session, case: Complaint, agent: str, *, reason: str, actor: str, now: datetime
) -> None:
    """A supervisor has looked: ``agent`` may handle the case after all. Raises `MoveRefused`."""
    found = conflict_of(session, case.reference, agent)
    if found is None:
        raise MoveRefused(f"no conflict of interest of {agent} is on record")
    session.delete(found)
    register.record(session, case, "conflict_lifted", actor=actor, now=now, reason=reason, agent=agent)


def conflict_of(session: Session, reference: str, agent: str) -> Conflict | None:
    """Why ``agent`` must keep out of the case, if they must."""
    return session.exec(
        select(Conflict).where(Conflict.reference == reference, Conflict.agent == agent)
    ).first()


def conflicts_of(session: Session, reference: str) -> list[Conflict]:
    """Everybody who must keep out of the case."""
    return list(
        session.exec(select(Conflict).where(Conflict.reference == reference).order_by(col(Conflict.id)))
    )


def was_lifted(events: list[Event], agent: str) -> bool:
    """Whether a supervisor has said that ``agent`` may handle the case, last of all."""
    said = [e for e in events if e.kind in ("conflict", "conflict_lifted") and e.data.get("agent") == agent]
    return bool(said) and said[-1].kind == "conflict_lifted"


def _added(session: Session, case: Complaint, found: Evidence, actor: str, now: datetime) -> Evidence:
    session.add(found)
    session.flush()
    register.record(
        session, case, "evidence_added", actor=actor, now=now, evidence=found.id, name=found.name,
        digest=found.digest,
    )  # fmt: skip
    return found


@lru_cache(maxsize=_LONG_AGO)
def _digest_of_file(path: Path, inode: int, size: int, changed: int, touched: int) -> str:
    """Pages are drawn anew all the time: a file that nobody touched is not read each time."""
    del inode, size, changed, touched
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
