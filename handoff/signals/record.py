"""What was found: signals, the cases behind them, the daily looks. `handoff.signals.keeping` changes them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from complaints.complaint import ComplaintError
from handoff.signals.series import Kind, Series, product_key


class UnknownSignal(ComplaintError):
    """There is no such signal."""


class State(StrEnum):
    """Where a signal stands."""

    OPEN = "open"
    NAMED = "named"
    """Its cause has a name, and its cases have that cause."""
    DISMISSED = "dismissed"
    """It is the new normal, or nothing: for the reason given."""
    OVER = "over"


class Signal(SQLModel, table=True):
    """A series has risen since the day ``since``.

    ``count``, ``expected`` and ``chance`` are those of the ``days`` in which it was found; ``week_count``
    and ``week_expected`` those of the week before the latest look. ``product`` is written as customers do,
    ``cause`` is a code; ``root_cause`` is the name that a supervisor gave to what is behind it.
    """

    __tablename__ = "signal"
    __table_args__ = (Index("signal_by_day", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    product: str = ""
    category: str = ""
    cause: str = ""
    since: date
    opened_at: datetime
    days: int
    count: int
    expected: float
    chance: float
    looked_at: datetime
    week_count: int
    week_expected: float
    ended_at: datetime | None = None
    root_cause: str | None = None
    named_by: str | None = None
    named_at: datetime | None = None
    dismissed_by: str | None = None
    dismissed_at: datetime | None = None
    dismissed_because: str | None = Field(default=None, sa_column=Column(Text))

    @property
    def series(self) -> Series:
        """What has risen."""
        return Series(Kind(self.kind), product_key(self.product), self.category, self.cause)

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.dismissed_at is not None:
            return State.DISMISSED
        if self.ended_at is not None:
            return State.OVER
        return State.NAMED if self.root_cause else State.OPEN

    @property
    def is_active(self) -> bool:
        """Whether it is still looked at: a series that has one raises no second."""
        return self.state in (State.OPEN, State.NAMED)


class SignalCase(SQLModel, table=True):
    """A case behind a signal: one of its series, received while it lasted."""

    __tablename__ = "signal_case"
    __table_args__ = (Index("signal_of_case", "complaint_id"),)

    signal_id: int = Field(primary_key=True, foreign_key="signal.id")
    complaint_id: int = Field(primary_key=True, foreign_key="complaint.id")


class SignalLook(SQLModel, table=True):
    """A day that was looked at, once: how many series, and how rare a count had to be."""

    __tablename__ = "signal_look"

    day: date = Field(primary_key=True)
    at: datetime
    series: int
    threshold: float
