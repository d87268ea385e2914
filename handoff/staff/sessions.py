"""Sessions in browsers: which there are, that they are used, and their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select, update

from handoff.staff import tokens
from handoff.staff.agents import IDLE_LASTS, Agent, ConsoleSession, Method, Person, SignInLink, plain

NOTED = timedelta(minutes=1)
"""A session's use is written down at most this often."""

KEPT = timedelta(days=30)
"""For so long an ended session is remembered: it tells from which addresses somebody signs in."""

_ID = 16  # characters of a digest that tell a person's sessions apart


@dataclass(frozen=True)
class Shown:
    """A session as its person sees it. ``id`` opens nothing."""

    id: str
    method: Method
    address: str
    browser: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


def use(session: Session, cookie: str, now: datetime) -> None:
    """Somebody does something in this session: it is not idle."""
    session.exec(
        update(ConsoleSession)
        .where(
            col(ConsoleSession.token_hash) == tokens.digest(cookie),
            col(ConsoleSession.revoked_at).is_(None),
            # What was idle too long stays ended.
            col(ConsoleSession.seen_at).between(now - IDLE_LASTS, now - NOTED),
        )
        .values(seen_at=now)
    )


def living(session: Session, agent_id: int, now: datetime, this: str = "") -> list[Shown]:
    """Somebody's sessions that are open, the one used last first. ``this`` is the asking one's digest."""
    found = session.exec(
        select(ConsoleSession)
        .where(col(ConsoleSession.agent_id) == agent_id, *_alive(now))
        .order_by(col(ConsoleSession.seen_at).desc(), col(ConsoleSession.created_at).desc())
    )
    return [
        Shown(
            s.token_hash[:_ID], Method(s.method), s.address, s.browser, s.created_at, s.seen_at,
            s.token_hash == this,
        )
        for s in found
    ]  # fmt: skip


def counts(session: Session, now: datetime) -> dict[int, int]:
    """How many sessions are open, by account."""
    rows = session.exec(
        select(ConsoleSession.agent_id, func.count())
        .where(*_alive(now))
        .group_by(col(ConsoleSession.agent_id))
    )
    return dict(rows.all())


def end(session: Session, who: Person, id: str, now: datetime) -> bool:  # noqa: A002 (as `Shown` has it)
    """End one of ``who``'s own sessions; whether there was such a one."""
    if len(id) != _ID:
        return False
    ended = session.exec(
        update(ConsoleSession)
        .where(
            col(ConsoleSession.agent_id) == who.id,
            col(ConsoleSession.token_hash).startswith(id, autoescape=True),
            *_alive(now),
        )
        .values(revoked_at=now)
        .returning(col(ConsoleSession.agent_id))
    )
    return ended.first() is not None


def end_all(session: Session, agent_id: int, now: datetime, *, but: str = "") -> int:
    """End all sessions of an account, and its unused links; ``but`` is a digest to spare. How many ended."""
    ended = session.exec(
        update(ConsoleSession)
        .where(col(ConsoleSession.agent_id) == agent_id, col(ConsoleSession.token_hash) != but, *_alive(now))
        .values(revoked_at=now)
        .returning(col(ConsoleSession.token_hash))
    ).all()
    session.exec(
        update(SignInLink)
        .where(col(SignInLink.agent_id) == agent_id, col(SignInLink.used_at).is_(None))
        .values(used_at=now)
    )
    return len(ended)


def has_signed_in_from(session: Session, name: str, address: str, now: datetime) -> bool:
    """Whether somebody was let in under this name from this address lately."""
    found = session.exec(
        select(ConsoleSession.agent_id)
        .join(Agent, col(Agent.id) == col(ConsoleSession.agent_id))
        .where(
            func.lower(Agent.name) == plain(name),
            ConsoleSession.address == address,
            col(ConsoleSession.created_at) > now - KEPT,
        )
        .limit(1)
    )
    return bool(address) and found.first() is not None


def forget(session: Session, now: datetime) -> None:
    """Delete what ended long ago."""
    session.exec(delete(ConsoleSession).where(col(ConsoleSession.expires_at) < now - KEPT))
    session.exec(delete(SignInLink).where(col(SignInLink.expires_at) < now - KEPT))


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ConsoleSession.revoked_at).is_(None),
        col(ConsoleSession.expires_at) > now,
        col(ConsoleSession.seen_at) > now - IDLE_LASTS,
    )
