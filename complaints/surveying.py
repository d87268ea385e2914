"""The survey after closing: how satisfied customers are with the *handling* (ISO 10002, 8.3).

Not with the outcome: whoever was refused may still have been heard well. One row for each time that
somebody was asked, which is once for each closing of a case; who does not answer is not reminded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from complaints import register
from complaints.record import Complaint

GRADES = range(1, 6)
"""From very bad to very good."""

POOR = 2
"""A grade up to this puts the case before a supervisor."""


class Survey(SQLModel, table=True):
    """One question about the handling, and what was answered.

    ``closing`` is the position of the event that closed the case: a case that is opened again and
    closed again is asked about again. ``commented`` says that there was a ``comment``, also when its words
    have been erased; ``commented_at`` without it: there was nothing to add.
    """

    __tablename__ = "survey"
    __table_args__ = (
        UniqueConstraint("reference", "closing"),
        Index("survey_by_conversation", "conversation", "asked_at"),
        Index("survey_by_date", "asked_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="complaint.reference")
    closing: int
    conversation: str
    channel: str
    language: str
    asked_at: datetime
    grade: int | None = None
    graded_at: datetime | None = None
    comment: str | None = Field(default=None, sa_column=Column(Text))
    commented_at: datetime | None = None
    commented: bool = False


@dataclass(frozen=True)
class Figures:
    """What came of asking ``asked`` customers. ``grades`` counts the answers by grade."""

    asked: int
    grades: Mapping[int, int]
    comments: int

    @property
    def answered(self) -> int:
        """How many gave a grade."""
        return sum(self.grades.values())

    @property
    def response_rate(self) -> float | None:
        """The share of those asked who gave a grade; ``None`` if nobody was asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def mean(self) -> float | None:
        """The mean grade; ``None`` if there is none."""
        total = sum(grade * count for grade, count in self.grades.items())
        return total / self.answered if self.answered else None


@dataclass(frozen=True)
class Results:
    """The survey as a whole, and by channel and language."""

    total: Figures
    by_channel: Mapping[str, Figures]
    by_language: Mapping[str, Figures]


def ask(session: Session, case: Complaint, closing: int, language: str, now: datetime) -> Survey | None:
    """Note that the customer is being asked; ``None`` if they were, about this closing.

    The caller has locked the conversation.
    """
    if of_closing(session, case.reference, closing) is not None:
        return None
    asked = Survey(
        reference=case.reference,
        closing=closing,
        conversation=case.conversation,
        channel=case.channel,
        language=language,
        asked_at=now,
    )
    session.add(asked)
    register.record(session, case, "survey_asked", actor="system", now=now, channel=case.channel)
    return asked


def give_grade(session: Session, case: Complaint, survey: Survey, grade: int, now: datetime) -> None:
    """The customer's grade; a second one replaces the first. Raises `ValueError` for what is no grade."""
    if grade not in GRADES:
        raise ValueError(f"no grade: {grade}")
    if survey.grade == grade:
        return
    survey.grade, survey.graded_at = grade, now
    session.add(survey)
    register.record(session, case, "survey_graded", actor="customer", now=now, grade=grade)


def comment(session: Session, case: Complaint, survey: Survey, text: str | None, now: datetime) -> None:
    """The customer's sentence, or ``None`` for nothing to add. Only the first one counts."""
    if survey.commented_at is not None:
        return
    survey.comment, survey.commented_at, survey.commented = text, now, bool(text)
    session.add(survey)
    if text:
        # The words are in the survey alone: there they can be erased, and the history stays whole.
        register.record(session, case, "survey_commented", actor="customer", now=now, survey=survey.id)


def of_closing(session: Session, reference: str, closing: int) -> Survey | None:
    """The survey about one closing of a case."""
    return session.exec(
        select(Survey).where(col(Survey.reference) == reference, col(Survey.closing) == closing)
    ).first()


def latest(session: Session, reference: str, conversation: str) -> Survey | None:
    """The last survey about a case, if it was put in this conversation."""
    return session.exec(
        select(Survey)
        .where(col(Survey.reference) == reference, col(Survey.conversation) == conversation)
        .order_by(col(Survey.closing).desc())
        .limit(1)
    ).first()


def results(session: Session, since: datetime, until: datetime) -> Results:
    """What those say who were asked from ``since`` until before ``until``."""
    counted = (
        sqlalchemy.select(
            col(Survey.channel),
            col(Survey.language),
            col(Survey.grade),
            func.count(),
            func.sum(sqlalchemy.case((col(Survey.commented), 1), else_=0)),
        )
        .where(col(Survey.asked_at) >= since, col(Survey.asked_at) < until)
        .group_by(col(Survey.channel), col(Survey.language), col(Survey.grade))
    )
    rows = [_Row(*row) for row in session.connection().execute(counted)]
    return Results(
        total=_figures(rows),
        by_channel={
            name: _figures(r for r in rows if r.channel == name) for name in _sorted(rows, "channel")
        },
        by_language={
            name: _figures(r for r in rows if r.language == name) for name in _sorted(rows, "language")
        },
    )


@dataclass(frozen=True)
class _Row:
    channel: str
    language: str
    grade: int | None
    asked: int
    comments: int


def _sorted(rows: Iterable[_Row], part: str) -> list[str]:
    return sorted({getattr(row, part) for row in rows})


def _figures(rows: Iterable[_Row]) -> Figures:
    asked = comments = 0
    grades: Counter[int] = Counter()
    for row in rows:
        asked += row.asked
        comments += row.comments
        if row.grade is not None:
            grades[row.grade] += row.asked
    return Figures(asked, {grade: grades[grade] for grade in GRADES}, comments)
