"""Telling again: one delivery, everything since a time, what has waited while an endpoint was off; a test.

Many deliveries are queued by jobs of the endpoint's own lane, batch by batch, each of which puts the next
one in: whoever asks for it need not wait, and a crash repeats a batch that was not committed.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from channels import lanes
from channels.lanes import Job, Lease
from complaints.record import Event
from handoff.queue import BadInput, HandoffError
from handoff.webhooks import announcing, catalogue, endpoints
from handoff.webhooks.endpoints import lane_of
from handoff.webhooks.record import Endpoint, HookDelivery, HookMessage, State, Told

BATCH = 100
"""Deliveries queued in one transaction."""


class UnknownDelivery(HandoffError):
    """There is no delivery of that number."""


def replay(session: Session, endpoint: int, delivery: int, now: datetime) -> HookDelivery:
    """Send one delivery again at once, with the same ``webhook-id``.

    Raises `UnknownEndpoint`, `UnknownDelivery`, and `BadInput` if the endpoint is switched off.
    """
    _ready(session, endpoint, now)
    found = session.get(HookDelivery, delivery, with_for_update=True)
    if found is None or found.endpoint != endpoint:
        raise UnknownDelivery(f"there is no delivery {delivery} to webhook {endpoint}")
    _again(session, found, now)
    return found


def replay_since(session: Session, endpoint: int, since: datetime, now: datetime) -> None:
    """Tell an endpoint again all that it wants and that happened since then, also what it was never told.

    Raises `UnknownEndpoint`, and `BadInput` if it is switched off.
    """
    _ready(session, endpoint, now)
    first = session.exec(select(Event.id).where(Event.at >= since).order_by(col(Event.id)).limit(1)).first()
    _replay_others(session, endpoint, since, now)
    if first is not None:
        _put(session, endpoint, {"replay": since.isoformat(), "after": first - 1}, now)


def test(session: Session, endpoint: int, now: datetime) -> HookDelivery:
    """Send a `catalogue.TEST` message. Raises `UnknownEndpoint`, and `BadInput` if it is switched off."""
    _ready(session, endpoint, now)
    body = catalogue.body_of(catalogue.TEST, now, {"endpoint": endpoint})
    message = HookMessage(uid=f"msg_{secrets.token_hex(16)}", type=catalogue.TEST, at=now, body=body)
    session.add(message)
    session.flush()
    announcing.deliver(session, endpoint, [message], now)
    return session.exec(select(HookDelivery).where(HookDelivery.message == message.id)).one()


def carry_on(session: Session, lease: Lease, job: Job, now: datetime) -> None:
    """One batch of a replay, or of what has waited; then the next is queued. Raises `LeaseLost`."""
    number = int(lease.lane.partition(":")[2])
    endpoint = session.get(Endpoint, number)
    if endpoint is not None and endpoint.state == State.ENABLED:
        if "resume" in job.payload:
            _resume(session, number, job.payload["resume"], now)
        else:
            _replay(session, endpoint, job.payload["replay"], job.payload["after"], now)
    lanes.finish(session, lease, job, now)


def _resume(session: Session, endpoint: int, after: int, now: datetime) -> None:
    waiting = session.exec(
        select(HookDelivery)
        .where(
            HookDelivery.endpoint == endpoint,
            HookDelivery.state == Told.WAITING,
            col(HookDelivery.id) > after,
        )
        .order_by(col(HookDelivery.id))
        .limit(BATCH)
        .with_for_update()
    ).all()
    for delivery in waiting:
        _again(session, delivery, now)
    if len(waiting) == BATCH:
        _put(session, endpoint, {"resume": waiting[-1].id}, now)


def _replay(session: Session, endpoint: Endpoint, since: str, after: int, now: datetime) -> None:
    assert endpoint.id is not None
    ids = session.exec(
        select(Event.id)
        .where(col(Event.id) > after, Event.at >= datetime.fromisoformat(since))
        .order_by(col(Event.id))
        .limit(BATCH)
    ).all()
    messages = announcing.of_events(session, [number for number in ids if number is not None])
    _tell_again(session, endpoint.id, [m for m in messages if announcing.wants(endpoint, m.type)], now)
    if len(ids) == BATCH:
        _put(session, endpoint.id, {"replay": since, "after": ids[-1]}, now)


def _replay_others(session: Session, endpoint: int, since: datetime, now: datetime) -> None:
    """What is no event of a case: it is kept as a message only."""
    wanted = endpoints.get(session, endpoint)
    messages = session.exec(
        select(HookMessage).where(
            col(HookMessage.event_id).is_(None), HookMessage.at >= since, HookMessage.type != catalogue.TEST
        )
    )
    _tell_again(session, endpoint, [m for m in messages if announcing.wants(wanted, m.type)], now)


def _tell_again(session: Session, endpoint: int, messages: list[HookMessage], now: datetime) -> None:
    known = {
        delivery.message: delivery
        for delivery in session.exec(
            select(HookDelivery)
            .where(HookDelivery.endpoint == endpoint, col(HookDelivery.message).in_([m.id for m in messages]))
            .with_for_update()
        )
    }
    announcing.deliver(session, endpoint, (m for m in messages if m.id not in known), now)
    for message in messages:
        if (delivery := known.get(message.id or 0)) is not None:
            _again(session, delivery, now)


def _again(session: Session, delivery: HookDelivery, now: datetime) -> None:
    """From its first attempt, at once; a job that it has already counts no more."""
    delivery.serial += 1
    delivery.attempts, delivery.settled_at = 0, None
    announcing.put(session, delivery, now)


def _put(session: Session, endpoint: int, payload: dict[str, object], now: datetime) -> None:
    stamp = f"{int(now.timestamp() * 1_000_000)}:{'-'.join(map(str, payload.values()))}"
    lanes.put(session, lane_of(endpoint), payload, dedup=f"hook-again:{endpoint}:{stamp}", now=now)


def _ready(session: Session, number: int, now: datetime) -> None:
    """Whoever asks for something expects it now, however long the endpoint was to be left alone."""
    endpoint = endpoints.get(session, number)
    if endpoint.state != State.ENABLED:
        raise BadInput(f"webhook {endpoint.id} is switched off: enable it first")
    lanes.rouse(session, lane_of(number), now)
