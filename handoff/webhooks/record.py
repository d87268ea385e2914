"""The tables behind outgoing webhooks, and the trigger that feeds them.

An event of a case is told because the database itself puts it on the list `webhook_pending`, in the
transaction that writes it and whoever writes it. So there is no cursor that could pass over an event whose
transaction began earlier and committed later, as a number read from a sequence would. While no endpoint is
enabled the trigger does nothing.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, JSON, Column, Index, Integer, Text, UniqueConstraint, event
from sqlmodel import Field, SQLModel


class State(StrEnum):
    """Whether an endpoint is told anything: ``failing`` was switched off by the program."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    FAILING = "failing"


class Told(StrEnum):
    """How far a delivery got: ``failed`` has used up its attempts, or was refused for good."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Endpoint(SQLModel, table=True):
    """Who is told, of what, and how they know that it is us.

    ``types`` are the wanted event types, none for all. ``details``: personal data goes along. The secrets
    are not here: they are derived from ``key`` and the program's secret key (`handoff.webhooks.signing`).
    ``failures`` counts the failed attempts in a row, ``failing_since`` when the first of them was.
    """

    __tablename__ = "webhook_endpoint"

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_column=Column(Text, nullable=False))
    description: str = ""
    types: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    details: bool = False
    key: str
    old_key: str | None = None
    old_until: datetime | None = None
    state: str = State.ENABLED
    state_at: datetime
    state_by: str
    state_reason: str = ""
    created_at: datetime
    created_by: str
    failures: int = 0
    failing_since: datetime | None = None


class Pending(SQLModel, table=True):
    """Something that happened and has not been announced yet: an event, or what another room says."""

    __tablename__ = "webhook_pending"

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    event_id: int | None = Field(default=None, foreign_key="event.id", unique=True)
    uid: str | None = Field(default=None, unique=True)
    type: str | None = None
    data: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    at: datetime | None = None


class HookMessage(SQLModel, table=True):
    """What is told: ``body`` is the JSON, without personal data, ``uid`` the ``webhook-id``."""

    __tablename__ = "webhook_message"

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    event_id: int | None = Field(default=None, foreign_key="event.id", unique=True)
    type: str
    at: datetime = Field(index=True)
    body: str = Field(sa_column=Column(Text, nullable=False))


class HookDelivery(SQLModel, table=True):
    """One message on its way to one endpoint.

    ``serial`` is that of its only valid job; ``attempts`` are those since it was last sent anew.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint", "message"),
        Index("webhook_delivery_by_state", "state", "endpoint", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    endpoint: int = Field(foreign_key="webhook_endpoint.id")
    message: int = Field(foreign_key="webhook_message.id", index=True)
    state: str = Told.WAITING
    attempts: int = 0
    serial: int = 1
    next_at: datetime | None = None
    created_at: datetime
    settled_at: datetime | None = Field(default=None, index=True)


class HookAttempt(SQLModel, table=True):
    """One try: when, for how many ``seconds``, and what came of it.

    ``status`` is the answer's, ``None`` if there was none; ``answer`` its first characters, ``error`` what
    went wrong instead. ``reference`` leads to the case, for an erasure.
    """

    __tablename__ = "webhook_attempt"

    id: int | None = Field(default=None, primary_key=True)
    delivery: int = Field(foreign_key="webhook_delivery.id", index=True)
    reference: str | None = Field(default=None, index=True)
    at: datetime
    seconds: float
    status: int | None = None
    answer: str = ""
    error: str = ""


FEED = {
    "sqlite": (
        """CREATE TRIGGER webhook_feed AFTER INSERT ON event
        WHEN EXISTS (SELECT 1 FROM webhook_endpoint WHERE state = 'enabled')
        BEGIN INSERT OR IGNORE INTO webhook_pending (event_id) VALUES (NEW.id); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION recourse_webhook_feed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM webhook_endpoint WHERE state = 'enabled') THEN
            INSERT INTO webhook_pending (event_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL; END $$""",
        """CREATE TRIGGER webhook_feed AFTER INSERT ON event
        FOR EACH ROW EXECUTE FUNCTION recourse_webhook_feed()""",
    ),
}
"""What puts events on the list, in each database's way; also run by the migration."""

for _dialect_name, _statements in FEED.items():
    for _statement in _statements:
        event.listen(
            Pending.__table__,  # type: ignore[attr-defined]
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect_name),  # type: ignore[no-untyped-call]
        )
