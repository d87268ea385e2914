"""How bad a complaint is and what it is about, by rules and model, the operator's files, or a person."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from complaints import register
from complaints.complaint import Category, Kind, Severity, Status
from complaints.record import Complaint
from complaints.triage import Assessment


def assess(session: Session, case: Complaint, found: Assessment, *, now: datetime) -> None:
    """Take an assessment over. Severity is only ever raised here; people may lower it (`reassess`)."""
    first = case.assessed_by is None
    raised = first or found.severity.outranks(Severity(case.severity))
    if not raised:
        return
    case.severity = found.severity
    case.safety = case.safety or found.safety
    case.complexity, case.impact = found.complexity, found.impact
    case.immediate_action = case.immediate_action or found.immediate_action
    if first or case.category == Category.OTHER:
        case.category = found.category
    known = [r for r in case.reasons if not first]
    fresh = [asdict(reason) for reason in found.reasons]
    case.reasons = known + [r for r in fresh if r not in known]
    assessor = next((r.code for r in found.reasons if r.kind == "model"), "rules")
    case.assessed_by = assessor
    if case.status == Status.ACKNOWLEDGED:
        case.status = Status.ASSESSED
    register.record(
        session, case, "assessed", actor="bot", now=now, severity=case.severity, category=case.category,
        by=assessor,
    )  # fmt: skip


def categorise(
    session: Session,
    case: Complaint,
    *,
    category: Category,
    subcategory: str | None,
    words: str,
    now: datetime,
) -> None:
    """The operator's own files say what a case is about; ``words`` led there. Severity stays."""
    case.category, case.subcategory = category, subcategory
    reason = {"kind": "words", "code": "own_files", "words": words, "detail": f"category {category}"}
    case.reasons = [*case.reasons, reason]
    register.record(
        session, case, "assessed", actor="bot", now=now, severity=case.severity, category=case.category,
        by="own_files",
    )  # fmt: skip


def reassess(
    session: Session,
    case: Complaint,
    *,
    severity: Severity | None,
    category: Category | None,
    kind: Kind | None = None,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """A person overrides the assessment, or what the record is at all, and says why."""
    before = {"severity": case.severity, "category": case.category, "kind": case.kind}
    case.severity = severity or case.severity
    if category is not None and category != case.category:
        case.category, case.subcategory = category, None  # it was a part of the other one
    case.kind = kind or case.kind
    case.assessed_by = actor
    case.reasons = [*case.reasons, {"kind": "person", "by": actor, "detail": reason}]
    after = {"severity": case.severity, "category": case.category, "kind": case.kind}
    register.record(
        session, case, "reassessed", actor=actor, now=now, reason=reason, before=before, after=after
    )
