"""What review keeps: how the model understood each message, and what a trainer decided about it.

Both are rows beside the message. The customer's own words stay in the transcript; a decision keeps
the masked text only.

Errors::

    ReviewError (a HandoffError)
    ├── UnknownMessage      no customer's message with words has this id
    ├── AlreadyDecided      somebody was first; nothing was changed
    ├── BadExample          it lacks an intent, a severity or words; the text says what would do
    ├── KnownExample        the examples, or the golden set, hold it already
    └── ExamplesClosed      the examples cannot be read or written here; the text names the remedy
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field, SQLModel

from handoff.queue import HandoffError

LARGEST = 2**31 - 1
"""Of a message's number: what the database's column holds."""


class ReviewError(HandoffError):
    """Anything about review that is refused. ``status`` is how HTTP says it."""

    status = 400


class UnknownMessage(ReviewError):
    """No customer's message with words has this id."""

    status = 404


class AlreadyDecided(ReviewError):
    """A message is decided once."""

    status = 409


class BadExample(ReviewError):
    """The example lacks something; the text says what would do."""

    status = 422


class KnownExample(ReviewError):
    """The examples hold it already, or the golden set does, which must never be learnt from."""

    status = 409


class ExamplesClosed(ReviewError):
    """The examples cannot be read or written here. The text names the remedy."""

    status = 503


class Verdict(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    DISCARDED = "discarded"


class Understanding(SQLModel, table=True):
    """What the model made of one message of a customer. Confidences are from 0 to 1.

    ``ranking`` are its best guesses, ``[intent, confidence]``, the likeliest first; ``doubt`` says how
    much a trainer's look is worth (`bot.review.doubts`), 0 for none.
    """

    __tablename__ = "understanding"
    __table_args__ = (Index("understanding_by_doubt", "doubt", "at"),)

    message_id: int = Field(primary_key=True, foreign_key="message.id")
    language: str
    intent: str
    confidence: float
    ranking: list[list[Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    severity: str | None = None
    severity_confidence: float | None = None
    category: str | None = None
    category_confidence: float | None = None
    products: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    misunderstood: bool = False  # the customer was told so, or asked what they want
    doubt: float = 0.0
    model: str = ""
    at: datetime


class Decision(SQLModel, table=True):
    """A trainer's word on one message, and with it on all that say the same.

    ``text`` is masked; ``likeness`` is what it has in common with others that say the same
    (`bot.review.likeness`); ``file`` is where the example went, below the folder of examples.
    """

    __tablename__ = "review_decision"

    message_id: int = Field(primary_key=True, foreign_key="message.id")
    verdict: str
    author: str
    at: datetime
    text: str = Field(sa_column=Column(Text, nullable=False))
    likeness: str = Field(sa_column=Column(Text, nullable=False))
    language: str | None = None
    intent: str | None = None
    severity: str | None = None
    category: str | None = None
    file: str | None = None
