"""What an agent may send along with a move, and within which limits; the same for API and console."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from complaints.complaint import Category, Decision, Kind, Remedy, Severity
from complaints.masking import mask
from handoff.dispatch.presence import Presence

LONGEST_NAME = 80
LONGEST_TEXT = 10_000
LONGEST_ID = 200

# What customers must not send, agents must not write either: nobody needs a whole card number here.
_HIDE = AfterValidator(lambda text: mask(text).text)
# PostgreSQL cannot store NUL, and no customer can read it.
NO_NUL = r"^[^\x00]*$"
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT, pattern=NO_NUL),
    _HIDE,
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT, pattern=NO_NUL), _HIDE
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NAME, pattern=NO_NUL)]
RequestId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=NO_NUL)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reply(_Body):
    """A text for the customer; the same ``id`` is sent once, however often it is asked for."""

    text: Text
    id: RequestId


class Note(_Body):
    """A text for colleagues."""

    text: Text


class Assess(_Body):
    """A correction of the assessment, and why."""

    severity: Severity | None = None
    category: Category | None = None
    kind: Literal[Kind.COMPLAINT, Kind.FEEDBACK] | None = None
    reason: Text


class Resolve(_Body):
    """The decision, what the customer gets, and the text that tells them."""

    decision: Decision
    remedy: Remedy | None = None
    text: Text


class Close(_Body):
    """Why an answered case is closed."""

    reason: Text


class HandBack(_Body):
    """What colleagues should know when the case comes back."""

    note: Words = ""


class Transfer(_Body):
    """To whom a case is passed on (nobody: the queue), with which skill, and what they should know."""

    to: Name = ""
    skill: Name = ""
    note: Words = ""


class Assign(_Body):
    """Who gets the case."""

    to: Annotated[Name, StringConstraints(min_length=1)]


class Pause(_Body):
    """What a clock waits for, in the policy's words, and why, for colleagues."""

    waiting_for: Annotated[Name, StringConstraints(min_length=1)]
    reason: Text


class Extend(_Body):
    """The last day of the answer, and why: the customer reads this."""

    until: date
    reason: Annotated[Text, StringConstraints(max_length=200)]


class ChooseKind(_Body):
    """A kind of complaint with a time of its own, in the policy's words (none: the ordinary), and why."""

    kind: Name = ""
    reason: Text


class StageDone(_Body):
    """A stage of the policy that is done."""

    stage: Annotated[Name, StringConstraints(min_length=1)]


class SetPresence(_Body):
    """Whether one can be given work."""

    presence: Presence


class SetProfile(_Body):
    """What an agent can do, and how many cases at a time. What is left out stays."""

    capacity: Annotated[int, Field(ge=0, le=1000)] | None = None
    languages: list[Name] | None = None
    skills: list[Name] | None = None


_References = Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=500)]


class NameCause(_Body):
    """Cases that have the same cause, and its name; an empty one takes it off."""

    references: _References
    cause: Annotated[Words, StringConstraints(max_length=200)]


class BulkReply(_Body):
    """One answer for many: for ``references``, or all open cases of a ``cause``.

    ``texts`` are for some languages (ISO 639-1), ``text`` for all others.
    """

    references: _References = []
    cause: Words = ""
    text: Text
    texts: dict[Annotated[str, StringConstraints(pattern="^[a-z]{2}$")], Text] = {}
    id: RequestId
    also_held: bool = False
