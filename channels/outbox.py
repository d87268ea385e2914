"""Messages out: written with whatever decided them, sent afterwards, once each and in order."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy
from sqlalchemy import bindparam, case, func, insert, update
from sqlmodel import Session, SQLModel, UTCDateTime, select

from channels import early_reports, lanes, upkeep
from channels.message import Button, DeliveryReport, Outbound, Template
from channels.prepared import Prepared
from channels.splitting import split_for
from channels.transcript import Author, Conversation, Delivery, Message, next_seq
from channels.wakeups import notify

_message = SQLModel.metadata.tables["message"]
_now = bindparam("now", type_=UTCDateTime())
_this = _message.c.id == bindparam("this")
_KNOWN = Prepared(sqlalchemy.select(_message.c.id).where(_message.c.dedup == bindparam("dedup")))
_ADD = Prepared(insert(_message).returning(_message.c.id))
_SENDING = Prepared(
    update(_message)
    .where(_this)
    .values(
        tries=_message.c.tries + 1,
        repeated=case((_message.c.state == Delivery.SENDING, True), else_=_message.c.repeated),
        state=Delivery.SENDING,
        tried_at=func.coalesce(_message.c.tried_at, _now),
    )
)
_sent = (
    update(_message)
    .where(_this)
    .values(state=Delivery.SENT, provider_id=bindparam("provider"), sent_at=_now, error=None)
    .returning(_message.c.conversation, _message.c.channel)
)
_SENT = Prepared(
    {
        "sqlite": _sent,
        "postgresql": _sent.returning(early_reports.turn(_message.c.channel, _message.c.provider_id)),
    }
)

_FURTHEST = [Delivery.QUEUED, Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED, Delivery.READ]


def put(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    author: Author,
    dedup: str,
    now: datetime,
    author_name: str | None = None,
    buttons: tuple[Button, ...] = (),
    template: Template | None = None,
    route: dict[str, str] | None = None,
) -> list[int]:
    """Say ``text`` in a conversation whose row the caller has locked; the messages' ids.

    A text beyond the platform's limit becomes several messages, so that each is sent and retried
    on its own. ``dedup`` names the cause; saying the same thing for the same cause again is a
    no-op that returns nothing. ``template`` is what a platform may say in place of a short ``text``.
    ``route`` is that of the message which this answers; without it, the conversation's as it is now.
    """
    if _KNOWN.scalar(session, {"dedup": f"{dedup}/0"}) is not None:
        return []
    parts = split_for(conversation.channel, text, buttons)
    messages = []
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        message = _write(
            session, conversation, part, author=author, author_name=author_name, dedup=f"{dedup}/{position}",
            now=now, buttons=buttons if last else (), template=template, route=route,
        )  # fmt: skip
        lanes.put(
            session, f"out:{conversation.id}", {"message": message}, dedup=f"out:{message}", now=now,
            order=conversation.last_seq,
        )  # fmt: skip
        messages.append(message)
    return messages


def told(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    author_name: str,
    dedup: str,
    now: datetime,
) -> int:
    """What a person has told the customer themselves, face to face or on the telephone. Nothing is sent."""
    return _write(
        session, conversation, text, author=Author.AGENT, author_name=author_name, dedup=f"{dedup}/0",
        now=now, state=Delivery.DELIVERED,
    )  # fmt: skip


def _write(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    author: Author,
    author_name: str | None,
    dedup: str,
    now: datetime,
    state: Delivery = Delivery.QUEUED,
    buttons: tuple[Button, ...] = (),
    template: Template | None = None,
    route: dict[str, str] | None = None,
) -> int:
    """Keep a message at the end of the conversation; its id."""
    there = now if state is Delivery.DELIVERED else None
    message: int = _ADD.scalar(
        session,
        {
            "conversation": conversation.id,
            "channel": conversation.channel,
            "seq": next_seq(conversation),
            "author": author,
            "author_name": author_name,
            "text": text,
            "template": asdict(template) if template else None,
            "route": conversation.route if route is None else route,
            "buttons": [{"title": b.title, "token": b.token} for b in buttons],
            "revisions": [],
            "dedup": dedup,
            "state": state,
            "at": now,
            "sent_at": there,
            "delivered_at": there,
        },
    )
    session.add(conversation)
    notify(session, f"chat:{conversation.id}")
    return message


def left_to_people(session: Session, message: Message) -> None:
    """It waits for a person who delivers it."""
    message.state = Delivery.BY_HAND
    _moved(session, message)


def by_hand(session: Session, message: Message, now: datetime, *, failed: str | None = None) -> None:
    """A person has delivered it or, with the reason why not in ``failed``, could not."""
    if failed is None:
        message.state, message.sent_at, message.delivered_at = Delivery.DELIVERED, now, now
    else:
        message.state, message.error = Delivery.FAILED, failed
    _moved(session, message)


def outbound(conversation: Conversation, message: Message) -> Outbound:
    """The message as an adapter sends it."""
    address = conversation.address
    return Outbound(
        id=str(message.id),
        address=address if message.route is None else replace(address, route=message.route),
        text=message.text,
        buttons=tuple(Button(b["title"], b["token"]) for b in message.buttons),
        first_tried_at=message.tried_at,
        template=Template(**message.template) if message.template else None,
    )


def sending(session: Session, message_id: int, now: datetime) -> None:
    """It leaves now. If we die before `sent`, this mark says that the outcome is unknown."""
    _SENDING.run(session, {"this": message_id, "now": now})


def sent(session: Session, message_id: int, provider_id: str, now: datetime) -> None:
    """The platform has taken it, and may have reported on it by now."""
    values = {"this": message_id, "provider": provider_id, "now": now}
    ((conversation, channel, *_),) = _SENT.rows(session, values)
    notify(session, f"chat:{conversation}")
    if overtaking := early_reports.take(session, channel, provider_id):
        message = session.get_one(Message, message_id, populate_existing=True)
        for delivery in overtaking:
            _hear(session, message, delivery, now)


def is_anothers(session: Session, message: Message, provider_id: str) -> bool:
    """Whether that id of the platform's belongs to another message of the conversation."""
    found = session.exec(
        select(Message.id).where(
            Message.channel == message.channel,
            Message.provider_id == provider_id,
            Message.conversation == message.conversation,
            Message.id != message.id,
        )
    )
    return found.first() is not None


