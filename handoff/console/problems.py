"""What was refused, in the agent's language: the console's words for the errors of the rooms below."""

from __future__ import annotations

from channels.lanes import Unavailable
from complaints.complaint import MoveRefused, UnknownReference
from handoff.agents import NotAllowed
from handoff.console.attaching import FileProblem
from handoff.console.moves import OutOfDate
from handoff.console.words import DEFAULT, tell
from handoff.queue import AlreadyHeld, AtCapacity, BadInput, NotHolder

_KEYS: dict[type[Exception], str] = {
    NotHolder: "problem_claim_first",
    AtCapacity: "problem_full",
    OutOfDate: "problem_old_page",
    NotAllowed: "problem_role",
    Unavailable: "problem_away",
}
_BARE: dict[type[Exception], str] = {UnknownReference: "problem_unknown", MoveRefused: "problem_move"}
"""What the error tells better in English than we could in another language."""


def said(error: Exception, language: str) -> str:
    """A sentence for whoever was refused. What has none of its own is told as the error tells it."""
    if isinstance(error, FileProblem):
        return tell(language, error.key, **error.values)
    if isinstance(error, (AlreadyHeld, NotHolder)) and error.holder:
        return tell(language, "problem_held", name=error.holder)
    keys = _KEYS if language == DEFAULT else _KEYS | _BARE
    if (key := next((key for kind, key in keys.items() if isinstance(error, kind)), None)) is not None:
        return tell(language, key)
    if isinstance(error, BadInput):
        return tell(language, "problem_input", detail=error)
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
