"""What was refused, in the agent's language: the console's words for the errors of the rooms below."""

from __future__ import annotations

from channels.lanes import Unavailable
from complaints.complaint import MoveRefused, UnknownReference
from complaints.proportion import NotInvestigated
from handoff.casework.conflicts import ConflictOfInterest
from handoff.casework.correcting import NothingDiffers
from handoff.casework.deciding import SecondPairNeeded
from handoff.casework.limits import AboveLimit
from handoff.console.attaching import FileProblem
from handoff.console.moves import OutOfDate
from handoff.console.wording import wording
from handoff.console.words import DEFAULT, tell
from handoff.improvement.record import (
    AnotherMustCheck,
    NotIndependent,
    NotOnRecord,
    NotTheirs,
    TooEarly,
    WrongState,
)
from handoff.queue import AlreadyHeld, AtCapacity, BadInput, NotHolder
from handoff.staff.agents import NotAllowed

_KEYS: dict[type[Exception], str] = {
    NotHolder: "problem_claim_first",
    SecondPairNeeded: "letter_second_pair",
    AtCapacity: "problem_full",
    OutOfDate: "problem_old_page",
    NothingDiffers: "correct_nothing",
    NotAllowed: "problem_role",
    Unavailable: "problem_away",
    NotOnRecord: "improve_not_on_record",
    NotTheirs: "improve_not_yours",
    NotIndependent: "improve_not_independent",
    AnotherMustCheck: "improve_another_checks",
    WrongState: "improve_wrong_state",
    TooEarly: "improve_too_early",
}
_BARE: dict[type[Exception], str] = {UnknownReference: "problem_unknown", MoveRefused: "problem_move"}
"""What the error tells better in English than we could in another language."""


def said(error: Exception, language: str) -> str:
    """A sentence for whoever was refused. What has none of its own is told as the error tells it."""
    if (told := _in_particular(error, language)) is not None:
        return told
    keys = _KEYS if language == DEFAULT else _KEYS | _BARE
    if (key := next((key for kind, key in keys.items() if isinstance(error, kind)), None)) is not None:
        return tell(language, key)
    if isinstance(error, BadInput):
        return tell(language, "problem_input", detail=error)
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _in_particular(error: Exception, language: str) -> str | None:
    """What is told of an error that knows more than its kind."""
    match error:
        case FileProblem():
            return tell(language, error.key, **error.values)
        case AlreadyHeld(holder=str(holder)) | NotHolder(holder=str(holder)) if holder:
            return tell(language, "problem_held", name=holder)
        case AboveLimit():
            return tell(language, "problem_above_limit", limit=error.money(language))
        case ConflictOfInterest():
            return tell(language, "problem_conflict", name=error.agent)
        case NotInvestigated():
            severity = wording(language).label(error.severity).lower()
            needs = [tell(language, f"need_{need}") for need in error.missing]
            return " ".join([tell(language, "before_decision", severity=severity), *needs])
        case _:
            return None
