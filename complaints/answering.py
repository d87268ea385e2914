"""What customers answered to the operator's own questions (`complaints.world.categories`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from complaints import register
from complaints.commands import AnswerQuestion
from complaints.record import Complaint


class OwnAnswer(SQLModel, table=True):
    """One answer, or that there was none.

    ``question`` is its code, ``label`` what the question is about, in the customer's language; both are kept
    as they were, for the operator's files change. ``value`` is what was understood: an ISO 8601 day, an
    amount with its currency, a number, the code of a choice, yes or no, or a text; ``said`` is in the
    customer's words. ``state``: ``answered``; ``unchecked``: what was said was not understood; ``skipped``.
    """

    __tablename__ = "own_answer"
    __table_args__ = (UniqueConstraint("complaint_id", "question"),)

    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id")
    question: str
    kind: str
    state: str
    label: str
    value: str = Field(default="", sa_column=Column(Text, nullable=False))
    said: str = Field(default="", sa_column=Column(Text, nullable=False))
    at: datetime


def keep(session: Session, case: Complaint, answer: AnswerQuestion, *, actor: str, now: datetime) -> None:
    """Keep an answer; a later one to the same question takes its place, and both are events."""
    assert case.id is not None
    row = session.exec(
        select(OwnAnswer).where(OwnAnswer.complaint_id == case.id, OwnAnswer.question == answer.question)
    ).first()
    before = {answer.question: row.state} if row else {}
    row = row or OwnAnswer(
        complaint_id=case.id, question=answer.question, kind=answer.kind, state=answer.state,
        label=answer.label, at=now,
    )  # fmt: skip
    row.kind, row.state, row.label, row.at = answer.kind, answer.state, answer.label, now
    row.value, row.said = answer.value, answer.said
    session.add(row)
    register.record(
        session, case, "detail_added", actor=actor, now=now, before=before,
        after={answer.question: answer.state},
    )  # fmt: skip


def answers_of(session: Session, case: Complaint) -> list[OwnAnswer]:
    """All answers of a case, in the order in which they came."""
    query = select(OwnAnswer).where(OwnAnswer.complaint_id == case.id)
    return list(session.exec(query.order_by(col(OwnAnswer.at), col(OwnAnswer.id))))
