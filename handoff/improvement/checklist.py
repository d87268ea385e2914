"""What an auditor asks of each case, and what the record itself says to it.

A proposal is a suggestion with its ground, counted from the record; the auditor decides. Where the record
does not say, nothing is proposed. Clauses are those of ISO 10002.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from complaints import proportion, register
from complaints.complaint import Decision, Status
from complaints.deciding import Letter, LetterState, letters_of
from complaints.investigation import TaskKind, TaskState, evidence_of, tasks_of
from complaints.record import Complaint, Event
from handoff.improvement.record import Verdict

_SENT = (LetterState.SENDING, LetterState.SENT, LetterState.DELIVERED, LetterState.FAILED)


class Question(StrEnum):
    """What is asked of each case."""

    ACKNOWLEDGED = "acknowledged"  # 7.4: in time
    ASSESSED = "assessed"  # 7.5: with reasons
    INVESTIGATED = "investigated"  # 7.6: in proportion to its seriousness
    ANSWERED = "answered"  # 7.7, 7.8: with reasons
    DELIVERED = "delivered"  # 7.8
    OUTSIDE_TOLD = "outside_told"  # 7.9: whom to turn to next
    CLOSED_RIGHTLY = "closed_rightly"  # 7.9


@dataclass(frozen=True)
class Proposal:
    """``verdict`` is ``None`` where the record does not say. ``ground`` is a word, ``values`` go with it."""

    verdict: Verdict | None
    ground: str
    values: dict[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As it is kept beside the auditor's decision."""
        return {"ground": self.ground, "values": self.values}


@dataclass(frozen=True)
class Dossier:
    """All of a case that the questions look at. ``outside`` is the body to turn to next, if there is one."""

    session: Session
    case: Complaint
    events: list[Event]
    letters: list[Letter]
    outside: str
    now: datetime

    @property
    def letter(self) -> Letter | None:
        """The last one that was sent."""
        return next((one for one in reversed(self.letters) if one.state in _SENT), None)


def proposals(session: Session, reference: str, outside: str, now: datetime) -> dict[Question, Proposal]:
    """What the record says to each question. Raises `UnknownReference`."""
    case = register.find(session, reference)
    dossier = Dossier(
        session, case, register.events_of(session, case), letters_of(session, case), outside, now
    )
    return {question: answer(dossier) for question, answer in _ANSWERS.items()}


def _acknowledged(d: Dossier) -> Proposal:
    received = next((e for e in d.events if e.kind == "received"), None)
    by = (received.data.get("dates") or {}).get("acknowledge_by") if received else None
    at = d.case.acknowledged_at
    if at is None:
        return Proposal(Verdict.NO, "not_acknowledged", _values(by=by))
    if not by:
        return Proposal(None, "acknowledged_no_date", _values(at=at))
    late = at > datetime.fromisoformat(by)
    return Proposal(
        Verdict.NO if late else Verdict.YES, "acknowledged_late" if late else "acknowledged_at",
        _values(at=at, by=by),
    )  # fmt: skip


def _assessed(d: Dossier) -> Proposal:
    if d.case.assessed_by is None:
        return Proposal(Verdict.NO, "not_assessed")
    if not d.case.reasons:
        return Proposal(Verdict.NO, "no_reasons", _values(severity=d.case.severity))
    return Proposal(Verdict.YES, "reasons", _values(severity=d.case.severity, number=len(d.case.reasons)))


def _investigated(d: Dossier) -> Proposal:
    if d.case.status == Status.WITHDRAWN and d.case.decision is None:
        return Proposal(Verdict.NOT_APPLICABLE, "withdrawn")
    missing = proportion.missing(d.session, d.case)
    tasks, found = len(tasks_of(d.session, d.case)), len(evidence_of(d.session, d.case))
    if missing:
        return Proposal(Verdict.NO, "missing", _values(needs=[str(need) for need in missing]))
    return Proposal(
        Verdict.YES, "proportionate", _values(severity=d.case.severity, tasks=tasks, evidence=found)
    )


def _answered(d: Dossier) -> Proposal:
    case = d.case
    if case.decision is None:
        if case.status == Status.WITHDRAWN:
            return Proposal(Verdict.NOT_APPLICABLE, "withdrawn")
        late = case.respond_by < d.now
        return Proposal(Verdict.NO if late else Verdict.NOT_APPLICABLE,
                        "answer_late" if late else "answer_not_due", _values(by=case.respond_by))  # fmt: skip
    reasons = (case.decision_reasons or "").strip() or (d.letter.found.strip() if d.letter else "")
    return Proposal(
        Verdict.YES if reasons else Verdict.NO, "decided" if reasons else "decided_without_reasons",
        _values(decision=case.decision, at=case.responded_at),
    )  # fmt: skip


def _delivered(d: Dossier) -> Proposal:
    letter = d.letter
    if letter is None:
        if d.case.decision is None:
            return Proposal(Verdict.NOT_APPLICABLE, "no_answer")
        return Proposal(None, "no_letter")
    if letter.state == LetterState.DELIVERED:
        return Proposal(Verdict.YES, "letter_delivered", _values(at=letter.delivered_at))
    if letter.state == LetterState.FAILED:
        return Proposal(Verdict.NO, "letter_failed", _values(at=letter.failed_at))
    return Proposal(None, "letter_sent", _values(at=letter.checked_at))


def _outside_told(d: Dossier) -> Proposal:
    if d.case.decision in (None, Decision.UPHELD):
        return Proposal(Verdict.NOT_APPLICABLE, "nothing_refused")
    if not d.outside:
        return Proposal(Verdict.NOT_APPLICABLE, "no_outside_body")
    told = d.letter is not None and d.outside in d.letter.body
    return Proposal(
        Verdict.YES if told else Verdict.NO, "outside_named" if told else "outside_not_named",
        _values(body=d.outside),
    )  # fmt: skip


def _closed_rightly(d: Dossier) -> Proposal:
    if d.case.status != Status.CLOSED:
        withdrawn = d.case.status == Status.WITHDRAWN
        return Proposal(Verdict.NOT_APPLICABLE, "withdrawn" if withdrawn else "still_open")
    closing = next((e for e in reversed(d.events) if e.kind == "closed"), None)
    if d.case.decision is None:
        return Proposal(Verdict.NO, "closed_undecided")
    owed = [t for t in tasks_of(d.session, d.case) if t.kind == TaskKind.REMEDY and t.state == TaskState.OPEN]
    if owed:
        return Proposal(Verdict.NO, "remedy_owed", _values(number=len(owed)))
    accepted = any(e.kind == "answer_accepted" for e in d.events)
    if d.case.decision == Decision.UPHELD or accepted:
        return Proposal(Verdict.YES, "closed_accepted" if accepted else "closed_upheld",
                        _values(at=d.case.closed_at))  # fmt: skip
    return Proposal(None, "closed_otherwise", _values(reason=closing.reason if closing else ""))


def _values(**values: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }


_ANSWERS: MappingProxyType[Question, Callable[[Dossier], Proposal]] = MappingProxyType(
    {
        Question.ACKNOWLEDGED: _acknowledged,
        Question.ASSESSED: _assessed,
        Question.INVESTIGATED: _investigated,
        Question.ANSWERED: _answered,
        Question.DELIVERED: _delivered,
        Question.OUTSIDE_TOLD: _outside_told,
        Question.CLOSED_RIGHTLY: _closed_rightly,
    }
)
