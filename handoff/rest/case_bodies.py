"""What comes along with a move of the investigation and the decision; the same for API and console."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from babel.numbers import list_currencies
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from complaints.commands import LARGEST_AMOUNT
from complaints.complaint import Decision, Remedy
from complaints.deciding import Finding
from complaints.investigation import TaskKind
from handoff.rest.bodies import NO_NUL, Name, Text, Words

_CURRENCIES = frozenset(list_currencies())
_Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _known(currency: str) -> str:
    if currency not in _CURRENCIES:
        raise ValueError("a currency is three letters of ISO 4217, such as EUR")
    return currency


Currency = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=3), AfterValidator(_known)
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=NO_NUL)]
OfferedLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=NO_NUL)]

CorrectLine = Annotated[Words, StringConstraints(max_length=200)]
_Amount = Annotated[Decimal, Field(gt=-LARGEST_AMOUNT, lt=LARGEST_AMOUNT, decimal_places=2)]
_EMPTY = BeforeValidator(lambda given: given or None)
"""An emptied field of a form is nothing, and no date that is badly written."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


_Given = Annotated[Literal["general", "safety", "remedy", "update"], AfterValidator(TaskKind)]
"""The other kinds the program makes itself, of a message that it could not send."""


class NewTask(_Body):
    """Something to be done; without an ``owner`` by whoever says so. ``due`` is aware."""

    title: Line
    kind: _Given = Field("general", validate_default=True)
    owner: Name = ""
    due: AwareDatetime | None = None


class EndTask(_Body):
    """What came of a task, or why it is dropped."""

    task: _Number
    outcome: Text
    dropped: bool = False


class PassTask(_Body):
    """Who does it instead."""

    task: _Number
    to: Annotated[Name, StringConstraints(min_length=1)]


class Remark(_Body):
    """What was found out."""

    remark: Words = ""


class StepAside(_Body):
    """The conflict of interest, and of whom; of oneself where nobody is named."""

    reason: Text
    who: Name = ""


class LiftConflict(_Body):
    """Who may handle the case after all, and why."""

    who: Annotated[Name, StringConstraints(min_length=1)]
    reason: Text


class Draft(_Body):
    """What is decided, in its parts: the letter is composed of them. See `complaints.deciding.Finding`."""

    decision: Decision
    remedy: Remedy | None = None
    cost: Annotated[Decimal, Field(gt=0, lt=LARGEST_AMOUNT, decimal_places=2)] | None = None
    currency: Currency | None = None
    by: datetime.date | None = None
    found: Text
    reasons: Words = ""
    cause_kind: Annotated[str, StringConstraints(max_length=80, pattern=r"^\w*$")] | None = None
    cause: OfferedLine | None = None

    @property
    def finding(self) -> Finding:
        """The same, for the desk."""
        return Finding(**dict(self))


class EditLetter(_Body):
    """The whole text of a draft."""

    letter: _Number
    body: Text


class SendLetter(_Body):
    """Which letter has been checked; ``body`` is its text as it was read, if it was changed."""

    letter: _Number
    body: Words = ""


class OneLetter(_Body):
    """Which letter."""

    letter: _Number


class Why(_Body):
    """A reason that must be given."""

    reason: Text


class Correct(_Body):
    """What the record should say instead, and why. What is left out stays; ``null`` or nothing takes it away.

    The names are those of `complaints.commands.Details`: what was wished for and what was said in the
    customer's own words nobody corrects for them.
    """

    name: CorrectLine | None = None
    organisation: CorrectLine | None = None
    phone: CorrectLine | None = None
    email: CorrectLine | None = None
    postal_address: Annotated[Words, StringConstraints(max_length=500)] | None = None
    on_behalf_of: CorrectLine | None = None
    product: CorrectLine | None = None
    order: CorrectLine | None = None
    date: Annotated[datetime.date | None, _EMPTY] = None
    amount: Annotated[_Amount | None, _EMPTY] = None
    currency: Annotated[Currency | None, _EMPTY] = None
    reason: Text

    @property
    def changes(self) -> dict[str, Any]:
        """Only what was named; ``None`` for what is to be taken away."""
        named = [name for name in type(self).model_fields if name in self.model_fields_set - {"reason"}]
        return {name: getattr(self, name) or None for name in named}


class PerhapsWhy(_Body):
    """A reason that may be given."""

    reason: Words = ""


class Outside(_Body):
    """The body outside the organisation that the customer has turned to."""

    body: Line
    reason: Words = ""
