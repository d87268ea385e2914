"""The complaint record: the tables that hold cases, what happened to them, and feedback.

Changed only through `complaints.register`, `assessing` and `describing`: nothing changes without an event.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Index, Numeric, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from complaints.complaint import Category, Kind, Severity, Status


class Complaint(SQLModel, table=True):
    """One case: the form of ISO 10002's annexes, as columns.

    Amounts are in ``currency``; all times are UTC; ``description`` is in the customer's own words,
    one message a paragraph. ``conversation`` is the only one that may ask about the case.

    ``policy`` and its version are those at receipt; ``clock`` is what `complaints.watching` says, and
    ``clock_at`` when somebody must look at it next. ``update_task`` says why a person, and not the
    program, must tell the customer by ``update_by`` how the case stands.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        Index("complaint_by_conversation", "conversation", "received_at"),
        Index("complaint_by_arrival", "received_at"),
        Index("complaint_by_cause", "root_cause", "reference"),
        Index("complaint_to_look_at", "clock_at"),
        Index("complaint_paused", "paused_since"),
        Index("complaint_by_phone", "phone"),
        Index("complaint_by_email", "email"),
        Index("complaint_by_answer", "responded_at"),
        # What reports count of a year is in these two, so that no whole row is read (`handoff.reports`). A
        # product is somebody's own words, and too long for an index of PostgreSQL.
        Index(
            "complaint_received_in",
            "received_at",
            "kind",
            "status",
            "acknowledged_at",
            "channel",
            "category",
            "severity",
            "language",
            "recurring",
            "first_answer_at",
            "reference",
            "id",
        ),
        Index(
            "complaint_answered_in",
            "responded_at",
            "kind",
            "status",
            "received_at",
            "respond_by",
            "decision",
            "remedy",
            "compensation",
            "remedy_currency",
            "first_answer_at",
            "channel",
            "category",
            "severity",
            "language",
            "reference",
            "id",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    kind: str = Kind.COMPLAINT
    status: str = Status.RECEIVED
    conversation: str
    channel: str
    language: str
    provisional: bool = False

    name: str | None = None
    organisation: str | None = None
    postal_address: str | None = None
    phone: str | None = None
    email: str | None = None
    on_behalf_of: str | None = None
    anonymous: bool = False
    vulnerability: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))

    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    product: str | None = None
    order: str | None = Field(default=None, sa_column=Column("order_number", Text))
    problem_date: date | None = None
    amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    currency: str | None = None
    wish: str | None = None
    remedy_requested: str | None = None
    recurring: bool | None = None
    confirmed_at: datetime | None = None

    severity: str = Severity.MEDIUM
    category: str = Category.OTHER
    subcategory: str | None = None  # a code of the operator's `categories.yml`
    safety: bool = False
    complexity: str = "normal"
    impact: str = "inconvenience"
    immediate_action: bool = False
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    assessed_by: str | None = None

    decision: str | None = None
    remedy: str | None = None
    response: str | None = Field(default=None, sa_column=Column(Text))
    compensation: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    remedy_currency: str | None = None  # of `compensation`: what the remedy costs us
    cause_kind: str | None = None  # a code of `complaints.causes`; `root_cause` is in somebody's own words
    root_cause: str | None = None
    decision_reasons: str | None = Field(default=None, sa_column=Column(Text))
    decided_by: str | None = None  # the agent who wrote the decision

    received_at: datetime
    update_by: datetime
    respond_by: datetime
    acknowledged_at: datetime | None = None
    first_answer_at: datetime | None = None  # when a person first wrote to the customer
    responded_at: datetime | None = None
    closed_at: datetime | None = None

    policy: str = ""
    policy_version: str = ""
    clock: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, default=dict))
    clock_at: datetime | None = None
    paused_since: datetime | None = None
    pause_reason: str | None = None
    update_task: str | None = None


class Event(SQLModel, table=True):
    """One thing that happened to a case: who, when, what, why. Never changed, never deleted."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("complaint_id", "position"),
        Index("event_by_kind", "kind", "at", "complaint_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaint.id")
    position: int  # 1, 2, 3 ... within the case
    kind: str
    actor: str  # "customer", "bot", "system" or "agent:NAME"
    at: datetime
    reason: str = ""
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Feedback(SQLModel, table=True):
    """What is not a complaint: an enquiry, a compliment, a suggestion. Kept and counted."""

    __tablename__ = "feedback"

    id: int | None = Field(default=None, primary_key=True)
    conversation: str = Field(index=True)
    channel: str
    language: str
    kind: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime
