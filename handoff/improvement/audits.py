"""An audit of cases: its sample is drawn, each case is asked the same questions, findings are kept.

Nothing of it is deleted: who draws until the sample suits them leaves every draw on record.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limited
from sqlmodel import Session, col, select

from complaints.record import Complaint, Event
from handoff.holding import actor
from handoff.improvement import checklist
from handoff.improvement.checklist import Question
from handoff.improvement.population import digest, drawn, population
from handoff.improvement.record import (
    CaseAudit,
    CaseAuditAnswer,
    CaseAuditFinding,
    CaseAuditSample,
    FindingKind,
    NotIndependent,
    NotOnRecord,
    Verdict,
    Way,
    WrongState,
)
from handoff.queue import BadInput
from handoff.rest.bodies import Name, Text

_LARGEST = 2**31 - 1
_LOOKED = ("viewed", "action_linked", "action_unlinked")  # what is no work on a case


class Scope(BaseModel):
    """Which cases are audited, by what criteria, and how many. ``seed``: without one, a random one."""

    model_config = ConfigDict(frozen=True)

    title: Name = Limited(min_length=1)
    criteria: Text
    since: date
    until: date
    closed_only: bool = True
    way: Way = Way.SIMPLE
    size: int = Limited(default=20, ge=1, le=500)
    seed: Name = ""


@dataclass(frozen=True)
class Progress:
    """How far an audit is: cases with every question decided, and what the answers were."""

    cases: int
    finished: int
    answers: dict[str, Counter[str]]


def draw(session: Session, scope: Scope, agent: str, now: datetime) -> int:
    """Begin an audit: draw its sample, and keep how. The audit's number. Raises `BadInput`."""
    if scope.since > scope.until:
        raise BadInput("the first day comes after the last one")
    cases = population(
        session, scope.since, scope.until, scope.way, closed_by=now if scope.closed_only else None
    )
    if not cases:
        raise BadInput("no such complaint was received in that time")
    seed = scope.seed or secrets.token_hex(16)
    audit = CaseAudit(
        **scope.model_dump(exclude={"seed"}), seed=seed, population=len(cases),
        population_digest=digest(cases), drawn_by=agent, drawn_at=now,
    )  # fmt: skip
    session.add(audit)
    session.flush()
    assert audit.id is not None
    for position, (reference, stratum) in enumerate(drawn(cases, scope.way, scope.size, seed), 1):
        session.add(
            CaseAuditSample(audit_id=audit.id, position=position, reference=reference, stratum=stratum)
        )
    session.flush()
    return audit.id


def is_reproduced(session: Session, audit: CaseAudit) -> bool | None:
    """Whether the same seed draws the same cases again; ``None`` if the population has changed since."""
    way = Way(audit.way)
    closed_by = audit.drawn_at if audit.closed_only else None
    cases = population(session, audit.since, audit.until, way, closed_by=closed_by)
    if digest(cases) != audit.population_digest:
        return None
    kept = [(one.reference, one.stratum) for one in sample_of(session, audit.id or 0)]
    return drawn(cases, way, audit.size, audit.seed) == kept


def decide(
    session: Session,
    number: int,
    reference: str,
    agent: str,
    *,
    question: Question,
    decision: Verdict,
    remark: str = "",
    outside: str,
    now: datetime,
) -> None:
    """The auditor's word on one question; another one before the audit is closed replaces it.

    Raises `NotOnRecord`, `WrongState` once it is closed, `NotIndependent`.
    """
    _open(session, number)
    _drawn_case(session, number, reference)
    check_independent(session, reference, agent)
    proposal = checklist.proposals(session, reference, outside, now)[question]
    answer = CaseAuditAnswer(
        audit_id=number, reference=reference, question=question, decision=decision,
        proposed=proposal.verdict, evidence=proposal.as_data(), remark=remark.strip(), by=agent, at=now,
    )  # fmt: skip
    session.merge(answer)
    session.flush()


def find_out(
    session: Session,
    number: int,
    agent: str,
    *,
    kind: FindingKind,
    text: str,
    reference: str | None = None,
    now: datetime,
) -> int:
    """Keep a finding, about a case of the sample or the whole; its number.

    Raises `NotOnRecord`, `WrongState`, `NotIndependent`, `BadInput`.
    """
    audit = _open(session, number)
    if reference is not None:
        _drawn_case(session, number, reference)
        check_independent(session, reference, agent)
    if not text.strip():
        raise BadInput("say what was found")
    found = CaseAuditFinding(
        audit_id=audit.id or 0, reference=reference, kind=kind, text=text.strip(), by=agent, at=now
    )
    session.add(found)
    session.flush()
    assert found.id is not None
    return found.id


