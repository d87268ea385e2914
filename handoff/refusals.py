"""What the desk's doors answer when something is refused: one table for the API and the console."""

from __future__ import annotations

from channels.lanes import Unavailable
from complaints.complaint import ComplaintError, MoveRefused, UnknownReference
from complaints.deciding import UnknownLetter
from complaints.investigation import UnknownTask
from handoff.casework.conflicts import ConflictOfInterest
from handoff.casework.deciding import SecondPairNeeded
from handoff.casework.limits import AboveLimit
from handoff.improvement.record import (
    AnotherMustCheck,
    NotIndependent,
    NotOnRecord,
    NotTheirs,
    TooEarly,
    WrongState,
)
from handoff.queue import AlreadyHeld, AtCapacity, BadInput, HandoffError, NotHolder
from handoff.signals.record import UnknownSignal
from handoff.staff.agents import NotAllowed, SignInRefused, UnknownAgent
from handoff.webhooks.endpoints import UnknownEndpoint
from handoff.webhooks.replaying import UnknownDelivery

REFUSALS = (HandoffError, ComplaintError, Unavailable)

_STATUS: dict[type[Exception], int] = {
    SignInRefused: 401,
    NotAllowed: 403,
    NotHolder: 403,
    UnknownReference: 404,
    UnknownAgent: 404,
    AlreadyHeld: 409,
    ConflictOfInterest: 409,
    SecondPairNeeded: 409,
    AboveLimit: 403,
    UnknownTask: 404,
    UnknownLetter: 404,
    NotOnRecord: 404,
    NotTheirs: 403,
    NotIndependent: 409,
    AnotherMustCheck: 409,
    WrongState: 409,
    TooEarly: 409,
    UnknownSignal: 404,
    UnknownEndpoint: 404,
    UnknownDelivery: 404,
    AtCapacity: 409,
    MoveRefused: 409,
    BadInput: 422,
    Unavailable: 503,
}


def status_of(error: Exception) -> int:
    """The HTTP status that says what ``error`` says; 400 for a refusal without one of its own."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
