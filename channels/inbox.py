"""Messages in: accepted once, in order, before the platform is told that we have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import JSON, bindparam, func
from sqlmodel import Session, SQLModel, col, select

from channels import crowds, hiding, lanes
from channels.lane_batches import NewJob, put_all
from channels.message import Inbound, InboundKind
from channels.prepared import Prepared
from channels.transcript import Author, Conversation, Delivery, File, Message, begin_all, next_seq
from channels.wakeups import notify

# An album's parts arrive as separate messages within moments; the turn waits for them.
_ALBUM_WAIT = timedelta(seconds=1.2)
_ALBUMS = frozenset({"telegram"})
# By then the customer must have had an answer or gets a receipt; sending may take the rest of 10 s.
RECEIPT_AFTER = timedelta(seconds=7)


def accept(session: Session, inbound: Inbound, now: datetime) -> Message | None:
    """Store ``inbound`` and queue its turn. ``None`` if we have it already (a redelivery).

    Also arms the timer that writes a receipt should the dialogue engine not answer in time. The
    timer lies in a lane of its own, or it would wait behind the very message that is stuck.
    """
    return accept_all(session, [inbound], now)[0]


def accept_all(session: Session, inbounds: Sequence[Inbound], now: datetime) -> list[Message | None]:
    """`accept` for several at once, each conversation's in their order; it takes few statements more."""
    inbounds, hidden = hiding.hide(inbounds)
    conversations = begin_all(session, (inbound.address for inbound in inbounds), now)
    stored: dict[int, Message | None] = {}
    for round_ in _rounds(inbounds):
        stored |= _store(session, conversations, round_, now)
    if hidden:
        for place, message in stored.items():
            inbound = inbounds[place]
            if message is not None and (found := hidden.get(hiding.key_of(inbound))):
                conversation = conversations[inbound.address.conversation]
                hiding.record(session, conversation, message, inbound, found, now)
    return [stored[place] for place in range(len(inbounds))]


def _rounds(inbounds: Sequence[Inbound]) -> Iterator[dict[int, Inbound]]:
    """The messages by their places, so that no two of a round are of the same conversation."""
    left = dict(enumerate(inbounds))
    while left:
        first: dict[str, int] = {}
        for place, inbound in left.items():
            first.setdefault(inbound.address.conversation, place)
        yield {place: left.pop(place) for place in first.values()}


def _store(
    session: Session,
    conversations: Mapping[str, Conversation],
    inbounds: Mapping[int, Inbound],
    now: datetime,
) -> dict[int, Message | None]:
    """Messages of as many conversations, which are locked."""
    stored: dict[int, Message | None] = dict.fromkeys(inbounds)
    dedups = {place: f"in:{i.address.channel}:{i.provider_id}" for place, i in inbounds.items()}
    known = {dedup for (dedup,) in _KNOWN.rows(session, {"dedups": list(dedups.values())})}
    wholes: dict[int, Message] = {}
    new: dict[int, Message] = {}
    for place, inbound in inbounds.items():
        if dedups[place] in known:
            continue
        conversation = conversations[inbound.address.conversation]
        _learn(conversation, inbound)
        if inbound.kind is InboundKind.EDIT:
            stored[place] = _revise(session, inbound, dedups[place], now)
            continue
        whole = _album(session, conversation, inbound)
        if whole is not None:
            wholes[place] = whole
        crowded = whole is None and crowds.is_one_too_many(session, conversation, inbound)
        new[place] = Message(
            conversation=conversation.id,
            channel=conversation.channel,
            seq=next_seq(conversation),
            author=Author.CUSTOMER,
            author_name=inbound.sender_name,
            kind="part" if whole else crowds.CROWD if crowded else inbound.kind,
            text=inbound.text,
            route=inbound.address.route,
            buttons=[],  # given, for pydantic takes half a millisecond to find a default that is a type
            revisions=[],
            button=inbound.button,
            album=inbound.album,
            dedup=dedups[place],
            provider_id=inbound.provider_id,
            message_id=inbound.message_id or inbound.provider_id,
            state=Delivery.RECEIVED,
            at=now,
        )
    session.add_all(new.values())
    session.flush()  # one statement for all of them
    jobs: list[NewJob] = []
    for place, message in new.items():
        inbound, whole = inbounds[place], wholes.get(place)
        notify(session, f"chat:{message.conversation}")
        _keep_files(session, inbound, (whole or message).id, now)
        if whole is not None:
            if inbound.text and inbound.text not in whole.text:
                whole.text = f"{whole.text}\n{inbound.text}".strip()
        elif message.kind == crowds.CROWD:
            crowds.join(session, message, now)
        else:
            if message.album is None and message.channel in _ALBUMS:
                lanes.hasten(session, f"in:{message.conversation}", now)  # the album before it is whole
            jobs += _jobs(inbound, message, now)
    put_all(session, jobs, now)
    return stored | new


