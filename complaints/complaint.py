"""What a complaint is: its words, its stages and the moves between them.

The stages, categories and remedies follow the process of ISO 10002 (clauses 7.2 to 7.9). Nothing
here knows a database, a channel or a person: these are the terms that all other rooms speak.

Errors::

    ComplaintError              anything this room refuses
    ├── UnknownReference        no such complaint, or not for you: both look the same
    ├── MoveRefused             a stage cannot be left that way
    └── ReferenceTaken          a freshly minted reference already exists: repeat the turn
"""

from __future__ import annotations

from enum import StrEnum


class ComplaintError(Exception):
    """Anything that this room refuses."""


class UnknownReference(ComplaintError):
    """No complaint has this reference, or none that the asker may see."""


class MoveRefused(ComplaintError):
    """The complaint's stage does not allow this move."""


class ReferenceTaken(ComplaintError):
    """The offered reference was used by someone else in the meantime."""


class Severity(StrEnum):
    """How bad it is for the customer; compares by urgency (``Severity.CRITICAL.outranks(...)``)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical: the order of the queue."""
        return list(Severity).index(self)

    def outranks(self, other: Severity) -> bool:
        """Whether this is more urgent than ``other``."""
        return self.rank > other.rank


class Category(StrEnum):
    """What went wrong: the usual list of complaint categories."""

    LATE_DELIVERY = "late_delivery"
    WRONG_ITEM = "wrong_item"
    DEFECT = "defect"
    DAMAGE = "damage"
    POOR_SERVICE = "poor_service"
    STAFF_CONDUCT = "staff_conduct"
    INFORMATION = "information"
    BILLING = "billing"
    CONTRACT = "contract"
    REFUSED_REMEDY = "refused_remedy"
    DATA_PRIVACY = "data_privacy"
    SAFETY = "safety"
    DISCRIMINATION = "discrimination"
    BROKEN_COMMITMENT = "broken_commitment"
    COMPLAINT_HANDLING = "complaint_handling"
    OTHER = "other"


class Remedy(StrEnum):
    """What the customer asks for, and what the decision grants."""

    DELIVER = "deliver"
    REPAIR = "repair"
    EXCHANGE = "exchange"
    CANCEL = "cancel"
    REFUND = "refund"
    PRICE_REDUCTION = "price_reduction"
    COMPENSATION = "compensation"
    CORRECTION = "correction"
    INFORMATION = "information"
    APOLOGY = "apology"
    HONOUR_COMMITMENT = "honour_commitment"
    ENFORCE_GUARANTEE = "enforce_guarantee"
    OTHER = "other"


class Decision(StrEnum):
    """Whether the organisation agrees with the customer."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"


class Status(StrEnum):
    """The stages of a case (ISO 10002, clause 7), and ``withdrawn``."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ASSESSED = "assessed"
    INVESTIGATING = "investigating"
    RESPONDED = "responded"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether someone still owes the customer something."""
        return self not in (Status.CLOSED, Status.WITHDRAWN)


class Kind(StrEnum):
    """What a record is. Only complaints are counted as complaints."""

    COMPLAINT = "complaint"
    CONTACT = "contact"  # somebody wants a person and has not complained (yet)
    FEEDBACK = "feedback"  # a provisional case that turned out to be no complaint


_FORWARD: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.ACKNOWLEDGED}),
    Status.ACKNOWLEDGED: frozenset({Status.ASSESSED}),
    Status.ASSESSED: frozenset({Status.INVESTIGATING, Status.RESPONDED}),
    Status.INVESTIGATING: frozenset({Status.RESPONDED}),
    Status.RESPONDED: frozenset({Status.CLOSED, Status.INVESTIGATING}),
    Status.CLOSED: frozenset({Status.INVESTIGATING}),  # reopened
    Status.WITHDRAWN: frozenset({Status.INVESTIGATING}),  # reopened
}


def check_move(old: Status, new: Status) -> None:
    """Raise `MoveRefused` unless a case may go from ``old`` to ``new``.

    Every open case may be withdrawn. Going back to ``investigating`` is how a case is reopened;
    the caller records that as an event of its own, so that nothing goes backwards silently.
    """
    if new is Status.WITHDRAWN and old.is_open:
        return
    if new not in _FORWARD[old]:
        raise MoveRefused(f"a case that is {old} cannot become {new}")
