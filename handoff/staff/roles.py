"""Who may do what at the desk: the one table that console, API and Slack ask."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Right(StrEnum):
    """Something that not everybody may do."""

    READ = "read"
    """See the queue and every case in it, with its files."""
    ANNOTATE = "annotate"
    """Write notes, correct assessments."""
    ANSWER = "answer"
    """Work on cases: claim, answer, decide, hand back."""
    TRAIN = "train"
    """Decide what the assistant learns from."""
    SUPERVISE = "supervise"
    """Act on what others hold, on many cases at once, and on what could not be delivered."""
    INSPECT = "inspect"
    """See the accounts, and who changed what about them."""
    AUDIT = "audit"
    """Draw samples of cases, judge them, keep findings. Not for those who lead the desk that is audited."""
    ADMINISTER = "administer"
    """Change accounts."""


class Role(StrEnum):
    """What somebody is at the desk."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    AUDITOR = "auditor"
    ADMIN = "admin"

    def may(self, right: Right) -> bool:
        """Whether this role has ``right``."""
        return right in GRANTED[self]

    @property
    def answers(self) -> bool:
        """Whether they work on cases: claim, answer, resolve."""
        return self.may(Right.ANSWER)

    @property
    def annotates(self) -> bool:
        """Whether they may write notes and correct assessments."""
        return self.may(Right.ANNOTATE)

    @property
    def trains(self) -> bool:
        """Whether they decide what the assistant learns from."""
        return self.may(Right.TRAIN)

    @property
    def supervises(self) -> bool:
        """Whether they may put back what somebody else holds."""
        return self.may(Right.SUPERVISE)

    @property
    def inspects(self) -> bool:
        """Whether they may see the accounts."""
        return self.may(Right.INSPECT)

    @property
    def audits(self) -> bool:
        """Whether they may draw samples of cases and judge them."""
        return self.may(Right.AUDIT)

    @property
    def oversees(self) -> bool:
        """Whether they see what the desk as a whole does: supervisors and auditors."""
        return self.supervises or self.inspects

    @property
    def administers(self) -> bool:
        """Whether they may change accounts."""
        return self.may(Right.ADMINISTER)


_AT_WORK = frozenset({Right.READ, Right.ANNOTATE})

GRANTED = MappingProxyType(
    {
        Role.AGENT: _AT_WORK | {Right.ANSWER},
        Role.SUPERVISOR: _AT_WORK | {Right.ANSWER, Right.TRAIN, Right.SUPERVISE},
        Role.TRAINER: _AT_WORK | {Right.TRAIN},
        Role.AUDITOR: frozenset({Right.READ, Right.INSPECT, Right.AUDIT}),
        Role.ADMIN: frozenset(Right),
    }
)
