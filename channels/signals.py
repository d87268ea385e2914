"""Signs of life in a conversation: the customer types, a colleague has it open.

They are kept in a small table and end by themselves, so that every process sees those of all the
others and nothing remains of one that died. Who shows signs listens to `topic_of`; what is said
is no business of this file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from channels.transcript import Author, Message
from channels.wakeups import notify

CUSTOMER = "customer"
TYPES_FOR = timedelta(seconds=6)
"""How long somebody is taken to type after a sign of it; the chat page sends one every 3 seconds."""


class Sign(SQLModel, table=True):
    """``who`` (``customer``, or an agent's open page) is there from ``at`` until ``until``."""

    __tablename__ = "sign_of_life"

    conversation: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    at: datetime
    until: datetime = Field(index=True)


def topic_of(conversation: str) -> str:
    """The wake-up topic of a conversation's signs."""
    return f"signs:{conversation}"


def show(session: Session, conversation: str, who: str, now: datetime, lasts: timedelta) -> None:
    """``who`` is there for the next while. Listeners wake only if they do not know that already."""
    before = session.exec(
        select(Sign.at, Sign.until).where(Sign.conversation == conversation, Sign.who == who)
    ).first()
    known = before is not None and before[1] > now and not has_said_since(session, conversation, before[0])
    if before is not None:
        session.execute(
            update(Sign)
            .where(col(Sign.conversation) == conversation, col(Sign.who) == who)
            .values(at=now, until=now + lasts)
        )
    else:
        session.execute(delete(Sign).where(col(Sign.until) < now - timedelta(minutes=1)))
        try:
            with session.begin_nested():
                session.add(Sign(conversation=conversation, who=who, at=now, until=now + lasts))
        except IntegrityError:
            return  # said twice at once
    if not known:
        notify(session, topic_of(conversation))


def end(session: Session, conversation: str, who: str) -> None:
    """``who`` has gone."""
    session.execute(delete(Sign).where(col(Sign.conversation) == conversation, col(Sign.who) == who))
    notify(session, topic_of(conversation))


def shown(session: Session, conversation: str, now: datetime) -> Iterable[Sign]:
    """Who is there now."""
    return session.exec(
        select(Sign).where(Sign.conversation == conversation, col(Sign.until) > now).order_by(col(Sign.who))
    ).all()


def has_said_since(session: Session, conversation: str, moment: datetime) -> bool:
    """Whether the customer has sent something since then: what was typed is said."""
    latest = session.exec(
        select(Message.at)
        .where(Message.conversation == conversation, Message.author == Author.CUSTOMER)
        .order_by(col(Message.seq).desc())
        .limit(1)
    ).first()
    return latest is not None and latest >= moment
