"""Too many messages at once from one conversation: kept like all others, and not answered one by one.

Somebody who writes faster than the dialogue can answer would wait longer with every message, and keep
work from others. So once `LIMIT` messages of a conversation wait for their turns, later ones form a
*crowd*: they are in the transcript, and get one answer and a person together (`bot.crowds`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from channels import lanes
from channels.lanes import Job, JobState
from channels.message import Inbound, InboundKind
from channels.prepared import Prepared
from channels.transcript import Conversation, Message

CROWD = "crowd"
"""The kind of a message in a crowd; see `channels.transcript.Message.kind`."""

LIMIT = 40
"""Messages of a conversation that wait for turns of their own. People come to this in an outage at most."""

GATHER = timedelta(seconds=2)
"""How long a crowd may grow before it is answered."""

# STOP and its like are always heard; what is said in public is never a case, so it has no crowd.
_LIMITED = frozenset({InboundKind.MESSAGE, InboundKind.UNSUPPORTED})


def is_one_too_many(session: Session, conversation: Conversation, inbound: Inbound) -> bool:
    """Whether a message that has just come is for the crowd; with a person at work none is."""
    if inbound.kind not in _LIMITED or conversation.holder is not None or conversation.last_seq < LIMIT:
        return False
    waiting: int = _WAITING.scalar(session, {"lane": f"in:{conversation.id}", "limit": LIMIT})
    return waiting >= LIMIT


_WAITING = Prepared(
    sqlalchemy.select(func.count()).select_from(
        sqlalchemy.select(col(Job.id))
        .where(col(Job.lane) == bindparam("lane"), col(Job.state) == JobState.READY)
        .limit(bindparam("limit"))
        .subquery()
    )
)


def join(session: Session, message: Message, now: datetime) -> None:
    """Let the crowd of this message's conversation be answered soon; one timer serves all of it.

    The timer stands in the lane of the other timers: an answer must not wait behind what it is about.
    """
    lane = f"clock:{message.conversation}"
    timer = select(Job.id).where(
        col(Job.lane) == lane, col(Job.state) == JobState.READY, col(Job.dedup_key).startswith("crowd:")
    )
    if session.exec(timer.limit(1)).first() is None:
        lanes.put(
            session, lane, {"crowd": message.conversation}, dedup=f"crowd:{message.id}", now=now,
            due=now + GATHER,
        )  # fmt: skip
