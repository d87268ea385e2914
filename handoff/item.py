"""A case's place between the bot and the agents: the table, and what keeps it true."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Connection, Index, event, inspect, update
from sqlmodel import Field, SQLModel, col

from complaints.complaint import Severity
from complaints.record import Complaint


class State(StrEnum):
    """Where an item stands: with_bot → waiting → offered → held → with_bot or closed."""

    WAITING = "waiting"
    OFFERED = "offered"
    HELD = "held"
    WITH_BOT = "with_bot"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a person is needed."""

    COMPLAINT = "complaint"
    ASKED = "asked"
    DISTRESS = "distress"
    LEGAL = "legal"
    DANGER = "danger"
    MISUNDERSTOOD = "misunderstood"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    REOPENED = "reopened"
    DUE = "due"
    CONTESTED = "contested"  # the customer does not accept the answer
    REVIEW = "review"  # somebody else than the person who decided is to look at it
    CONFLICT = "conflict"  # somebody must keep out of it
    CHECK = "check"  # a letter waits for a second pair of eyes
    UNDELIVERED = "undelivered"  # the answer did not arrive
    POOR_SURVEY = "poor_survey"
    BY_HAND = "by_hand"  # something is to be told to the customer by a person


class Handoff(SQLModel, table=True):
    """A case's place between the bot and the agents; one row for each case.

    ``agent`` holds the case or, until ``offered_until``, is offered it. ``waiting_since`` is since
    when the customer has waited for a person without a break: a release does not start it anew;
    ``taken_at`` is when that wait ended first. ``queued_at`` is since when it looks for an agent, also
    after a release. ``back_at`` is when a case that is with the bot
    returns to the queue. ``escalated_at`` is when supervisors were told that its date is near.

    ``precedence`` (0 for the most severe), ``due``, ``language`` and ``category`` repeat the
    complaint's, so that one index holds the queue in its order, and who can take a case is read off
    its item. ``skill`` is what a colleague must be able to do, if somebody asked for that.
    """

    __tablename__ = "handoff"
    __table_args__ = (
        Index("handoff_in_order", "state", "precedence", "due", "waiting_since", "reference"),
        Index("handoff_to_bring_back", "state", "back_at"),
        Index("handoff_to_escalate", "state", "escalated_at", "due"),
        Index("handoff_by_agent", "agent", "state"),
    )

    reference: str = Field(primary_key=True, foreign_key="complaint.reference")
    conversation: str = Field(foreign_key="conversation.id", index=True)
    state: str = State.WAITING
    precedence: int
    due: datetime
    language: str
    category: str
    skill: str | None = None
    agent: str | None = None
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    opened_at: datetime
    waiting_since: datetime
    queued_at: datetime
    offered_until: datetime | None = None
    claimed_at: datetime | None = None
    taken_at: datetime | None = None
    back_at: datetime | None = None
    escalated_at: datetime | None = None


class Pass(SQLModel, table=True):
    """An agent who did not take an offer, or gave the case up: it goes to others first."""

    __tablename__ = "handoff_pass"

    reference: str = Field(primary_key=True, foreign_key="handoff.reference")
    agent: str = Field(primary_key=True)
    at: datetime


class Wait(SQLModel, table=True):
    """How long one customer waited for a person: what the next one is told is made of these."""

    __tablename__ = "wait"
    __table_args__ = (Index("wait_lately", "precedence", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    precedence: int
    seconds: int
    at: datetime


ORDER = (col(Handoff.precedence), col(Handoff.due), col(Handoff.waiting_since), col(Handoff.reference))
"""The order of the queue: severity, then due time, then waiting time."""


@event.listens_for(Complaint, "after_update")
def _keep_place(_: object, connection: Connection, case: Complaint) -> None:
    """What changes of a case moves it in the queue, whoever changes it; a new date has not been missed.

    By an event and not by a call: a danger that somebody forgot to move up would wait at the end.
    """
    changes = inspect(case).attrs
    values: dict[str, object] = {}
    if changes.severity.history.has_changes():
        values["precedence"] = precedence(case.severity)
    if changes.respond_by.history.has_changes():
        values |= {"due": case.respond_by, "escalated_at": None}
    values |= {
        name: getattr(case, name) for name in ("language", "category") if changes[name].history.has_changes()
    }
    if values:
        connection.execute(update(Handoff).where(col(Handoff.reference) == case.reference).values(**values))


@event.listens_for(Handoff, "after_update")
def _give_updates_back(_: object, connection: Connection, item: Handoff) -> None:
    """Whoever lets a case go leaves the promised update to the program again, which looks at once."""
    before = inspect(item).attrs.state.history.deleted
    if before and before[0] == State.HELD:
        connection.execute(
            update(Complaint)
            .where(col(Complaint.reference) == item.reference, col(Complaint.update_task) == "held")
            .values(update_task=None, clock_at=item.opened_at)
        )


def precedence(severity: str) -> int:
    """0 for the most severe."""
    return Severity.CRITICAL.rank - Severity(severity).rank
