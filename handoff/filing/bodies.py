"""What somebody takes down of a complaint that came by telephone, at the counter, by post or by e-mail."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field, StringConstraints

from complaints.commands import LARGEST_AMOUNT, Details
from complaints.complaint import Remedy
from handoff.rest.bodies import LONGEST_TEXT, Name, Text, Words

MOST_FILES = 5

_Line = Annotated[Words, StringConstraints(max_length=200)]
_Code = Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]
_Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


_DETAILS = (
    "product", "order", "currency", "remedy", "wish", "name", "phone", "email", "on_behalf_of", "anonymous",
)  # fmt: skip


class NewFile(BaseModel):
    """A file that came with the complaint: ``content`` in Base64, at most 10 MB of it.

    All of them together may have some 18 MB: more is too large for one request.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    content: Annotated[Base64Bytes, Field(max_length=14_000_000)]


class NewCase(BaseModel):
    """A complaint taken down for somebody. ``text`` is in their words; times carry their offset.

    ``channel`` is how it came in, ``received_at`` when (without it, now): from then on the clocks run.
    ``earlier`` is the reference of an earlier complaint of theirs: they are answered where that one was made.
    ``claim`` keeps the case with whoever takes it down, if they have room.
    """

    model_config = ConfigDict(extra="forbid")

    channel: Literal["phone", "counter", "letter", "email"]
    text: Text
    received_at: AwareDatetime | None = None
    language: _Code | None = Field(None, description="ISO 639-1; without one, that of the text")
    name: _Line = ""
    organisation: _Line = ""
    phone: _Line = ""
    email: _Line = ""
    postal_address: Annotated[Words, StringConstraints(max_length=500)] = ""
    anonymous: bool = False
    on_behalf_of: _Line = ""
    earlier: Annotated[str, StringConstraints(max_length=40)] = ""
    product: _Line = ""
    order: _Line = ""
    problem_date: date | None = None
    amount: Annotated[Decimal, Field(gt=-LARGEST_AMOUNT, lt=LARGEST_AMOUNT, decimal_places=2)] | None = None
    currency: _Currency | None = None
    remedy: Remedy | None = None
    wish: Annotated[Words, StringConstraints(max_length=LONGEST_TEXT)] = ""
    claim: bool = False
    files: Annotated[list[NewFile], Field(max_length=MOST_FILES)] = []

    def details(self) -> Details:
        """What is known about the problem and the person."""
        given = {name: getattr(self, name) or None for name in _DETAILS}
        return Details(date=self.problem_date, amount=self.amount, **given)

    def digest(self) -> str:
        """By this the same complaint is known when it is sent once more."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
