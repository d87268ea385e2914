"""What is kept of improvement: actions and their history, audits and their findings, who was trained.

All of it is about our own work, written by people at the desk; a customer comes in by a case's reference
alone. Rows are added and moved on by the functions of this room, and none deletes one.

Errors::

    ImprovementError (a HandoffError)
    ├── NotOnRecord         there is no such action, audit, finding or training record
    ├── WrongState          it stands where this cannot be done (any more)
    ├── NotTheirs           it belongs to somebody else, and who asks does not supervise
    ├── TooEarly            an effect is claimed before it can be seen
    ├── AnotherMustCheck    nobody confirms alone that their own action has worked
    └── NotIndependent      nobody audits a case on which they have worked
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from handoff.queue import HandoffError


class ImprovementError(HandoffError):
    """Anything that this room refuses."""


class NotOnRecord(ImprovementError):
    """There is no such action, audit, finding or training record."""


class WrongState(ImprovementError):
    """It stands where this cannot be done (any more)."""


class NotTheirs(ImprovementError):
    """It belongs to somebody else."""


class TooEarly(ImprovementError):
    """An effect is claimed before it can be seen."""


class AnotherMustCheck(ImprovementError):
    """Who owns or carried out an action does not confirm its effect."""


class NotIndependent(ImprovementError):
    """Who has worked on a case does not audit it (ISO 19011, principle of independence)."""


class ActionKind(StrEnum):
    """``corrective``: against the cause of what has happened; ``preventive``: of what might happen."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"


class ActionState(StrEnum):
    """Where an action stands: open → done → verified, or ineffective; cancelled with a reason."""

    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"
    INEFFECTIVE = "ineffective"
    CANCELLED = "cancelled"


class ImprovementAction(SQLModel, table=True):
    """Something that is done so that complaints of a kind do not come again (ISO 10002, 8.7).

    ``product``, ``category`` and ``cause`` (a code of `complaints.causes`) are its target: the complaints
    that should become fewer, within ``weeks`` after it is done. ``owner`` is an account's name. ``due`` is a
    day of the operator's calendar. ``follows`` is the number of an action that did not work.
    ``overdue_told`` and ``check_told``: when supervisors were told, so that each is told once.
    """

    __tablename__ = "improvement_action"
    __table_args__ = (
        Index("improvement_action_by_state", "state", "due"),
        Index("improvement_action_by_owner", "owner", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    state: str = ActionState.OPEN
    problem: str = Field(sa_column=Column(Text, nullable=False))
    plan: str = Field(sa_column=Column(Text, nullable=False))
    owner: str
    due: date
    product: str | None = None
    category: str | None = None
    cause: str | None = None
    weeks: int
    follows: int | None = None
    made_by: str
    made_at: datetime
    done_by: str | None = None
    done_at: datetime | None = None
    outcome: str = Field(default="", sa_column=Column(Text, nullable=False))
    checked_by: str | None = None
    checked_at: datetime | None = None
    overdue_told: datetime | None = None
    check_told: datetime | None = None


class ImprovementStep(SQLModel, table=True):
    """One thing that happened to an action: who, when, what, why. Written once, like an event of a case."""

    __tablename__ = "improvement_step"
    __table_args__ = (UniqueConstraint("action_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    action_id: int = Field(foreign_key="improvement_action.id")
    position: int
    kind: str
    actor: str
    at: datetime
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ImprovementCase(SQLModel, table=True):
    """A case that an action was started from, or that belongs to it."""

    __tablename__ = "improvement_case"

    action_id: int = Field(foreign_key="improvement_action.id", primary_key=True)
    reference: str = Field(foreign_key="complaint.reference", primary_key=True, index=True)
    by: str
    at: datetime


class Way(StrEnum):
    """How a sample is drawn."""

    SIMPLE = "simple"
    BY_SEVERITY = "severity"
    BY_CHANNEL = "channel"


class CaseAudit(SQLModel, table=True):
    """An audit of how cases were handled (ISO 10002, 8.5).

    The cases are complaints received from ``since`` up to and with ``until``, days of the operator's
    calendar. ``seed`` and ``population_digest`` let anybody draw the sample again.
    """

    __tablename__ = "case_audit"

    id: int | None = Field(default=None, primary_key=True)
    title: str
    criteria: str = Field(sa_column=Column(Text, nullable=False))
    since: date
    until: date
    closed_only: bool
    way: str
    size: int
    seed: str
    population: int
    population_digest: str
    drawn_by: str
    drawn_at: datetime
    conclusion: str = Field(default="", sa_column=Column(Text, nullable=False))
    closed_by: str | None = None
    closed_at: datetime | None = None


class CaseAuditSample(SQLModel, table=True):
    """A case that was drawn, in the order of drawing; ``stratum`` is empty in a simple sample."""

    __tablename__ = "case_audit_sample"
    __table_args__ = (UniqueConstraint("audit_id", "reference"),)

    audit_id: int = Field(foreign_key="case_audit.id", primary_key=True)
    position: int = Field(primary_key=True)
    reference: str = Field(foreign_key="complaint.reference", index=True)
    stratum: str = ""


class Verdict(StrEnum):
    """What an auditor says to a question about a case."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "na"


class CaseAuditAnswer(SQLModel, table=True):
    """What the auditor decided on one question, beside what the program had ``proposed`` and on what ground.

    ``evidence`` is what the proposal stood on (`handoff.improvement.checklist.Proposal`), at that moment.
    """

    __tablename__ = "case_audit_answer"

    audit_id: int = Field(foreign_key="case_audit.id", primary_key=True)
    reference: str = Field(foreign_key="complaint.reference", primary_key=True, index=True)
    question: str = Field(primary_key=True)
    decision: str
    proposed: str | None = None
    evidence: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    remark: str = Field(default="", sa_column=Column(Text, nullable=False))
    by: str
    at: datetime


class FindingKind(StrEnum):
    """How grave a finding is, in the usual terms of audits (ISO 19011; ISO 9001 practice)."""

    CONFORM = "conform"
    OBSERVATION = "observation"
    MINOR = "minor"
    MAJOR = "major"


class CaseAuditFinding(SQLModel, table=True):
    """What an audit found, about one case or the whole; ``action_id`` is what was started against it."""

    __tablename__ = "case_audit_finding"

    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="case_audit.id", index=True)
    reference: str | None = Field(default=None, foreign_key="complaint.reference", index=True)
    kind: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    action_id: int | None = Field(default=None, foreign_key="improvement_action.id")
    by: str
    at: datetime


class TrainingRecord(SQLModel, table=True):
    """That somebody was trained in a topic (ISO 10002, 8.1, 4.14). Withdrawn, with a reason, if it is wrong.

    ``person`` is an account's name, ``topic`` a code of `handoff.improvement.topics`; ``valid_until`` is the
    last day on which it counts, ``None``: for good.
    """

    __tablename__ = "training_record"
    __table_args__ = (Index("training_record_of", "person", "topic"),)

    id: int | None = Field(default=None, primary_key=True)
    person: str
    topic: str
    trained_on: date
    trainer: str
    valid_until: date | None = None
    remark: str = Field(default="", sa_column=Column(Text, nullable=False))
    recorded_by: str
    recorded_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = Field(default=None, sa_column=Column(Text))
