"""The transcript: conversations, the messages in them in both directions, and their files.

`Message.seq` counts 1, 2, 3 ... within a conversation, in the order in which things were
committed: whoever wants the next number locks the conversation's row first (`next_seq`). So "the
bot said nothing after the claim" can be read off the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from channels.message import Address


class Author(StrEnum):
    """Who wrote a message. ``system`` lines ("Anna has joined") are shown and count, but are nobody's."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Delivery(StrEnum):
    """How far a message got. Inbound: received, answered. Outbound: the rest.

    ``by_hand`` waits for a person who says, posts or sends it.
    """

    RECEIVED = "received"
    ANSWERED = "answered"
    QUEUED = "queued"
    SENDING = "sending"
    BY_HAND = "by_hand"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Conversation(SQLModel, table=True):
    """One customer on one channel.

    ``holder`` is the agent who has taken the conversation over: while it is set, the bot is silent.
    ``language`` is what the customer writes; ``language_chosen`` says that they asked for it.
    ``route`` is that of their newest message: where to write to them when no message of theirs is answered.
    """

    __tablename__ = "conversation"

    id: str = Field(primary_key=True)  # "telegram:4711"
    channel: str
    key: str
    route: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    language: str | None = None
    language_chosen: bool = False
    locale: str | None = None
    name: str | None = None
    phone: str | None = None
    holder: str | None = Field(default=None, index=True)
    opted_out: bool = False
    last_seq: int = 0
    created_at: datetime

    @property
    def address(self) -> Address:
        """Where to answer."""
        return Address(self.channel, self.key, self.route)


class Message(SQLModel, table=True):
    """One message, in or out.

    ``dedup`` is unique: the platform's own id for what comes in, the cause (an inbound message and
    a position, an agent's request) for what goes out. ``revisions`` are the texts before an edit.
    ``template`` is what the platform is asked to say in place of ``text``, where it wants one.
    ``route`` is where it came from or goes (see `Address`): the conversation's may have moved on meanwhile.
    It is ``None`` where nobody noted it; then the conversation's counts.
    ``tries`` counts how often it left; ``repeated`` says that once it did so although the outcome of
    the try before was unknown; ``refused`` that the platform will not take it, however often it is tried.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation", "seq"),
        UniqueConstraint("dedup"),
        Index("message_by_provider_id", "channel", "provider_id"),
        Index("message_by_message_id", "conversation", "message_id"),
        Index("message_by_state", "conversation", "state", "seq"),
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation: str = Field(foreign_key="conversation.id")
    channel: str
    seq: int
    author: str
    author_name: str | None = None
    kind: str = "message"
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    template: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    route: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    buttons: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    button: str | None = None  # the token of the button that a customer pressed
    album: str | None = None
    dedup: str
    provider_id: str | None = None
    message_id: str | None = None  # what an edit refers to, where it is not the provider id
    state: str
    tries: int = 0
    repeated: bool = False
    refused: bool = False
    error: str | None = None
    at: datetime
    tried_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    revisions: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class File(SQLModel, table=True):
    """A file that came with a message (or goes out with one), and the case that it is evidence for.

    ``digest`` is the SHA-256 of the bytes; ``path`` is relative to the data folder.
    """

    __tablename__ = "file"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    reference: str | None = Field(default=None, index=True)
    locator: str
    name: str = ""
    media_type: str = "application/octet-stream"
    size: int | None = None  # bytes
    digest: str | None = None
    path: str | None = None
    refused: str | None = None  # why it was not kept


def begin(session: Session, address: Address, now: datetime) -> Conversation:
    """The conversation held at ``address``, made if it is new, its row locked."""
    return begin_all(session, [address], now)[address.conversation]


def begin_all(session: Session, addresses: Iterable[Address], now: datetime) -> dict[str, Conversation]:
    """The conversations held at these addresses, made where they are new, their rows locked; by id."""
    by_id = {address.conversation: address for address in addresses}
    found = _lock_all(session, by_id)
    if missing := sorted(by_id.keys() - found.keys()):
        # Two first messages at once: one makes the conversation, the other finds it.
        session.connection().execute(
            _MAKE[session.connection().dialect.name],
            [
                {
                    "id": id_,
                    "channel": by_id[id_].channel,
                    "key": by_id[id_].key,
                    "route": by_id[id_].route,
                    "created_at": now,
                }
                for id_ in missing
            ],
        )
        found |= _lock_all(session, missing)
    return found


def lock(session: Session, conversation: str) -> Conversation:
    """The conversation, its row locked until the transaction ends. It must exist."""
    return _lock_all(session, [conversation])[conversation]


def _lock_all(session: Session, conversations: Iterable[str]) -> dict[str, Conversation]:
    """Those that exist, locked in one order everywhere, or two processes wait for each other."""
    return {c.id: c for c in session.exec(_LOCK, params={"ids": list(conversations)})}


_LOCK = (
    select(Conversation)
    .where(col(Conversation.id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Conversation.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_MAKE = {
    "sqlite": sqlite.insert(Conversation).on_conflict_do_nothing(index_elements=["id"]),
    "postgresql": postgresql.insert(Conversation).on_conflict_do_nothing(index_elements=["id"]),
}


def next_seq(conversation: Conversation) -> int:
    """The next number in a conversation that the caller has locked."""
    conversation.last_seq += 1
    return conversation.last_seq


def after(session: Session, conversation: str, seq: int, limit: int = 500) -> list[Message]:
    """What was said after number ``seq``, oldest first. Parts of an album are left out."""
    return list(
        session.exec(
            select(Message)
            .where(Message.conversation == conversation, col(Message.seq) > seq, Message.kind != "part")
            .order_by(col(Message.seq))
            .limit(limit)
        )
    )


def files_of(session: Session, messages: list[int]) -> list[File]:
    """The files of some messages, by their ids."""
    return list(session.exec(select(File).where(col(File.message_id).in_(messages)).order_by(col(File.id))))
