"""Messages in: accepted once, in order, before the platform is told that we have them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from channels import crowds, lanes
from channels.message import Inbound, InboundKind
from channels.transcript import Author, Conversation, Delivery, File, Message, begin, next_seq
from channels.wakeups import notify

# An album's parts arrive as separate messages within moments; the turn waits for them.
_ALBUM_WAIT = timedelta(seconds=1.2)
# By then the customer must have had an answer or gets a receipt; sending may take the rest of 10 s.
RECEIPT_AFTER = timedelta(seconds=7)


def accept(session: Session, inbound: Inbound, now: datetime) -> Message | None:
    """Store ``inbound`` and queue its turn. ``None`` if we have it already (a redelivery).

    Also arms the timer that writes a receipt should the dialogue engine not answer in time. The
    timer lies in a lane of its own, or it would wait behind the very message that is stuck.
    """
    conversation = begin(session, inbound.address, now)
    dedup = f"in:{inbound.address.channel}:{inbound.provider_id}"
    if session.exec(select(Message.id).where(Message.dedup == dedup)).first() is not None:
        return None
    _learn(conversation, inbound)
    if inbound.kind is InboundKind.EDIT:
        return _revise(session, inbound, dedup, now)
    whole = _album(session, conversation, inbound)
    crowded = whole is None and crowds.is_one_too_many(session, conversation, inbound)
    message = Message(
        conversation=conversation.id,
        channel=conversation.channel,
        seq=next_seq(conversation),
        author=Author.CUSTOMER,
        author_name=inbound.sender_name,
        kind="part" if whole else crowds.CROWD if crowded else inbound.kind,
        text=inbound.text,
        button=inbound.button,
        album=inbound.album,
        dedup=dedup,
        provider_id=inbound.provider_id,
        message_id=inbound.message_id or inbound.provider_id,
        state=Delivery.RECEIVED,
        at=now,
    )
    session.add(conversation)
    session.add(message)
    session.flush()
    notify(session, f"chat:{conversation.id}")
    assert message.id is not None
    _keep_files(session, inbound, (whole or message).id, now)
    if whole:
        if inbound.text and inbound.text not in whole.text:
            whole.text = f"{whole.text}\n{inbound.text}".strip()
        return message
    if crowded:
        crowds.join(session, message, now)
        return message
    lanes.put(
        session,
        f"in:{conversation.id}",
        {"message": message.id},
        dedup=dedup,
        now=now,
        order=inbound.order,
        due=now + _ALBUM_WAIT if inbound.album else None,
    )
    lanes.put(
        session,
        f"clock:{conversation.id}",
        {"receipt": message.id},
        dedup=f"receipt:{message.id}",
        now=now,
        due=now + RECEIPT_AFTER,
    )
    return message


def answered(session: Session, message: Message, now: datetime) -> None:
    """The message is done: its receipt is not needed any more."""
    message.state = Delivery.ANSWERED
    session.add(message)
    lanes.cancel(session, f"receipt:{message.id}", now)


def waiting(session: Session, conversation: str, after_id: int) -> int:
    """How many more messages of the conversation wait behind message ``after_id``."""
    return len(
        session.exec(
            select(Message.id).where(
                Message.conversation == conversation,
                Message.author == Author.CUSTOMER,
                Message.state == Delivery.RECEIVED,
                Message.kind != "part",
                col(Message.id) > after_id,
            )
        ).all()
    )


def _learn(conversation: Conversation, inbound: Inbound) -> None:
    """What a message tells about its sender."""
    conversation.route = inbound.address.route or conversation.route
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