def close(session: Session, number: int, agent: str, *, conclusion: str, now: datetime) -> None:
    """The audit is over; nothing of it changes any more but the actions against its findings.

    Raises `NotOnRecord`, `WrongState`, `BadInput` without a conclusion or while a question is undecided.
    """
    audit = _open(session, number)
    standing = progress(session, number)
    if standing.finished < standing.cases:
        raise BadInput(f"{standing.cases - standing.finished} cases have questions that nobody has decided")
    if not conclusion.strip():
        raise BadInput("say what the audit concludes")
    audit.conclusion, audit.closed_by, audit.closed_at = conclusion.strip(), agent, now
    session.add(audit)
    session.flush()


def check_independent(session: Session, reference: str, agent: str) -> None:
    """Raises `NotIndependent` if ``agent`` has done anything about the case but look at it."""
    worked = session.exec(
        select(Event.id)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(
            Complaint.reference == reference,
            Event.actor == actor(agent),
            col(Event.kind).not_in(_LOOKED),
        )
        .limit(1)
    ).first()
    if worked is not None:
        raise NotIndependent(f"{agent} has worked on {reference}: another must audit it")


def find(session: Session, number: int) -> CaseAudit:
    """An audit. Raises `NotOnRecord`."""
    audit = session.get(CaseAudit, number) if 0 < number <= _LARGEST else None
    if audit is None:
        raise NotOnRecord(f"there is no audit {number}")
    return audit


def listed(session: Session, limit: int = 100) -> list[CaseAudit]:
    """The audits, latest first."""
    return list(session.exec(select(CaseAudit).order_by(col(CaseAudit.id).desc()).limit(limit)))


def sample_of(session: Session, number: int) -> list[CaseAuditSample]:
    """The cases of an audit, in the order in which they were drawn."""
    return list(
        session.exec(
            select(CaseAuditSample)
            .where(CaseAuditSample.audit_id == number)
            .order_by(col(CaseAuditSample.position))
        )
    )


def answers_of(session: Session, number: int) -> dict[tuple[str, str], CaseAuditAnswer]:
    """What was decided, by reference and question."""
    found = session.exec(select(CaseAuditAnswer).where(CaseAuditAnswer.audit_id == number))
    return {(one.reference, one.question): one for one in found}


def findings_of(session: Session, number: int) -> list[CaseAuditFinding]:
    """What an audit has found so far."""
    return list(
        session.exec(
            select(CaseAuditFinding)
            .where(CaseAuditFinding.audit_id == number)
            .order_by(col(CaseAuditFinding.id))
        )
    )


def finding(session: Session, number: int) -> CaseAuditFinding:
    """One finding. Raises `NotOnRecord`."""
    found = session.get(CaseAuditFinding, number) if 0 < number <= _LARGEST else None
    if found is None:
        raise NotOnRecord(f"there is no finding {number}")
    return found


def findings(session: Session, since: datetime, until: datetime) -> list[tuple[CaseAudit, CaseAuditFinding]]:
    """All that audits found in a time, for the management review."""
    return list(
        session.exec(
            select(CaseAudit, CaseAuditFinding)
            .join(CaseAudit, col(CaseAudit.id) == col(CaseAuditFinding.audit_id))
            .where(col(CaseAuditFinding.at) >= since, col(CaseAuditFinding.at) < until)
            .order_by(col(CaseAuditFinding.id))
        )
    )


def progress(session: Session, number: int) -> Progress:
    """How far an audit is."""
    answers = answers_of(session, number)
    counts: dict[str, Counter[str]] = {question: Counter() for question in Question}
    for (_, question), answer in answers.items():
        counts.setdefault(question, Counter())[answer.decision] += 1
    sample = sample_of(session, number)
    finished = sum(all((one.reference, question) in answers for question in Question) for one in sample)
    return Progress(len(sample), finished, counts)


def _open(session: Session, number: int) -> CaseAudit:
    find(session, number)
    audit = session.get(CaseAudit, number, with_for_update=True, populate_existing=True)
    assert audit is not None
    if audit.closed_at is not None:
        raise WrongState(f"audit {number} is closed")
    return audit


def _drawn_case(session: Session, number: int, reference: str) -> None:
    if not any(one.reference == reference for one in sample_of(session, number)):
        raise NotOnRecord(f"{reference} is not in the sample of audit {number}")
