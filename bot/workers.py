"""Which workers are alive, so that a web process can say whether a message would be answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel, col, delete, select

_SILENT = timedelta(seconds=20)
_FORGOTTEN = timedelta(hours=1)


class Worker(SQLModel, table=True):
    """One worker process and its last sign of life."""

    __tablename__ = "worker"

    owner: str = Field(primary_key=True)
    seen_at: datetime


def beat(session: Session, owner: str, now: datetime) -> None:
    """Leave a sign of life, and forget workers that have long been silent."""
    session.merge(Worker(owner=owner, seen_at=now))
    session.exec(delete(Worker).where(col(Worker.seen_at) < now - _FORGOTTEN))


def leave(session: Session, owner: str) -> None:
    """Take the sign of life away: this worker has stopped, and nobody need wait until it is silent."""
    session.exec(delete(Worker).where(col(Worker.owner) == owner))


def alive(session: Session, now: datetime) -> bool:
    """Whether any worker has been heard of lately."""
    return session.exec(select(Worker.owner).where(col(Worker.seen_at) > now - _SILENT)).first() is not None
