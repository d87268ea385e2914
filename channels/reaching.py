"""Whether we may write to a customer just now, of our own accord."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from channels.channel import BY_HAND, FREE_TEXT_FOR
from channels.transcript import Author, Conversation, Message

_MARGIN = timedelta(minutes=30)  # what is written now leaves a little later


class Obstacle(StrEnum):
    """What keeps us from writing freely."""

    OPTED_OUT = "opted_out"
    WINDOW = "window"  # the platform's time after the customer's last message is over: a template may pass
    BY_HAND = "by_hand"  # no platform leads to them: a person has to call, or write


def obstacle(session: Session, conversation: Conversation, now: datetime) -> Obstacle | None:
    """What keeps us from writing freely in this conversation at ``now``, if anything does."""
    if conversation.opted_out:
        return Obstacle.OPTED_OUT
    if not by_machine(conversation.channel):
        return Obstacle.BY_HAND
    if conversation.channel not in FREE_TEXT_FOR:
        return None
    last = last_heard(session, conversation.id)
    return None if takes_free_text(conversation.channel, last, now) else Obstacle.WINDOW


def takes_free_text(channel: str, last: datetime | None, now: datetime) -> bool:
    """Whether a platform takes a free text of ours; ``last`` is when the customer wrote last."""
    window = FREE_TEXT_FOR.get(channel)
    if window is None:
        return by_machine(channel)
    return last is not None and now < last + window - _MARGIN


def by_machine(channel: str) -> bool:
    """Whether a platform carries what we say there; elsewhere a person does (`channels.by_hand`)."""
    return channel not in BY_HAND


def last_heard(session: Session, conversation: str) -> datetime | None:
    """When the customer wrote last."""
    return session.exec(
        select(Message.at)
        .where(
            Message.conversation == conversation,
            Message.author == Author.CUSTOMER,
            col(Message.channel).not_in(list(BY_HAND)),  # what they said on the telephone opens no window
        )
        .order_by(col(Message.seq).desc())
        .limit(1)
    ).first()
