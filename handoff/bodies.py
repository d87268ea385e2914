"""What an agent may send along with a move, and within which limits; the same for API and console."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from complaints.complaint import Category, Decision, Kind, Remedy, Severity

LONGEST_TEXT = 10_000
LONGEST_ID = 200

# PostgreSQL cannot store NUL, and no customer can read it.
_NO_NUL = r"^[^\x00]*$"
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT, pattern=_NO_NUL)
]
RequestId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=_NO_NUL)]


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
