"""What a management review decides, kept: recommendations, and what became of them (ISO 10002, 8.6).

A recommendation belongs to the period that was reviewed. In the review of a later period it is a
follow-up: open, done or dropped, with who said so and how it ended. None is ever deleted.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, Session, SQLModel, col, select

from handoff.queue import BadInput
from handoff.reports.periods import Period
from handoff.staff.agents import Person
from handoff.staff.roles import Right

LONGEST = 2000
"""Characters of a recommendation, or of what became of it."""

_MOST = 500  # recommendations of one period; more is no review


class PointState(StrEnum):
    """Where a recommendation stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class ReviewPoint(SQLModel, table=True):
    """A recommendation of the review of the period from ``since`` until before ``until``, in their words.

    ``owner`` and ``due`` (a day of the operator's calendar) are whose it is and by when, if that was said.
    """

    __tablename__ = "review_point"
    __table_args__ = (Index("review_point_by_period", "until", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    since: date
    until: date
    text: str = Field(sa_column=Column(Text, nullable=False))
    owner: str = ""
    due: date | None = None
    by: str
    at: datetime
    state: str = PointState.OPEN
    outcome: str = Field(default="", sa_column=Column(Text, nullable=False))
    ended_by: str | None = None
    ended_at: datetime | None = None

    @property
    def period(self) -> Period:
        """The period that was reviewed."""
        return Period(self.since, self.until)


def recommend(
    session: Session,
    person: Person,
    period: Period,
    text: str,
    now: datetime,
    *,
    owner: str = "",
    due: date | None = None,
) -> ReviewPoint:
    """Keep a recommendation. Raises `NotAllowed`, `BadInput`."""
    person.need(Right.SUPERVISE)
    point = ReviewPoint(
        since=period.start,
        until=period.end,
        text=_words(text, "write what is recommended"),
        owner=" ".join(owner.replace("\0", " ").split())[:100],
        due=due,
        by=f"agent:{person.name}",
        at=now,
    )
    if len(of_period(session, period)) >= _MOST:
        raise BadInput(f"the review of {period} has {_MOST} recommendations already")
    session.add(point)
    session.flush()
    return point


def end(
    session: Session, person: Person, number: int, state: PointState, outcome: str, now: datetime
) -> ReviewPoint:
    """Say what became of a recommendation: done or dropped. Raises `NotAllowed`, `BadInput`."""
    person.need(Right.SUPERVISE)
    point = session.get(ReviewPoint, number, with_for_update=True)
    if point is None:
        raise BadInput(f"there is no recommendation {number}")
    if point.state != PointState.OPEN or state == PointState.OPEN:
        raise BadInput(f"recommendation {number} is {point.state} already")
    point.state, point.outcome = state, _words(outcome, "write what became of it")
    point.ended_by, point.ended_at = f"agent:{person.name}", now
    session.add(point)
    return point


def of_period(session: Session, period: Period) -> list[ReviewPoint]:
    """The recommendations of the review of exactly this period, in the order in which they were written."""
    asked = select(ReviewPoint).where(
        col(ReviewPoint.since) == period.start, col(ReviewPoint.until) == period.end
    )
    return list(session.exec(asked.order_by(col(ReviewPoint.id))))


def follow_ups(session: Session, period: Period, since: datetime) -> list[ReviewPoint]:
    """Recommendations of other reviews until then, shorter ones too: still open, or ended since ``since``."""
    asked = select(ReviewPoint).where(
        col(ReviewPoint.until) <= period.end,
        (col(ReviewPoint.since) != period.start) | (col(ReviewPoint.until) != period.end),
        (col(ReviewPoint.state) == PointState.OPEN) | (col(ReviewPoint.ended_at) >= since),
    )
    return list(session.exec(asked.order_by(col(ReviewPoint.until), col(ReviewPoint.id))))


def _words(text: str, wanted: str) -> str:
    found = text.replace("\0", "").strip()
    if not found:
        raise BadInput(wanted)
    if len(found) > LONGEST:
        raise BadInput(f"at most {LONGEST} characters, please")
    return found
