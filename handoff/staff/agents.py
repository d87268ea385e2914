"""Accounts of the people at the desk, and who asks: by access token, or by a session in a browser.

What administrators do with accounts is in `handoff.staff.accounts`, passwords in `handoff.staff.passwords`,
what becomes of sessions in `handoff.staff.sessions`, who may do what in `handoff.staff.roles`.

Errors::

    AccountError (a HandoffError)
    ├── NameTaken           there is an agent of that name, or with that e-mail address
    ├── UnknownAgent        there is none
    ├── NotAllowed          the role does not permit it
    ├── BadPassword         see `handoff.staff.passwords`
    ├── TooManyAttempts     see `handoff.staff.throttle`
    ├── OpenIdError         see `handoff.staff.openid`
    └── SignInRefused       unknown token, wrong password, used or expired link: all look the same
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, func, select, update

from handoff.queue import HandoffError
from handoff.staff import tokens
from handoff.staff.roles import Right, Role

__all__ = ["Role"]  # and what is defined here

LINK_LASTS = timedelta(minutes=15)
RESET_LASTS = timedelta(hours=24)
"""A link for setting a password travels by mail or chat; its reader may be asleep."""

SESSION_LASTS = timedelta(hours=12)
"""A working day; then the agent signs in again."""

IDLE_LASTS = timedelta(hours=2)
"""A browser that nobody uses is signed out after this long. An open page alone is no use."""

LONGEST_NAME = 80
_LONGEST_BROWSER = 200


class AccountError(HandoffError):
    """Anything about accounts that is refused."""


class NameTaken(AccountError):
    """There is an agent of that name already (upper and lower case do not matter)."""


class UnknownAgent(AccountError):
    """There is no agent of that name."""


class NotAllowed(AccountError):
    """The person's role does not permit this."""


class SignInRefused(AccountError):
    """The token, password, code or session opens nothing."""


class Method(StrEnum):
    """How a session was opened."""

    PASSWORD = "password"  # noqa: S105
    LINK = "link"
    TOKEN = "token"  # noqa: S105
    OPENID = "openid"


