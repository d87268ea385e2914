"""Whose account it is that an OpenID provider vouches for."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from handoff.queue import BadInput
from handoff.staff import accounts, agents
from handoff.staff.agents import Agent, Came, Method, Role
from handoff.staff.openid import Known, NoAccount, NoRole, OpenIdSettings

PROVIDER = "openid"
"""Who acts, in the record of changes."""

_STRONGEST = (Role.ADMIN, Role.SUPERVISOR, Role.AGENT, Role.TRAINER, Role.AUDITOR)


def sign_in(session: Session, settings: OpenIdSettings, known: Known, now: datetime, came: Came) -> str:
    """A session for whom the provider vouches for; its token.

    An account is found by the provider's subject or, the first time, by the verified e-mail address;
    a new one is made only if a setting says so. Where the provider's groups decide on roles, they do so
    at each sign-in. Raises `NoAccount`, `NoRole`, `SignInRefused` for a closed account.
    """
    role = _role(settings, known)
    agent = _bound(session, known) or _by_email(session, known, now)
    if agent is None:
        agent = _new(session, settings, known, role or Role.AGENT, now)
    who = agents.person(agent)
    if role is not None and role != agent.role:
        try:
            accounts.set_role(session, agent.name, role, PROVIDER, now)
        except BadInput:  # the last administrator stays one, or nobody could change an account
            role = Role.ADMIN
        who = agents.person(agent)
    return agents.start(session, who, Method.OPENID, now, came)


def _role(settings: OpenIdSettings, known: Known) -> Role | None:
    """The strongest role that the provider's groups give; ``None`` where they do not decide."""
    if not settings.role_claim:
        return None
    given = {settings.roles[group] for group in known.groups if group in settings.roles}
    if not given:
        raise NoRole(f"none of {sorted(known.groups)} gives a role")
    return next(role for role in _STRONGEST if role in given)


def _bound(session: Session, known: Known) -> Agent | None:
    return session.exec(select(Agent).where(col(Agent.openid_subject) == known.subject)).first()


def _by_email(session: Session, known: Known, now: datetime) -> Agent | None:
    if not known.email:
        return None
    found = session.exec(select(Agent).where(col(Agent.email) == known.email).with_for_update()).first()
    if found is None:
        return None
    session.refresh(found)
    if found.openid_subject is not None:
        # The address has been given to somebody else at the provider: a person decides, not the address.
        raise NoAccount("the address belongs to an account that is bound to another subject")
    found.openid_subject = known.subject
    accounts.record(session, found, "openid_bound", PROVIDER, now, known.email)
    return found


def _new(session: Session, settings: OpenIdSettings, known: Known, role: Role, now: datetime) -> Agent:
    if not settings.create:
        raise NoAccount("no account has this subject or verified e-mail address")
    name = known.name or known.email.partition("@")[0]
    try:
        agent, _ = accounts.add(session, name, role, PROVIDER, now, email=known.email)
    except (BadInput, agents.NameTaken) as error:
        raise NoAccount(f"no account could be made: {error}") from error
    agent.openid_subject = known.subject
    accounts.revoke_token(session, agent.name, PROVIDER, now)  # nobody has seen it
    return agent
