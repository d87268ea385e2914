"""The past of a case that another system has kept: its stages on the days on which they were.

Each step is an event with its own date; that it was written down now, and by whom, the last event says
(``imported``), and the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from complaints import register
from complaints.complaint import Category, Decision, Remedy, Severity, Status
from complaints.record import Complaint


@dataclass(frozen=True)
class Past:
    """When what happened, as far as the other system knows. ``status`` is where it ended."""

    status: Status
    acknowledged: datetime | None = None
    answered: datetime | None = None
    closed: datetime | None = None
    decision: Decision | None = None
    remedy: Remedy | None = None
    response: str | None = None


def acknowledge(session: Session, case: Complaint, past: Past, *, actor: str) -> None:
    """The customer was told of it then; who has an answer knows that we had it."""
    told = past.acknowledged or past.answered or past.closed
    if told is not None:
        register.acknowledge(session, case, message="told by the other system", actor=actor, now=told)


def assess(
    session: Session,
    case: Complaint,
    severity: Severity | None,
    category: Category | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """How the other system judged it: the first assessment, and no correction of one of ours."""
    case.severity, case.category = severity or case.severity, category or case.category
    case.assessed_by = actor
    case.reasons = [{"kind": "person", "by": actor, "detail": "as the other system has it"}]
    if case.status == Status.ACKNOWLEDGED:
        case.status = Status.ASSESSED
    register.record(
        session,
        case,
        "assessed",
        actor=actor,
        now=now,
        severity=case.severity,
        category=case.category,
        by=actor,
    )


def carry_on(session: Session, case: Complaint, past: Past, *, actor: str) -> None:
    """Answer, close or withdraw the case as it was. Nobody is told anything."""
    why = "in the other system"
    case.decision, case.remedy, case.response = past.decision, past.remedy, past.response
    if past.status is Status.WITHDRAWN:
        when = past.closed or past.answered
        assert when is not None
        register.move(session, case, Status.WITHDRAWN, actor=actor, now=when, reason=why)
        return
    if past.status not in (Status.RESPONDED, Status.CLOSED):
        return
    answered = past.answered or past.closed
    assert answered is not None
    if case.status != Status.ASSESSED:
        register.move(session, case, Status.ASSESSED, actor=actor, now=answered, reason=why)
    register.move(
        session, case, Status.RESPONDED, actor=actor, now=answered, reason=why,
        decision=past.decision and str(past.decision), remedy=past.remedy and str(past.remedy),
    )  # fmt: skip
    if past.answered is not None:
        register.record(session, case, "informed", actor=actor, now=answered, reason=why)
    if past.status is Status.CLOSED:
        register.move(session, case, Status.CLOSED, actor=actor, now=past.closed or answered, reason=why)