class Agent(SQLModel, table=True):
    """An account. Customers see ``name``.

    ``openid_subject`` is the issuer and subject of the OpenID provider's account, once they have
    signed in there; ``email``, in lower case, is how they are known there the first time.
    """

    __tablename__ = "agent"
    __table_args__ = (
        Index("agent_by_email", "email", unique=True),
        Index("agent_by_openid_subject", "openid_subject", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    role: str
    token_hash: str = Field(unique=True)
    token_revoked_at: datetime | None = None
    password_hash: str | None = None
    email: str | None = None
    openid_subject: str | None = None
    active: bool = True
    created_at: datetime


class SignInLink(SQLModel, table=True):
    """A link that signs one agent in, once; the person may then set a password."""

    __tablename__ = "sign_in_link"

    code_hash: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agent.id")
    expires_at: datetime
    used_at: datetime | None = None


class ConsoleSession(SQLModel, table=True):
    """A browser that is signed in. Deleting or revoking the row signs it out at once.

    ``seen_at`` is when its person last did something, to the minute; ``address`` and ``browser``
    are where it was opened.
    """

    __tablename__ = "console_session"

    token_hash: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    csrf: str  # every form that changes something carries it
    method: str
    address: str = ""
    browser: str = ""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """Who asks, as routes know them. ``csrf`` and ``session`` are empty for calls of the API."""

    id: int
    name: str
    role: Role
    csrf: str = ""
    session: str = ""

    def need(self, right: Right) -> None:
        """Raises `NotAllowed` unless the person's role has ``right``."""
        if not self.role.may(right):
            raise NotAllowed(f"the role {self.role} may not do this")


@dataclass(frozen=True)
class Came:
    """Whence somebody signs in. ``secure``: over HTTPS."""

    address: str = ""
    browser: str = ""
    secure: bool = False


_UNKNOWN = Came()
SECURE = "https."
"""How the token of a session begins that was opened over HTTPS: see `handoff.console.cookies`."""


def add(session: Session, name: str, role: Role, now: datetime) -> str:
    """Make an account; its access token, which is shown this once. Raises `NameTaken`, `ValueError`."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} printable characters")
    if session.exec(select(Agent.id).where(func.lower(Agent.name) == name.lower())).first() is not None:
        raise NameTaken(f"there is an agent {name!r} already: choose another name")
    token = tokens.new()
    session.add(Agent(name=name, role=role, token_hash=tokens.digest(token), created_at=now))
    session.flush()
    return token


def find(session: Session, name: str) -> Agent:
    """The account of that name. Raises `UnknownAgent`."""
    agent = named(session, name)
    if agent is None:
        raise UnknownAgent(f"there is no agent {name!r}: recourse user add {name!r} --role agent")
    return agent


def named(session: Session, name: str) -> Agent | None:
    """The account of that name, if there is one; case and extra spaces do not matter."""
    return session.exec(select(Agent).where(func.lower(Agent.name) == plain(name))).first()


def plain(name: str) -> str:
    """A name as names are compared; empty, which is nobody's, for what cannot be a name."""
    name = " ".join(name.split()).lower()
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""


def all_agents(session: Session) -> list[Agent]:
    """Every account, by name."""
    return list(session.exec(select(Agent).order_by(col(Agent.name))))


def by_token(session: Session, token: str) -> Person:
    """Who this access token belongs to. Raises `SignInRefused`."""
    agent = session.exec(
        select(Agent).where(
            col(Agent.token_hash) == tokens.digest(token), col(Agent.token_revoked_at).is_(None)
        )
    ).first()
    return person(agent)


def by_session(session: Session, cookie: str, now: datetime) -> Person:
    """Who this browser session belongs to. Raises `SignInRefused`."""
    found = session.exec(
        select(ConsoleSession, Agent)
        .join(Agent, col(Agent.id) == col(ConsoleSession.agent_id))
        .where(
            col(ConsoleSession.token_hash) == tokens.digest(cookie),
            col(ConsoleSession.revoked_at).is_(None),
            col(ConsoleSession.expires_at) > now,
            col(ConsoleSession.seen_at) > now - IDLE_LASTS,
        )
    ).first()
    if found is None:
        raise SignInRefused("not signed in")
    return person(found[1], found[0])


def sign_in_link(session: Session, name: str, now: datetime, *, lasts: timedelta = LINK_LASTS) -> str:
    """The code of a link that signs ``name`` in once, for as long as it lasts. Raises `UnknownAgent`."""
    agent = find(session, name)
    assert agent.id is not None
    code = tokens.new()
    session.add(SignInLink(code_hash=tokens.digest(code), agent_id=agent.id, expires_at=now + lasts))
    return code


def sign_in_by_code(session: Session, code: str, now: datetime, came: Came = _UNKNOWN) -> str:
    """Use a link up; the new session's token, for the cookie. Raises `SignInRefused`."""
    used = session.exec(
        update(SignInLink)
        .where(
            col(SignInLink.code_hash) == tokens.digest(code),
            col(SignInLink.used_at).is_(None),
            col(SignInLink.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(SignInLink.agent_id))
    ).first()
    if used is None:
        raise SignInRefused("this link has been used or has expired")
    return start(session, person(session.get(Agent, used[0])), Method.LINK, now, came)


def sign_in_by_token(session: Session, token: str, now: datetime, came: Came = _UNKNOWN) -> str:
    """Sign in with an access token; the new session's token. Raises `SignInRefused`."""
    return start(session, by_token(session, token.strip()), Method.TOKEN, now, came)


def start(session: Session, who: Person, method: Method, now: datetime, came: Came = _UNKNOWN) -> str:
    """A new session for somebody who has proved who they are; its token, for the cookie."""
    cookie = f"{SECURE if came.secure else ''}{tokens.new()}"
    session.add(
        ConsoleSession(
            token_hash=tokens.digest(cookie),
            agent_id=who.id,
            csrf=tokens.new(),
            method=method,
            address=came.address,
            browser=came.browser[:_LONGEST_BROWSER],
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    return cookie


def sign_out(session: Session, cookie: str, now: datetime) -> None:
    """End a browser session."""
    session.exec(
        update(ConsoleSession)
        .where(
            col(ConsoleSession.token_hash) == tokens.digest(cookie), col(ConsoleSession.revoked_at).is_(None)
        )
        .values(revoked_at=now)
    )


def person(agent: Agent | None, browser: ConsoleSession | None = None) -> Person:
    """An account as who asks. Raises `SignInRefused` where there is none, or it is closed."""
    if agent is None or not agent.active or agent.id is None:
        raise SignInRefused("this opens nothing")
    if browser is None:
        return Person(agent.id, agent.name, Role(agent.role))
    return Person(agent.id, agent.name, Role(agent.role), browser.csrf, browser.token_hash)
