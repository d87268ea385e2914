"""What the desk in Slack remembers: where each case is shown, and which agent a Slack user is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, Session, SQLModel, col, select

from handoff.staff import accounts, agents
from handoff.staff.agents import Agent, Person, Role, UnknownAgent


class SlackCase(SQLModel, table=True):
    """A case's message in the agents' channel, which is also the head of its thread.

    ``ts`` is Slack's name of the message, ``None`` until it is posted; ``shown`` a digest of what it
    says. The thread holds the conversation up to message ``seq`` and the history up to event
    ``position``; ``seq`` is ``None`` until the thread is opened. ``remark`` is the last one that was made
    about a single message. ``pending`` is a message that may or may not have got there: its id, its
    place, and how far the thread is with it.
    """

    __tablename__ = "slack_case"
    __table_args__ = (Index("slack_case_by_thread", "channel", "ts"),)

    reference: str = Field(primary_key=True, foreign_key="complaint.reference")
    channel: str
    ts: str | None = None
    shown: str = ""
    seq: int | None = None
    position: int = 0
    remark: str = ""
    pending: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    pending_since: datetime | None = None


class SlackUser(SQLModel, table=True):
    """Who a user of Slack is at the desk."""

    __tablename__ = "slack_user"

    user: str = Field(primary_key=True)  # Slack's id, such as U024BE7LH
    agent_id: int = Field(foreign_key="agent.id", index=True)
    linked_at: datetime


def link(session: Session, name: str, user: str, actor: str, now: datetime) -> None:
    """From now on, what ``user`` does in Slack is done by the agent ``name``; ``actor`` says so.

    Raises `UnknownAgent`, ``ValueError`` if that is no user id of Slack's.
    """
    user = user.strip()
    if not (user[:1] in ("U", "W") and user.isalnum() and user.isascii() and user.isupper()):
        raise ValueError(f"{user!r} is no member id of Slack's: they look like U024BE7LH")
    agent = agents.find(session, name)
    if not agent.active or agent.id is None:
        raise UnknownAgent(f"the account {agent.name!r} is closed")
    session.merge(SlackUser(user=user, agent_id=agent.id, linked_at=now))
    accounts.record(session, agent, "slack linked", actor, now, user)


def unlink(session: Session, name: str, actor: str, now: datetime) -> int:
    """Nothing that happens in Slack is done by ``name`` any more; how many users were linked."""
    agent = agents.find(session, name)
    linked = session.exec(select(SlackUser).where(col(SlackUser.agent_id) == agent.id)).all()
    for row in linked:
        session.delete(row)
        accounts.record(session, agent, "slack unlinked", actor, now, row.user)
    return len(linked)


def person(session: Session, user: str) -> Person | None:
    """The agent that a Slack user is; ``None`` for a stranger, and for a closed account."""
    agent = session.exec(
        select(Agent)
        .join(SlackUser, col(SlackUser.agent_id) == col(Agent.id))
        .where(col(SlackUser.user) == user, col(Agent.active))
    ).first()
    return Person(agent.id or 0, agent.name, Role(agent.role)) if agent else None


def of_thread(session: Session, channel: str, ts: str | None) -> str | None:
    """The reference of the case whose thread this is."""
    if ts is None:
        return None
    return session.exec(
        select(SlackCase.reference).where(col(SlackCase.channel) == channel, col(SlackCase.ts) == ts)
    ).first()


def is_unsure(session: Session, channel: str) -> bool:
    """Whether a message may have got into the channel that we do not know the ``ts`` of."""
    unsure = select(SlackCase.reference).where(
        col(SlackCase.channel) == channel,
        col(SlackCase.ts).is_(None),
        col(SlackCase.pending_since).is_not(None),
    )
    return session.exec(unsure).first() is not None
