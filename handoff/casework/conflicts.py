"""Who must keep out of a case: a conflict of interest (ISO 10002, 4: objectivity).

It is on record (`complaints.investigation.Conflict`) when the agent or a supervisor declares it, when the
complaint names somebody at the desk, or when a decision is to be reviewed by another than who took it.
Whoever is concerned can neither hold the case nor decide it, and routing passes them over. Only a
supervisor lifts it.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col, delete
from sqlmodel import select as rows

from complaints import register
from complaints.complaint import Category
from complaints.investigation import Conflict, add_conflict, conflict_of, was_lifted
from complaints.record import Complaint
from handoff.item import Handoff, Pass
from handoff.queue import HandoffError
from handoff.staff.agents import Agent
from handoff.staff.roles import Role

NAMED = "named"
_SHORTEST = 3  # characters of a part of a name that can stand for a person
# Names that are words as well: only with a capital, and not where every word has one.
_ALSO_WORDS = frozenset(
    {
        "will", "may", "mark", "grace", "rose", "hope", "joy", "bill", "frank", "art", "sue", "pat", "rob",
        "chase", "grant", "dawn", "summer", "april", "june", "faith", "sol", "luz", "mar", "rosa", "pilar",
        "consuelo", "dolores", "clara", "blanca", "angel",
    }
)  # fmt: skip
_ANSWERING = [role for role in Role if role.answers]


class ConflictOfInterest(HandoffError):
    """The agent must keep out of this case: another handles it. A supervisor may lift that."""

    def __init__(self, agent: str, reason: str) -> None:
        super().__init__(f"{agent} must keep out of this case: {reason}")
        self.agent, self.reason = agent, reason


def refuse(session: Session, case: Complaint, agent: str) -> None:
    """Raises `ConflictOfInterest` if ``agent`` must keep out of ``case``."""
    found = conflict_of(session, case.reference, agent)
    if found is not None:
        raise ConflictOfInterest(agent, found.reason)
    if names(case, agent) and not was_lifted(register.events_of(session, case), agent):
        raise ConflictOfInterest(agent, _SAYS)


def notice(session: Session, case: Complaint, now: datetime) -> list[str]:
    """Put on record whom of the desk the complaint names; the names that are new.

    For whoever files a complaint, or adds to its text.
    """
    found = [
        name
        for name in session.exec(rows(Agent.name).where(col(Agent.active), col(Agent.role).in_(_ANSWERING)))
        if names(case, name)
        and conflict_of(session, case.reference, name) is None
        and not was_lifted(register.events_of(session, case), name)
    ]
    for name in found:
        put(session, case, name, kind=NAMED, reason=_SAYS, actor="system", now=now)
    return found


def put(
    session: Session, case: Complaint, agent: str, *, kind: str, reason: str, actor: str, now: datetime
) -> None:
    """Put it on record; the case is not offered to ``agent`` any more."""
    add_conflict(session, case, agent, kind=kind, reason=reason, actor=actor, now=now)
    # Who must keep out counts as that, not also as one who passed it on: see `barred`.
    session.exec(delete(Pass).where(col(Pass.reference) == case.reference, col(Pass.agent) == agent))


def names(case: Complaint, agent: str) -> bool:
    """Whether the complaint speaks of ``agent``: by the whole name; about somebody's conduct, by a part."""
    text = " ".join(case.description.split())
    parts = agent.split()
    if len(parts) > 1 and _has(text, agent):
        return True
    if case.category != Category.STAFF_CONDUCT:
        return False
    return any(_has(text, part) for part in parts if len(part) >= _SHORTEST)


def barred(agent: str) -> ColumnElement[bool]:
    """Whether ``agent`` must keep out of a case of the queue, said to the database."""
    found = select(col(Conflict.id)).where(
        col(Conflict.reference) == col(Handoff.reference), col(Conflict.agent) == agent
    )
    return found.correlate(Handoff).exists()


def how_many(agents: list[str]) -> ColumnElement[int]:
    """How many of these agents must keep out of a case of the queue."""
    return (
        select(func.count())
        .select_from(Conflict)
        .where(col(Conflict.reference) == col(Handoff.reference), col(Conflict.agent).in_(agents))
        .correlate(Handoff)
        .scalar_subquery()
    )


_SAYS = "the complaint names them"


def _has(text: str, name: str) -> bool:
    """Whether ``name`` stands in ``text`` as words of its own."""
    if name.lower() in _ALSO_WORDS:
        return re.search(rf"(?<=[^.!?…¿¡\s] ){re.escape(name.capitalize())}(?!\w)", text) is not None
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
