"""Where a conversation's dialogue stands: a row of ours, opaque, handed to the engine each turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel

from channels.prepared import Prepared


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
    _KEEP.run(session, {"conversation": conversation, "state": state, "model": model, "at": now})


def state_of(session: Session, conversation: str) -> dict[str, Any] | None:
    """Where the dialogue stands; ``None`` before its first turn."""
    found: dict[str, Any] | None = _STATE.scalar(session, {"this": conversation})
    return found


def _keeping(insert: Any) -> Any:
    row = insert(_dialogue)
    fresh = {name: row.excluded[name] for name in ("state", "model", "at")}
    return row.on_conflict_do_update(index_elements=["conversation"], set_=fresh)


_dialogue = SQLModel.metadata.tables["dialogue"]
_KEEP = Prepared({"sqlite": _keeping(sqlite.insert), "postgresql": _keeping(postgresql.insert)})
_STATE = Prepared(select(_dialogue.c.state).where(_dialogue.c.conversation == bindparam("this")))
