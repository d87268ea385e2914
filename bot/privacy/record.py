"""What privacy keeps: who may not be erased and why (legal hold), and what was erased.

Errors::

    PrivacyError (a HandoffError)
    ├── NobodyFound     nothing is held of whoever this is
    ├── OnHold          a legal hold forbids it; the text names it
    └── UnknownHold     there is no such hold, or it is released already
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field, SQLModel

from handoff.queue import HandoffError


class PrivacyError(HandoffError):
    """Anything about privacy that is refused. ``status`` is how HTTP says it."""

    status = 400


class NobodyFound(PrivacyError):
    """Nothing is held of whoever this is."""

    status = 404


class OnHold(PrivacyError):
    """A legal hold forbids it."""

    status = 409


class UnknownHold(PrivacyError):
    """There is no such hold, or it is released already."""

    status = 404


class LegalHold(SQLModel, table=True):
    """A duty to keep: of one case (``reference``), or of all that a conversation holds.

    Until ``released_at`` nothing of it is erased, neither by its age nor on demand.
    """

    __tablename__ = "legal_hold"

    id: int | None = Field(default=None, primary_key=True)
    reference: str | None = Field(default=None, index=True)
    conversation: str | None = Field(default=None, index=True)
    reason: str = Field(sa_column=Column(Text, nullable=False))
    by: str
    at: datetime
    released_by: str | None = None
    released_at: datetime | None = None
    release_reason: str | None = Field(default=None, sa_column=Column(Text))


class Erasure(SQLModel, table=True):
    """One erasure: who, when, why, and how much; nothing of whom.

    ``references`` are the cases whose numbers stay. ``files`` are paths below the data folder that were
    still to be deleted when the rows went, ``models`` those that learnt from what is gone and must be
    trained anew.
    """

    __tablename__ = "erasure"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    by: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    references: list[str] = Field(default_factory=list, sa_column=Column("cases", JSON, nullable=False))
    counts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    files: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    models: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
