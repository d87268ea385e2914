"""Reports of delivery that came before we knew whose they are.

A platform may report "failed" before its answer to our request, which names the message, is committed.
Such a report waits here until that name is stored (`channels.outbox.sent`); one that is not ours waits
in vain, for a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, UniqueConstraint, bindparam, func, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, delete, select

from channels.message import DeliveryReport
from channels.prepared import Prepared

KEPT = timedelta(days=1)
"""For so long a message of unknown outcome is looked up, and may get its name."""

_LONGEST = 200  # characters of a platform's reason, so that many reports are still little


class EarlyReport(SQLModel, table=True):
    """One report without a message. The same one again adds nothing."""

    __tablename__ = "early_report"
    __table_args__ = (UniqueConstraint("channel", "provider_id", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    provider_id: str
    state: str
    error: str | None = None
    at: datetime = Field(index=True)


_early_report = SQLModel.metadata.tables["early_report"]
_ADD = Prepared(
    {
        "sqlite": sqlite.insert(_early_report).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(_early_report).on_conflict_do_nothing(),
    }
)
_TAKE = Prepared(
    delete(_early_report)
    .where(
        _early_report.c.channel == bindparam("of_channel"),
        _early_report.c.provider_id == bindparam("provider"),
    )
    .returning(_early_report.c.state, _early_report.c.error)
)


def keep(session: Session, report: DeliveryReport, now: datetime) -> None:
    """Let it wait for its message."""
    error = report.error and report.error[:_LONGEST]
    names = {"channel": report.channel, "provider_id": report.provider_id}
    _ADD.run(session, {**names, "state": report.state, "error": error, "at": now})


def take(session: Session, channel: str, provider_id: str) -> list[DeliveryReport]:
    """What has been reported of a message already, which waits no longer."""
    found = _TAKE.rows(session, {"of_channel": channel, "provider": provider_id})
    return [DeliveryReport(channel, provider_id, state, error) for state, error in found]


def forget(session: Session, now: datetime, limit: int) -> int:
    """Forget at most ``limit`` that have waited for `KEPT`, the oldest first; how many."""
    oldest = (
        select(EarlyReport.id)
        .where(EarlyReport.at < now - KEPT)
        .order_by(col(EarlyReport.at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.exec(oldest).all()
    return session.exec(delete(EarlyReport).where(col(EarlyReport.id).in_(found))).rowcount if found else 0


def turn(channel: ColumnElement[Any], provider_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """PostgreSQL's lock on a name until the transaction ends, for two that would not see each other."""
    return func.pg_advisory_xact_lock(func.hashtextextended(channel + ":" + provider_id, 0))


def wait_turn(session: Session, report: DeliveryReport) -> bool:
    """Wait for whoever is just storing that name; whether it is worth another look for the message."""
    database = session.connection()
    if database.dialect.name != "postgresql":
        return False  # one writes at a time
    database.execute(select(turn(literal(report.channel), literal(report.provider_id))))
    return True
