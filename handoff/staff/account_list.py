"""All accounts, as administrators and auditors see them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from handoff.staff import agents, sessions
from handoff.staff.agents import ConsoleSession, Role


@dataclass(frozen=True)
class Line:
    """An account. ``password`` and ``token`` say whether there is one, ``openid`` whether it is bound."""

    id: int
    name: str
    role: Role
    email: str
    active: bool
    password: bool
    token: bool
    openid: bool
    sessions: int
    seen_at: datetime | None
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        times: dict[str, Any] = {
            "seen_at": self.seen_at and self.seen_at.isoformat(),
            "created_at": self.created_at.isoformat(),
        }
        return asdict(self) | times


def lines(session: Session, now: datetime) -> list[Line]:
    """Every account by name, those in use first."""
    opened = sessions.counts(session, now)
    query = select(ConsoleSession.agent_id, func.max(ConsoleSession.seen_at)).group_by(
        col(ConsoleSession.agent_id)
    )
    seen = dict(session.exec(query).all())
    found = [
        Line(
            a.id or 0, a.name, Role(a.role), a.email or "", a.active, a.password_hash is not None,
            a.token_revoked_at is None, a.openid_subject is not None, opened.get(a.id or 0, 0),
            seen.get(a.id or 0), a.created_at,
        )
        for a in agents.all_agents(session)
    ]  # fmt: skip
    return sorted(found, key=lambda line: (not line.active, line.name.lower()))
