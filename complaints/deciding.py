"""The decision on a case and its letter: drafted, checked, sent, delivered (ISO 10002, 7.7 and 7.8).

A letter is drafted from a template (`complaints.letters`), edited, and sent once a person has checked it.
With that the case is decided (`complaints.register.resolve`): nothing else decides one. What becomes of the
letter afterwards is recorded as well: `delivered`, `failed`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Index, Numeric, Text
from sqlmodel import Field, Session, SQLModel, col, select

from complaints import proportion, register
from complaints.complaint import ComplaintError, Decision, MoveRefused, Remedy, Status
from complaints.record import Complaint


class UnknownLetter(ComplaintError):
    """There is no such letter in this case."""


class LetterState(StrEnum):
    """Where a letter stands: draft → sending → sent → delivered; or failed, or discarded."""

    DRAFT = "draft"
    SENDING = "sending"
    SENT = "sent"  # the platform has taken it
    DELIVERED = "delivered"  # and says that it arrived
    FAILED = "failed"
    DISCARDED = "discarded"


class Finding(BaseModel):
    """What somebody wants to decide. ``found`` is for the customer, ``reasons`` are for the record.

    ``cost`` is what the remedy costs us, in ``currency`` (ISO 4217); ``by`` the day by which it is carried
    out. ``cause_kind`` is a code of `complaints.causes`, ``cause`` words of one's own.
    """

    model_config = ConfigDict(frozen=True)

    decision: Decision
    remedy: Remedy | None = None
    cost: Decimal | None = None
    currency: str | None = None
    by: date | None = None
    found: str
    reasons: str = ""
    cause_kind: str | None = None
    cause: str | None = None


class Letter(SQLModel, table=True):
    """An answer to a customer: `Finding`, and the whole text as it is sent.

    The messages of the case's conversation from ``first_message`` to ``last_message`` (ids) carry it.
    ``written_by`` is who decided,
    ``checked_by`` who checked the text and let it go; both are agents' names.
    """

    __tablename__ = "letter"
    __table_args__ = (Index("letter_by_state", "state", "checked_at"),)

    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id", index=True)
    state: str = LetterState.DRAFT
    language: str
    decision: str
    remedy: str | None = None
    cost: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    currency: str | None = None
    by: date | None = Field(default=None, sa_column_kwargs={"name": "carried_out_by"})
    found: str = Field(sa_column=Column(Text, nullable=False))
    reasons: str = Field(default="", sa_column=Column(Text, nullable=False))
    cause_kind: str | None = None
    cause: str | None = None
    body: str = Field(sa_column=Column(Text, nullable=False))
    written_by: str
    written_at: datetime
    checked_by: str | None = None
    checked_at: datetime | None = None
    first_message: int | None = None
    last_message: int | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    error: str | None = None

    @property
    def finding(self) -> Finding:
        """What it says, in its parts."""
        return Finding.model_validate(self.model_dump(include=set(Finding.model_fields)))


def draft(
    session: Session,
    case: Complaint,
    finding: Finding,
    body: str,
    *,
    language: str,
    agent: str,
    now: datetime,
    merged: bool = False,
) -> Letter:
    """Keep the letter that says ``finding``; a draft that was there before is discarded.

    Raises `MoveRefused` if the case is not open, `NotInvestigated` if it is too serious to be decided yet;
    not so if it is ``merged`` into a case that was investigated in its place.
    """
    _check_open(case)
    if not merged:
        proportion.check(session, case, cause=finding.cause_kind or finding.cause)
    assert case.id is not None
    if (before := open_draft(session, case)) is not None:
        before.state = LetterState.DISCARDED
        session.add(before)
    letter = Letter(
        complaint_id=case.id, language=language, body=body, written_by=agent, written_at=now,
        **finding.model_dump(),
    )  # fmt: skip
    session.add(letter)
    session.flush()
    register.record(
        session, case, "letter_drafted", actor=f"agent:{agent}", now=now, letter=letter.id,
        decision=str(finding.decision),
    )  # fmt: skip
    return letter


def edit(session: Session, case: Complaint, letter: Letter, body: str, *, agent: str, now: datetime) -> None:
    """Change the draft's text. Whoever does so has written it: somebody else may have to check it.

    Raises `MoveRefused` once it has been sent.
    """
    _check_draft(letter)
    if body.strip() == letter.body:
        return
    letter.body, letter.written_by, letter.written_at = body.strip(), agent, now
    session.add(letter)
    register.record(session, case, "letter_edited", actor=f"agent:{agent}", now=now, letter=letter.id)


def discard(session: Session, case: Complaint, letter: Letter, *, agent: str, now: datetime) -> None:
    """The draft is not wanted. Raises `MoveRefused` once it has been sent."""
    _check_draft(letter)
    letter.state = LetterState.DISCARDED
    session.add(letter)
    register.record(session, case, "letter_discarded", actor=f"agent:{agent}", now=now, letter=letter.id)


def decide(
    session: Session,
    case: Complaint,
    letter: Letter,
    *,
    agent: str,
    now: datetime,
    merged: bool = False,
) -> None:
    """``agent`` has checked the letter: the case is decided as it says.

    The caller sends it, then says with `sending` which messages carry it.
    Raises `MoveRefused` unless letter and case are open, `NotInvestigated`.
    """
    _check_draft(letter)
    _check_open(case)
    finding = letter.finding
    if not merged:
        proportion.check(session, case, cause=finding.cause_kind or finding.cause)
    letter.checked_by, letter.checked_at = agent, now
    session.add(letter)
    register.record(
        session, case, "letter_checked", actor=f"agent:{agent}", now=now, letter=letter.id,
        written_by=letter.written_by,
    )  # fmt: skip
    case.cause_kind = finding.cause_kind or case.cause_kind
    case.root_cause = finding.cause or case.root_cause
    case.compensation, case.remedy_currency = finding.cost, finding.currency
    case.decision_reasons, case.decided_by = finding.reasons, letter.written_by
    register.resolve(
        session, case, decision=finding.decision, remedy=finding.remedy, text=letter.body,
        actor=f"agent:{letter.written_by}", now=now,
    )  # fmt: skip


def sending(
    session: Session, case: Complaint, letter: Letter, first: int, last: int, *, now: datetime
) -> None:
    """The letter is on its way in the messages from ``first`` to ``last``: the customer is being told."""
    letter.state, letter.first_message, letter.last_message = LetterState.SENDING, first, last
    session.add(letter)
    register.record(
        session, case, "informed", actor=f"agent:{letter.checked_by}", now=now, letter=letter.id,
        messages=[first, last], channel=case.channel,
    )  # fmt: skip


def delivered(
    session: Session, case: Complaint, letter: Letter, state: LetterState, *, now: datetime
) -> None:
    """The platform has taken the whole letter (``sent``), or says that it arrived (``delivered``)."""
    letter.state, letter.error, letter.failed_at = state, None, None
    if state is LetterState.DELIVERED:
        letter.delivered_at = now
    session.add(letter)
    register.record(
        session, case, f"letter_{state}", actor="system", now=now, letter=letter.id, channel=case.channel
    )


def failed(session: Session, case: Complaint, letter: Letter, error: str, *, now: datetime) -> None:
    """The letter did not arrive. Who was to be told has not been told: a closed case is open again."""
    letter.state, letter.error, letter.failed_at = LetterState.FAILED, error, now
    session.add(letter)
    register.record(
        session, case, "letter_failed", actor="system", now=now, reason=error, letter=letter.id,
        channel=case.channel,
    )  # fmt: skip
    if case.status == Status.CLOSED:
        register.move(
            session, case, Status.INVESTIGATING, actor="system", now=now, reason="the answer did not arrive"
        )


def letters_of(session: Session, case: Complaint) -> list[Letter]:
    """All letters of a case, oldest first; drafts that were not wanted, too."""
    return list(session.exec(select(Letter).where(Letter.complaint_id == case.id).order_by(col(Letter.id))))


def open_draft(session: Session, case: Complaint) -> Letter | None:
    """The letter that waits to be checked, if there is one."""
    return session.exec(
        select(Letter).where(Letter.complaint_id == case.id, Letter.state == LetterState.DRAFT)
    ).first()


def letter_of(session: Session, case: Complaint, letter: int) -> Letter:
    """A letter of this very case, its row locked. Raises `UnknownLetter`."""
    found = session.get(Letter, letter, with_for_update=True, populate_existing=True)
    if found is None or found.complaint_id != case.id:
        raise UnknownLetter(f"{case.reference} has no letter {letter}")
    return found


def _check_draft(letter: Letter) -> None:
    if letter.state != LetterState.DRAFT:
        raise MoveRefused(f"this letter is {letter.state}: write a new one")


def _check_open(case: Complaint) -> None:
    if not Status(case.status).is_open:
        raise MoveRefused(f"{case.reference} is {case.status} already")
