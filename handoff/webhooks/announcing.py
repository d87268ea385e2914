"""From what happened to what is told: pending rows become messages and deliveries, in one transaction.

A pending row goes in the very transaction that makes its message and the deliveries, so whatever crashes,
everything is announced, and once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from channels import lanes
from complaints.record import Complaint, Event
from handoff.webhooks import catalogue
from handoff.webhooks.endpoints import lane_of
from handoff.webhooks.record import Endpoint, HookDelivery, HookMessage, Pending, State, Told

BATCH = 100
"""Pending rows in one transaction."""


def announce(session: Session, type_: str, key: str, data: dict[str, Any], *, now: datetime) -> None:
    """Something that is no event of a case is told, too, in the caller's transaction.

    ``type_`` is in `catalogue.FROM_OTHER_ROOMS`; ``key`` names the thing, and the same thing is told once;
    ``data`` holds codes and numbers, nothing of a person. Without an enabled endpoint, a no-op.
    """
    assert type_ in catalogue.FROM_OTHER_ROOMS, type_
    if not enabled(session):
        return
    uid = catalogue.uid_of(type_, key)
    known = select(Pending.id).where(Pending.uid == uid)
    told = select(HookMessage.id).where(HookMessage.uid == uid)
    if session.exec(known).first() is None and session.exec(told).first() is None:
        session.add(Pending(uid=uid, type=type_, data=data, at=now))
        session.flush()


def enabled(session: Session) -> list[Endpoint]:
    """The endpoints that are told, in the order in which their lanes are locked."""
    return list(
        session.exec(select(Endpoint).where(Endpoint.state == State.ENABLED).order_by(col(Endpoint.id)))
    )


def waits(session: Session) -> bool:
    """Whether anything is pending."""
    return session.exec(select(Pending.id).limit(1)).first() is not None


def announce_pending(session: Session, now: datetime) -> int:
    """Make messages of the first `BATCH` pending rows that no other process has in hand; how many rows."""
    rows = list(
        session.exec(select(Pending).order_by(col(Pending.id)).limit(BATCH).with_for_update(skip_locked=True))
    )
    if not rows:
        return 0
    messages = of_events(session, [row.event_id for row in rows if row.event_id is not None])
    for row in rows:
        if row.uid is not None and row.type is not None and row.at is not None:
            messages.append(_add(session, row.uid, row.type, row.at, row.data or {}, None))
    session.flush()
    for endpoint in enabled(session):
        assert endpoint.id is not None
        deliver(session, endpoint.id, (m for m in messages if wants(endpoint, m.type)), now)
    session.exec(delete(Pending).where(col(Pending.id).in_([row.id for row in rows])))
    return len(rows)


def wants(endpoint: Endpoint, type_: str) -> bool:
    """Whether an endpoint asked for events of this type."""
    return not endpoint.types or type_ in endpoint.types


def of_events(session: Session, ids: Sequence[int]) -> list[HookMessage]:
    """The messages of these events, in their order; made where there are none yet. Quiet ones have none."""
    if not ids:
        return []
    known = {
        m.event_id: m for m in session.exec(select(HookMessage).where(col(HookMessage.event_id).in_(ids)))
    }
    found = session.exec(
        select(Event, Complaint)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(col(Event.id).in_(ids))
        .order_by(col(Event.id))
    )
    messages = []
    for event, case in found:
        if event.id in known:
            messages.append(known[event.id])
        elif (type_ := catalogue.type_of(event.kind)) is not None:
            uid = catalogue.uid_of(case.reference, event.position)
            messages.append(_add(session, uid, type_, event.at, catalogue.thin(event, case), event.id))
    session.flush()
    return messages


def deliver(session: Session, endpoint: int, messages: Iterable[HookMessage], now: datetime) -> None:
    """New deliveries to an endpoint, due at once."""
    deliveries = []
    for message in messages:
        assert message.id is not None
        deliveries.append(HookDelivery(endpoint=endpoint, message=message.id, created_at=now, next_at=now))
    session.add_all(deliveries)
    session.flush()
    for delivery in deliveries:
        put(session, delivery, now)


def put(session: Session, delivery: HookDelivery, now: datetime, due: datetime | None = None) -> None:
    """Queue the next attempt at a delivery, under its present serial number."""
    delivery.state, delivery.next_at = Told.WAITING, due or now
    session.add(delivery)
    lanes.put(
        session, lane_of(delivery.endpoint), {"delivery": delivery.id, "serial": delivery.serial},
        dedup=f"hook:{delivery.id}:{delivery.serial}", now=now, due=due,
    )  # fmt: skip


def _add(
    session: Session, uid: str, type_: str, at: datetime, data: dict[str, Any], event_id: int | None
) -> HookMessage:
    message = HookMessage(
        uid=uid, event_id=event_id, type=type_, at=at, body=catalogue.body_of(type_, at, data)
    )
    session.add(message)
    return message
