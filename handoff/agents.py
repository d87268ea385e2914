"""Accounts of the people at the desk, and how they prove who they are.

Three secrets, all random with 256 bits and therefore stored as plain SHA-256 (a slow hash protects
guessable passwords, which these are not): the access token for the API, the code of a one-time
sign-in link, and the session in a browser's cookie.

Errors::

    AccountError (a HandoffError)
    ├── NameTaken           there is an agent of that name
    ├── UnknownAgent        there is none
    ├── NotAllowed          the role does not permit it
    └── SignInRefused       unknown token, used or expired link: all look the same
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, col, func, select, update

from handoff.queue import HandoffError

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=12)
"""A working day; then the agent signs in again."""

LONGEST_NAME = 80


class AccountError(HandoffError):
    """Anything about accounts that is refused."""


class NameTaken(AccountError):
    """There is an agent of that name already (upper and lower case do not matter)."""


class UnknownAgent(AccountError):
    """There is no agent of that name."""


class NotAllowed(AccountError):
    """The person's role does not permit this."""


class SignInRefused(AccountError):
    """The token, code or session opens nothing."""


class Role(StrEnum):
    """What somebody at the desk may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def answers(self) -> bool:
        """Whether they work on cases: claim, answer, resolve."""
        return self in (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)

    @property
    def annotates(self) -> bool:
        """Whether they may write notes and correct assessments."""
        return self is not Role.AUDITOR

    @property
    def trains(self) -> bool:
        """Whether they decide what the assistant learns from."""
        return self in (Role.TRAINER, Role.SUPERVISOR, Role.ADMIN)

    @property
    def supervises(self) -> bool:
        """Whether they may put back what somebody else holds."""
        return self in (Role.SUPERVISOR, Role.ADMIN)


class Agent(SQLModel, table=True):
    """An account. Customers see ``name``."""

    __tablename__ = "agent"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    role: str
    token_hash: str = Field(unique=True)
    active: bool = True
    created_at: datetime


class SignInLink(SQLModel, table=True):
    """A link that signs one agent in, once."""

    __tablename__ = "sign_in_link"

    code_hash: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agent.id")
    expires_at: datetime
    used_at: datetime | None = None


class ConsoleSession(SQLModel, table=True):
    """A browser that is signed in. Deleting or revoking the row signs it out at once."""

    __tablename__ = "console_session"

    token_hash: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    csrf: str  # every form that changes something carries it
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """Who asks, as routes know them. ``csrf`` is empty for calls of the API."""

    id: int
    name: str
    role: Role
    csrf: str = ""


def add(session: Session, name: str, role: Role, now: datetime) -> str:
    """Make an account; its access token, which is shown this once. Raises `NameTaken`, `ValueError`."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} printable characters")
    if session.exec(select(Agent.id).where(func.lower(Agent.name) == name.lower())).first() is not None:
        raise NameTaken(f"there is an agent {name!r} already: choose another name")
    token = _secret()
    session.add(Agent(name=name, role=role, token_hash=_hash(token), created_at=now))
    session.flush()
    return token


def renew_token(session: Session, name: str) -> str:
    """A new access token; the old one opens nothing any more. Raises `UnknownAgent`."""
    agent = find(session, name)
    token = _secret()
    agent.token_hash = _hash(token)
    session.add(agent)
    return token


def deactivate(session: Session, name: str, now: datetime) -> None:
    """Close an account: its token and its sessions end at once. Raises `UnknownAgent`."""
    agent = find(session, name)
    agent.active = False
    session.add(agent)
    session.exec(
        update(ConsoleSession)
        .where(col(ConsoleSession.agent_id) == agent.id, col(ConsoleSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def find(session: Session, name: str) -> Agent:
    """The account of that name. Raises `UnknownAgent`."""
    wanted = " ".join(name.split()).lower()
    agent = session.exec(select(Agent).where(func.lower(Agent.name) == wanted)).first()
    if agent is None:
        raise UnknownAgent(f"there is no agent {name!r}: recourse user add {name!r} --role agent")
    return agent


def all_agents(session: Session) -> list[Agent]:
    """Every account, by name."""
    return list(session.exec(select(Agent).order_by(col(Agent.name))))


def by_token(session: Session, token: str) -> Person:
    """Who this access token belongs to. Raises `SignInRefused`."""
    agent = session.exec(select(Agent).where(col(Agent.token_hash) == _hash(token))).first()
    return _person(agent)


def sign_in_link(session: Session, name: str, now: datetime) -> str:
    """The code of a link that signs ``name`` in once, within `LINK_LASTS`. Raises `UnknownAgent`."""
    agent = find(session, name)
    assert agent.id is not None
    code = _secret()
    session.add(SignInLink(code_hash=_hash(code), agent_id=agent.id, expires_at=now + LINK_LASTS))
    return code


def sign_in_by_code(session: Session, code: str, now: datetime) -> str:
    """Use a link up; the new session's token, for the cookie. Raises `SignInRefused`."""
    used = session.exec(
        update(SignInLink)
        .where(
            col(SignInLink.code_hash) == _hash(code),
            col(SignInLink.used_at).is_(None),
            col(SignInLink.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(SignInLink.agent_id))
    ).first()
    if used is None:
        raise SignInRefused("this link has been used or has expired")
    return _start(session, _person(session.get(Agent, used[0])), now)


def sign_in_by_token(session: Session, token: str, now: datetime) -> str:
    """Sign in with an access token; the new session's token. Raises `SignInRefused`."""
    return _start(session, by_token(session, token.strip()), now)


def by_session(session: Session, cookie: str, now: datetime) -> Person:
    """Who this browser session belongs to. Raises `SignInRefused`."""
    found = session.exec(
        select(ConsoleSession, Agent)
        .join(Agent, col(Agent.id) == col(ConsoleSession.agent_id))
        .where(
            col(ConsoleSession.token_hash) == _hash(cookie),
            col(ConsoleSession.revoked_at).is_(None),
            col(ConsoleSession.expires_at) > now,
        )
    ).first()
    if found is None:
        raise SignInRefused("not signed in")
    return _person(found[1], found[0].csrf)


def sign_out(session: Session, cookie: str, now: datetime) -> None:
    """End a browser session."""
    session.exec(
        update(ConsoleSession)
        .where(col(ConsoleSession.token_hash) == _hash(cookie), col(ConsoleSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def _start(session: Session, person: Person, now: datetime) -> str:
    cookie = _secret()
    session.add(
        ConsoleSession(
            token_hash=_hash(cookie),
            agent_id=person.id,
            csrf=_secret(),
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    return cookie


def _person(agent: Agent | None, csrf: str = "") -> Person:
    if agent is None or not agent.active or agent.id is None:
        raise SignInRefused("this opens nothing")
    return Person(agent.id, agent.name, Role(agent.role), csrf)


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