def failed(session: Session, message: Message, error: str, *, final: bool, refused: bool = False) -> None:
    """The platform has not taken it: for good, or to be tried again; ``refused``: it never will."""
    message.state = Delivery.FAILED if final else Delivery.QUEUED
    message.error, message.refused = error, refused
    _moved(session, message)


def report(session: Session, delivery: DeliveryReport, now: datetime) -> Message | None:
    """Take over what the platform says later. Reports may come twice and in any order, and before `sent`."""
    message = _reported(session, delivery)
    if message is None and early_reports.wait_turn(session, delivery):
        message = _reported(session, delivery)
    if message is None:
        early_reports.keep(session, delivery, now)
    else:
        _hear(session, message, delivery, now)
    return message


def _reported(session: Session, delivery: DeliveryReport) -> Message | None:
    return session.exec(
        select(Message).where(
            Message.channel == delivery.channel, Message.provider_id == delivery.provider_id
        )
    ).first()


def _hear(session: Session, message: Message, delivery: DeliveryReport, now: datetime) -> None:
    state = Delivery(delivery.state)
    if state is Delivery.FAILED:
        message.state, message.error, message.refused = state, delivery.error, True
        upkeep.bury_finished(session, f"out:{message.id}", delivery.error or "not delivered", now)
    elif message.state in _FURTHEST and _FURTHEST.index(state) > _FURTHEST.index(Delivery(message.state)):
        message.state = state
        message.delivered_at = message.delivered_at or now
    _moved(session, message)


def _moved(session: Session, message: Message) -> None:
    """Keep the message's new state and tell whoever shows the conversation."""
    session.add(message)
    notify(session, f"chat:{message.conversation}")
