"""The audit trail as people read it: who did what to which case or account, when and why.

What it shows are the records themselves: events of cases (views by people among them), changes of
accounts, decisions about undelivered messages, exports of many cases. That they are what the program
wrote, `recourse audit verify` says; its latest result is part of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from channels.dead_letters import LetterDecision
from complaints.audit_record import AuditCheck, AuditRedaction, AuditTrail
from complaints.record import Complaint, Event
from handoff.exports import CaseExport
from handoff.staff.accounts import AccountChange

EXPORT = "cases_exported"
"""The kind of a step that took many cases out."""


@dataclass(frozen=True)
class Wanted:
    """Which steps. Empty: all of them. ``since`` and ``until`` are moments, the latter not included.

    ``person`` is an actor (``agent:Nora``, ``customer``), or a colleague's name alone.
    """

    case: str | None = None
    person: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def actors(self) -> Sequence[str]:
        """The ways in which that person is named in the records."""
        return (self.person, f"agent:{self.person}", f"operator:{self.person}")


@dataclass(frozen=True)
class Step:
    """One thing that somebody did. ``about``: a case's reference, or an account's name; ``case``: which."""

    at: datetime
    actor: str
    kind: str
    about: str
    is_case: bool
    reason: str
    data: dict[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


@dataclass(frozen=True)
class State:
    """What is known of the trail as a whole. ``check`` is the last verification."""

    begun: AuditTrail | None
    check: AuditCheck | None
    redactions: Sequence[AuditRedaction]


def steps(session: Session, wanted: Wanted, *, limit: int, skip: int = 0) -> list[Step]:
    """The steps that are wanted, the latest first."""
    most = skip + limit
    found = [*_events(session, wanted, most)]
    if wanted.case is None:
        found += _accounts(session, wanted, most)
        found += _letters(session, wanted, most)
        found += _exports(session, wanted, most)
    found.sort(key=lambda step: step.at, reverse=True)
    return found[skip:most]


def kinds(session: Session) -> list[str]:
    """The kinds of steps that there are, by their names."""
    found = {
        *session.exec(select(Event.kind).distinct()),
        *session.exec(select(AccountChange.what).distinct()),
        *session.exec(select(LetterDecision.decision).distinct()),
        *([EXPORT] if session.exec(select(CaseExport.id).limit(1)).first() is not None else []),
    }
    return sorted(found)


def state(session: Session) -> State:
    """When the trail began, the last verification, and what was redacted lately."""
    return State(
        session.exec(select(AuditTrail).order_by(col(AuditTrail.id).desc()).limit(1)).first(),
        session.exec(select(AuditCheck).order_by(col(AuditCheck.id).desc()).limit(1)).first(),
        session.exec(select(AuditRedaction).order_by(col(AuditRedaction.id).desc()).limit(20)).all(),
    )


def _events(session: Session, wanted: Wanted, most: int) -> Iterator[Step]:
    query = select(Event, Complaint.reference).join(Complaint, col(Complaint.id) == col(Event.complaint_id))
    if wanted.case is not None:
        query = query.where(Complaint.reference == wanted.case)
    if wanted.person:
        query = query.where(col(Event.actor).in_(wanted.actors))
    if wanted.kind:
        query = query.where(Event.kind == wanted.kind)
    if wanted.since:
        query = query.where(col(Event.at) >= wanted.since)
    if wanted.until:
        query = query.where(col(Event.at) < wanted.until)
    for one, reference in session.exec(query.order_by(col(Event.id).desc()).limit(most)):
        yield Step(one.at, one.actor, one.kind, reference, True, one.reason, one.data)


def _accounts(session: Session, wanted: Wanted, most: int) -> Iterator[Step]:
    query = _within(select(AccountChange), AccountChange, wanted)
    if wanted.kind:
        query = query.where(AccountChange.what == wanted.kind)
    for one in session.exec(query.limit(most)):
        yield Step(one.at, one.actor, one.what, one.whom, False, one.detail)


def _letters(session: Session, wanted: Wanted, most: int) -> Iterator[Step]:
    query = _within(select(LetterDecision), LetterDecision, wanted)
    if wanted.kind:
        query = query.where(LetterDecision.decision == wanted.kind)
    for one in session.exec(query.limit(most)):
        yield Step(one.at, one.actor, one.decision, f"letter {one.job}", False, one.reason)


def _exports(session: Session, wanted: Wanted, most: int) -> Iterator[Step]:
    if wanted.kind not in ("", EXPORT):
        return
    for one in session.exec(_within(select(CaseExport), CaseExport, wanted).limit(most)):
        data = {"form": one.form, "cases": one.cases, "query": one.query, "whole": one.ended_at is not None}
        yield Step(one.at, one.actor, EXPORT, f"export {one.id}", False, "", data)


def _within(query: SelectOfScalar[Any], table: Any, wanted: Wanted) -> SelectOfScalar[Any]:
    """Of these people and these days, the latest first."""
    if wanted.person:
        query = query.where(table.actor.in_(wanted.actors))
    if wanted.since:
        query = query.where(table.at >= wanted.since)
    if wanted.until:
        query = query.where(table.at < wanted.until)
    return query.order_by(table.id.desc())
