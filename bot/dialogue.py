"""Where a conversation's dialogue stands: a row of ours, opaque, handed to the engine each turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel


class Dialogue(SQLModel, table=True):
    """The engine's state of one conversation after the last turn."""

    __tablename__ = "dialogue"

    conversation: str = Field(primary_key=True, foreign_key="conversation.id")
    state: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    model: str | None = None
    at: datetime


def keep(
    session: Session, conversation: str, state: dict[str, Any], model: str | None, now: datetime
) -> None:
    """Remember where the dialogue stands, in the transaction of the turn."""
    session.merge(Dialogue(conversation=conversation, state=state, model=model, at=now))
