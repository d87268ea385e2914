"""In proportion to its seriousness: what a case needs before it can be decided (ISO 10002, 7.6).

The rule is `BEFORE_DECISION`, and nowhere else.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from sqlmodel import Session

from complaints.complaint import MoveRefused, Severity
from complaints.investigation import TaskKind, TaskState, evidence_of, tasks_of
from complaints.record import Complaint


class Need(StrEnum):
    """Something that must be on record before the decision."""

    SAFETY_TASK = "safety_task"
    """A task of the kind "safety" is done, with what came of it."""
    FINDING = "finding"
    """A remark or a file of our own says what was found out."""
    NO_OPEN_TASK = "no_open_task"
    """Every task of the investigation is done, or dropped with a reason."""
    CAUSE = "cause"
    """The root cause is named."""


BEFORE_DECISION = MappingProxyType(
    {
        Severity.CRITICAL: (Need.SAFETY_TASK, Need.FINDING, Need.NO_OPEN_TASK, Need.CAUSE),
        Severity.HIGH: (Need.FINDING, Need.NO_OPEN_TASK),
        Severity.MEDIUM: (),
        Severity.LOW: (),
    }
)

_REMEDIES = MappingProxyType(
    {
        Need.SAFETY_TASK: "do a task of the kind safety and say what came of it",
        Need.FINDING: "add a remark or a file to the evidence that says what was found out",
        Need.NO_OPEN_TASK: "finish the open tasks, or drop them with a reason",
        Need.CAUSE: "name the root cause",
    }
)
_INVESTIGATING = (
    TaskKind.GENERAL,
    TaskKind.SAFETY,
)  # an update or a remedy is owed to the customer, not to us


class NotInvestigated(MoveRefused):
    """The case is too serious to be decided as it stands; ``missing`` is what it needs first."""

    def __init__(self, severity: Severity, missing: list[Need]) -> None:
        remedies = "; ".join(_REMEDIES[need] for need in missing)
        super().__init__(f"the severity is {severity}. Before the decision: {remedies}")
        self.severity, self.missing = severity, missing


def missing(session: Session, case: Complaint, *, cause: str | None = None) -> list[Need]:
    """What the case needs before it can be decided. ``cause`` is one that is being named just now."""
    needed = BEFORE_DECISION[Severity(case.severity)]
    if not needed:
        return []
    tasks = tasks_of(session, case)
    met = {
        Need.SAFETY_TASK: any(t.kind == TaskKind.SAFETY and t.state == TaskState.DONE for t in tasks),
        Need.FINDING: bool(evidence_of(session, case)),
        Need.NO_OPEN_TASK: not any(t.state == TaskState.OPEN and t.kind in _INVESTIGATING for t in tasks),
        Need.CAUSE: bool(cause or case.cause_kind or case.root_cause),
    }
    return [need for need in needed if not met[need]]


def check(session: Session, case: Complaint, *, cause: str | None = None) -> None:
    """Raises `NotInvestigated` unless the case may be decided."""
    if lacking := missing(session, case, cause=cause):
        raise NotInvestigated(Severity(case.severity), lacking)
