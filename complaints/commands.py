"""What the dialogue wants done: the only way from the engine into the register.

The engine stores nothing. It answers a message with replies and with these commands, which
`bot.turn` applies in the transaction that finishes the message. They travel as JSON with a
``type``; `read` turns that JSON back into a command.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from complaints.complaint import ComplaintError, Remedy

LARGEST_AMOUNT = 10**12
"""Of money, in any currency; a column of the register holds no more."""


class UnknownCommand(ComplaintError):
    """The engine sent something that is no command: an error of this turn, not of the customer."""


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Details(_Command):
    """What is known about a problem, each part as soon as the customer has said it.

    ``amount`` is in ``currency`` (ISO 4217). ``on_behalf_of`` is a name or a relation ("my mother").
    ``wish`` is the customer's own words for the remedy, ``remedy`` its kind.
    """

    product: str | None = None
    order: str | None = None
    date: datetime.date | None = None
    amount: Annotated[Decimal, Field(gt=-LARGEST_AMOUNT, lt=LARGEST_AMOUNT)] | None = None
    currency: str | None = None
    remedy: Remedy | None = None
    wish: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    on_behalf_of: str | None = None
    anonymous: bool | None = None
    recurring: bool | None = None

    def said(self) -> dict[str, object]:
        """Only the parts that are known, as Python values."""
        return {k: v for k, v in self if v is not None}


class FileComplaint(_Command):
    """Open a case under the reference that the turn's offer promised."""

    type: Literal["FileComplaint"] = "FileComplaint"
    reference: str
    description: str
    details: Details = Details()


class AddDetail(_Command):
    """Add to, or correct, what is known about a case. ``description`` is appended."""

    type: Literal["AddDetail"] = "AddDetail"
    reference: str
    details: Details = Details()
    description: str | None = None


class AnswerQuestion(_Command):
    """The answer to one of the operator's own questions: see `complaints.answering.OwnAnswer`."""

    type: Literal["AnswerQuestion"] = "AnswerQuestion"
    reference: str
    question: str
    kind: Literal["text", "date", "amount", "number", "choice", "yes_no"]
    label: str
    value: str = ""
    said: str = ""
    state: Literal["answered", "unchecked", "skipped"]


class ConfirmSummary(_Command):
    """The customer has seen the summary and agrees, or has nothing to add."""

    type: Literal["ConfirmSummary"] = "ConfirmSummary"
    reference: str


class RecordFeedback(_Command):
    """An enquiry, compliment or suggestion: kept and counted, and no complaint."""

    type: Literal["RecordFeedback"] = "RecordFeedback"
    kind: Literal["enquiry", "compliment", "suggestion", "other"]
    text: str


class AskForHuman(_Command):
    """Put a case into the queue. ``reference`` is an open case's or, without one, the offer's."""

    type: Literal["AskForHuman"] = "AskForHuman"
    reference: str
    reason: Literal["asked", "distress", "legal", "danger", "misunderstood", "unsupported_language"]
    description: str = ""


class Withdraw(_Command):
    """Close a case because the customer does not want it any more (confirmed before)."""

    type: Literal["Withdraw"] = "Withdraw"
    reference: str


class Reopen(_Command):
    """Take a finished case up again, with what the customer says is still wrong."""

    type: Literal["Reopen"] = "Reopen"
    reference: str
    reason: str


class SetLanguage(_Command):
    """The customer chose a language (ISO 639-1); it holds until they choose another."""

    type: Literal["SetLanguage"] = "SetLanguage"
    language: str


class AskForProof(_Command):
    """Somebody asks how a complaint of elsewhere stands: the program says what is to be said to that."""

    type: Literal["AskForProof"] = "AskForProof"
    reference: str


class Silence(_Command):
    """A deliberate empty answer, so that it is told from a lost one."""

    type: Literal["Silence"] = "Silence"


Command = (
    FileComplaint
    | AddDetail
    | AnswerQuestion
    | ConfirmSummary
    | RecordFeedback
    | AskForHuman
    | Withdraw
    | Reopen
    | SetLanguage
    | AskForProof
    | Silence
)

_reader: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])


def read(data: object) -> Command:
    """The command that ``data`` (decoded JSON) stands for. Raises `UnknownCommand`."""
    try:
        return _reader.validate_python(data)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
        raise UnknownCommand(f"not a command: {fields}") from error
