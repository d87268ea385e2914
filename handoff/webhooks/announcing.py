"""From what happened to what is told: pending rows become messages and deliveries, in one transaction.

A pending row goes in the very transaction that makes its message and the deliveries, so whatever crashes,
everything is announced, and once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, delete, select

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
    messages += _keep(session, [_other(row) for row in rows if row.uid is not None])
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
    found = session.exec(
        select(Event, Complaint)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(col(Event.id).in_(ids))
        .order_by(col(Event.id))
    )
    return _keep(
        session,
        [_of(event, case, type_) for event, case in found if (type_ := catalogue.type_of(event.kind))],
    )


def deliver(session: Session, endpoint: int, messages: Iterable[HookMessage], now: datetime) -> None:
    """New deliveries to an endpoint, due at once; what is on its way there already stays as it is."""
    rows = [
        {"endpoint": endpoint, "message": message.id, "state": Told.WAITING, "attempts": 0, "serial": 1,
         "created_at": now, "next_at": now}
        for message in messages
    ]  # fmt: skip
    if not rows:
        return
    table = SQLModel.metadata.tables["webhook_delivery"]
    new = session.execute(_insert(session, table).values(rows).on_conflict_do_nothing().returning(table.c.id))
    numbers = sorted(number for (number,) in new)
    for delivery in session.exec(
        select(HookDelivery).where(col(HookDelivery.id).in_(numbers)).order_by(col(HookDelivery.message))
    ):
        put(session, delivery, now)


def put(session: Session, delivery: HookDelivery, now: datetime, due: datetime | None = None) -> None:
    """Queue the next attempt at a delivery, under its present serial number."""
    # SQLite gives the number of a row that is gone to another one, while jobs are remembered.
    born = int(delivery.created_at.timestamp() * 1_000_000)
    delivery.state, delivery.next_at = Told.WAITING, due or now
    session.add(delivery)
    lanes.put(
        session, lane_of(delivery.endpoint), {"delivery": delivery.id, "serial": delivery.serial},
        dedup=f"hook:{delivery.id}:{born}:{delivery.serial}", now=now, due=due,
    )  # fmt: skip


def _of(event: Event, case: Complaint, type_: str) -> dict[str, Any]:
    return {
        "uid": catalogue.uid_of(case.reference, event.position),
        "event_id": event.id,
        "type": type_,
        "at": event.at,
        "body": catalogue.body_of(type_, event.at, catalogue.thin(event, case)),
    }


def _other(row: Pending) -> dict[str, Any]:
    assert row.type is not None
    assert row.at is not None
    body = catalogue.body_of(row.type, row.at, row.data or {})
    return {"uid": row.uid, "event_id": None, "type": row.type, "at": row.at, "body": body}


def _keep(session: Session, rows: list[dict[str, Any]]) -> list[HookMessage]:
    """The messages, in the order of their events; one that another process has made meanwhile as it is."""
    if not rows:
        return []
    table = SQLModel.metadata.tables["webhook_message"]
    session.execute(_insert(session, table).values(rows).on_conflict_do_nothing())
    kept = select(HookMessage).where(col(HookMessage.uid).in_([row["uid"] for row in rows]))
    return list(session.exec(kept.order_by(col(HookMessage.event_id))))


def _insert(session: Session, table: Table) -> Any:
    """An ``INSERT`` that can pass over what is there, in the database's dialect."""
    return _INSERTS[session.get_bind().dialect.name](table)


_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
