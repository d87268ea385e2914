"""What administrators do with accounts, and the record of it: who changed what about whom, and when."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from handoff import holding
from handoff.dispatch import presence
from handoff.dispatch.presence import Presence
from handoff.item import Handoff, State
from handoff.queue import BadInput
from handoff.staff import agents, sessions, tokens
from handoff.staff.agents import RESET_LASTS, Agent, NameTaken, Role

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3, without the brackets

OPERATOR = "operator"
"""Who acts on the command line."""


class AccountChange(SQLModel, table=True):
    """Something that was done to an account. Never changed, never deleted.

    ``actor`` is ``agent:NAME``, ``operator`` for the command line or ``openid`` for the provider.
    ``whom`` is the account's name at the time.
    """

    __tablename__ = "account_change"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    actor: str
    whom: str
    what: str
    detail: str = ""


def add(
    session: Session, name: str, role: Role, actor: str, now: datetime, *, email: str = ""
) -> tuple[Agent, str]:
    """A new account and its access token, shown this once. Raises `NameTaken`, `BadInput`."""
    try:
        token = agents.add(session, name, role, now)
    except ValueError as error:
        raise BadInput(str(error)) from error
    agent = agents.find(session, name)
    agent.email = _free_email(session, agent, email)
    record(session, agent, "added", actor, now, f"{role}{f', {agent.email}' if agent.email else ''}")
    return agent, token


def set_role(session: Session, name: str, role: Role, actor: str, now: datetime) -> Agent:
    """Another role, from the next click on. Raises `UnknownAgent`, `BadInput` for the last administrator."""
    admins = _admins(session)
    agent = _locked(session, name)
    if agent.role != role:
        _check_another(admins, agent)
        before, agent.role = agent.role, role
        if not role.answers:
            _free_cases(session, agent, actor, now)
        record(session, agent, "role", actor, now, f"{before} → {role}")
    return agent


def set_email(session: Session, name: str, email: str, actor: str, now: datetime) -> Agent:
    """The address by which the OpenID provider knows them; empty for none.

    Whoever signed in there by the old one is let go of. Raises `UnknownAgent`, `NameTaken`, `BadInput`.
    """
    agent = _locked(session, name)
    wanted = _free_email(session, agent, email)
    if agent.email != wanted:
        agent.email, agent.openid_subject = wanted, None
        record(session, agent, "email", actor, now, wanted or "none")
    return agent


def deactivate(session: Session, name: str, actor: str, now: datetime) -> Agent:
    """Close an account: its token, sessions and links end at once, its cases go back to the queue.

    Raises `UnknownAgent`, and `BadInput` for the last administrator.
    """
    admins = _admins(session)
    agent = _locked(session, name)
    if agent.active:
        _check_another(admins, agent)
        agent.active = False
        _free_cases(session, agent, actor, now)
        sessions.end_all(session, _id(agent), now)
        record(session, agent, "deactivated", actor, now)
    return agent


def activate(session: Session, name: str, actor: str, now: datetime) -> Agent:
    """Open a closed account again. Raises `UnknownAgent`."""
    agent = _locked(session, name)
    if not agent.active:
        agent.active = True
        record(session, agent, "activated", actor, now)
    return agent


def reset_link(session: Session, name: str, actor: str, now: datetime) -> str:
    """The code of a link by which somebody sets a (new) password; it works once, for `RESET_LASTS`.

    The old password goes on working until then: `end_sessions` and a new password shut a stranger out.
    Raises `UnknownAgent`, `BadInput`.
    """
    agent = _locked(session, name)
    if not agent.active:
        raise BadInput(f"the account of {agent.name} is closed: activate it first")
    record(session, agent, "link", actor, now)
    return agents.sign_in_link(session, agent.name, now, lasts=RESET_LASTS)


def end_sessions(session: Session, name: str, actor: str, now: datetime) -> int:
    """Sign somebody out everywhere; how many sessions that ended. Raises `UnknownAgent`."""
    agent = _locked(session, name)
    ended = sessions.end_all(session, _id(agent), now)
    record(session, agent, "sessions", actor, now, f"{ended} ended")
    return ended


def remove_password(session: Session, name: str, actor: str, now: datetime) -> Agent:
    """Forget a password that somebody else may know, and end all sessions. Raises `UnknownAgent`."""
    agent = _locked(session, name)
    agent.password_hash = None
    sessions.end_all(session, _id(agent), now)
    record(session, agent, "password_removed", actor, now)
    return agent


def renew_token(session: Session, name: str, actor: str, now: datetime) -> str:
    """A new access token; the old one opens nothing any more. Raises `UnknownAgent`."""
    agent = _locked(session, name)
    token = tokens.new()
    agent.token_hash, agent.token_revoked_at = tokens.digest(token), None
    record(session, agent, "token_renewed", actor, now)
    return token


def revoke_token(session: Session, name: str, actor: str, now: datetime) -> Agent:
    """The access token opens nothing any more; sessions stay. Raises `UnknownAgent`."""
    agent = _locked(session, name)
    agent.token_hash, agent.token_revoked_at = tokens.digest(tokens.new()), now
    record(session, agent, "token_revoked", actor, now)
    return agent


def record(session: Session, agent: Agent, what: str, actor: str, now: datetime, detail: str = "") -> None:
    """Note what was done to an account."""
    session.add(agent)
    session.add(AccountChange(at=now, actor=actor, whom=agent.name, what=what, detail=detail))
    session.flush()


def changes(session: Session, limit: int = 100) -> list[AccountChange]:
    """What was done to accounts, the latest first."""
    order = (col(AccountChange.at).desc(), col(AccountChange.id).desc())
    return list(session.exec(select(AccountChange).order_by(*order).limit(limit)))


def _locked(session: Session, name: str) -> Agent:
    agent = agents.find(session, name)
    session.refresh(agent, with_for_update=True)
    return agent


def _id(agent: Agent) -> int:
    assert agent.id is not None
    return agent.id


def _admins(session: Session) -> set[int | None]:
    """The administrators, their rows locked: two who leave at once must not leave nobody."""
    wanted = select(Agent.id).where(Agent.role == Role.ADMIN, col(Agent.active).is_(True))
    return set(session.exec(wanted.order_by(col(Agent.id)).with_for_update()))


def _check_another(admins: set[int | None], agent: Agent) -> None:
    if admins == {agent.id}:
        raise BadInput(f"{agent.name} is the last administrator: make somebody else one first")


def _free_cases(session: Session, agent: Agent, actor: str, now: datetime) -> None:
    """What somebody has who answers nobody any more goes back to the queue; they get nothing new."""
    presence.set_presence(session, agent.name, Presence.OFFLINE, now)
    has = session.exec(
        select(Handoff.reference, Handoff.state)
        .where(col(Handoff.agent) == agent.name, col(Handoff.state).in_(presence.HAS))
        .order_by(col(Handoff.conversation), col(Handoff.reference))
    ).all()
    for reference, state in has:
        if state == State.OFFERED:
            holding.decline(session, reference, agent.name, now)
        else:
            by = actor.removeprefix("agent:")
            holding.release(session, reference, by, now, for_holder=True)


def _free_email(session: Session, agent: Agent, email: str) -> str | None:
    email = email.strip().lower()
    if not email:
        return None
    name, at, domain = email.rpartition("@")
    plain = email.isprintable() and " " not in email and len(email) <= LONGEST_EMAIL
    if not (plain and name and at and "." in domain):
        raise BadInput(f"{email!r} is no e-mail address")
    owner = session.exec(select(Agent).where(col(Agent.email) == email)).first()
    if owner is not None and owner.id != agent.id:
        raise NameTaken(f"{owner.name} has the address {email} already")
    return email
