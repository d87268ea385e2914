"""Which remedies are offered, and how much somebody may grant alone: the operator's ``remedies.yml``.

What is above the limit of whoever decides waits, as a draft, for somebody whose limit it is not above.
"""

from __future__ import annotations

from sqlmodel import Session, select

from complaints import texts
from complaints.complaint import Remedy
from complaints.deciding import Finding
from complaints.world import world
from complaints.world.remedies import Limit, Remedies
from handoff.queue import BadInput, HandoffError
from handoff.staff.agents import Agent
from handoff.staff.roles import Role

_MONEY = frozenset({Remedy.REFUND, Remedy.PRICE_REDUCTION, Remedy.COMPENSATION})
"""Remedies that cannot be granted without saying how much, where there is any limit."""


class AboveLimit(HandoffError):
    """The remedy costs more than this person may grant; somebody with more room must send the letter."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        super().__init__(
            f"you may grant up to {limit.amount} {limit.currency} alone: a supervisor must send this letter"
        )

    def money(self, language: str) -> str:
        """The limit, as it is written in ``language``."""
        return texts.format_money(self.limit.amount, self.limit.currency, language)


def check_offered(session: Session, agent: str, finding: Finding) -> None:
    """Raises `BadInput` for a remedy that is not offered, or a limited one without its cost."""
    remedies = world.in_force().remedies
    if finding.remedy is None:
        return
    if not remedies.offers(finding.remedy):
        raise BadInput(f"{finding.remedy} is not among the remedies that are offered")
    own = remedies.remedies.get(finding.remedy)
    costs = finding.remedy in _MONEY or (own is not None and own.limits)
    if costs and finding.cost is None and _limit(session, agent, finding):
        raise BadInput("say what this remedy costs: there is a limit to it")


def above(session: Session, agent: str, finding: Finding) -> Limit | None:
    """The limit that ``finding`` is above; ``None`` if ``agent`` may grant it. Other currencies are above."""
    limit = _limit(session, agent, finding)
    if limit is None or finding.cost is None:
        return None
    within = finding.currency == limit.currency and finding.cost <= limit.amount
    return None if within else limit


def _limit(session: Session, agent: str, finding: Finding) -> Limit | None:
    """Who has no account, such as a desk of another system, counts as an agent."""
    if world.in_force().remedies == Remedies():
        return None  # no look at the database where there are no limits
    role = session.exec(select(Agent.role).where(Agent.name == agent)).first()
    return world.in_force().remedies.limit(finding.remedy, role or Role.AGENT)