def _jobs(inbound: Inbound, message: Message, now: datetime) -> Iterator[NewJob]:
    """The turn, and the timer of its receipt."""
    yield NewJob(
        f"in:{message.conversation}",
        {"message": message.id},
        message.dedup,
        order=inbound.order,
        due=now + _ALBUM_WAIT if inbound.album else None,
    )
    yield NewJob(
        f"clock:{message.conversation}",
        {"receipt": message.id},
        f"receipt:{message.id}",
        due=now + RECEIPT_AFTER,
    )


_known = sqlalchemy.select(col(Message.dedup))
_KNOWN = Prepared(
    {
        "sqlite": _known.where(
            col(Message.dedup).in_(
                sqlalchemy.select(sqlalchemy.column("value")).select_from(
                    func.json_each(bindparam("dedups", type_=JSON()))
                )
            )
        ),
        "postgresql": _known.where(col(Message.dedup).in_(bindparam("dedups", expanding=True))),
    }
)


def answered(session: Session, message: int, now: datetime) -> None:
    """The message of this id is done: its receipt is not needed any more."""
    _ANSWERED.run(session, {"this": message})
    lanes.cancel(session, f"receipt:{message}", now)


_ANSWERED = Prepared(
    sqlalchemy.update(SQLModel.metadata.tables["message"])
    .where(col(Message.id) == bindparam("this"))
    .values(state=Delivery.ANSWERED)
)


def waiting(session: Session, conversation: str, after_id: int) -> int:
    """How many more messages of the conversation wait behind message ``after_id``."""
    count: int = _WAITING.scalar(session, {"this": conversation, "after": after_id})
    return count


_WAITING = Prepared(
    sqlalchemy.select(func.count()).where(
        col(Message.conversation) == bindparam("this"),
        col(Message.author) == Author.CUSTOMER,
        col(Message.state) == Delivery.RECEIVED,
        col(Message.kind) != "part",
        col(Message.id) > bindparam("after"),
    )
)


def _learn(conversation: Conversation, inbound: Inbound) -> None:
    """What a message tells about its sender."""
    if inbound.kind is not InboundKind.EDIT:  # of an old message, which may lie in another thread
        conversation.route = inbound.address.route
    conversation.name = inbound.sender_name or conversation.name
    conversation.phone = inbound.sender_phone or conversation.phone
    conversation.locale = inbound.locale or conversation.locale
    if inbound.kind is InboundKind.OPT_OUT:
        conversation.opted_out = True
    elif inbound.kind is InboundKind.OPT_IN or inbound.opts_in:
        conversation.opted_out = False


def _album(session: Session, conversation: Conversation, inbound: Inbound) -> Message | None:
    """The message that stands for the album, if an earlier part of it still waits."""
    if not inbound.album:
        return None
    return session.exec(
        select(Message).where(
            Message.conversation == conversation.id,
            Message.album == inbound.album,
            Message.kind != "part",
            Message.state == Delivery.RECEIVED,
        )
    ).first()


def _revise(session: Session, inbound: Inbound, dedup: str, now: datetime) -> Message | None:
    message = session.exec(
        select(Message).where(
            Message.conversation == inbound.address.conversation,
            Message.message_id == inbound.revises,
        )
    ).first()
    if message is None or any(r["dedup"] == dedup for r in message.revisions):
        return None
    message.revisions = [*message.revisions, {"text": message.text, "until": now.isoformat(), "dedup": dedup}]
    message.text = inbound.text
    session.add(message)
    if message.state == Delivery.ANSWERED:  # its turn, which would read it, is over
        payload = {"message": message.id, "edit": len(message.revisions)}
        lanes.put(session, f"in:{message.conversation}", payload, dedup=dedup, now=now)
    return message


def _keep_files(session: Session, inbound: Inbound, message_id: int | None, now: datetime) -> None:
    assert message_id is not None
    conversation = inbound.address.conversation
    for item in inbound.attachments:
        file = File(
            message_id=message_id,
            locator=item.locator,
            name=item.name,
            media_type=item.media_type,
            size=item.size,
        )
        session.add(file)
        session.flush()
        # Fetched in a lane of its own: a slow download must not hold the answer back.
        lanes.put(session, f"file:{conversation}", {"file": file.id}, dedup=f"file:{file.id}", now=now)
