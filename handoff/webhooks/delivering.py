"""A delivery's way: what is sent, and what comes of each attempt. All of it units of work.

A failed attempt is repeated by `SCHEDULE`, each message for itself: one that its receiver chokes on holds
up no other. What fails in a row makes the endpoint's lane rest as well (`channels.backoff`), so that a
receiver that is down is not flooded; at the first success after that, all that waits is due at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlmodel import Session, col, select, update

from channels import lanes
from channels.backoff import backoff
from channels.lanes import Job, Lease
from handoff.webhooks import endpoints, signing
from handoff.webhooks.announcing import put
from handoff.webhooks.details import with_details
from handoff.webhooks.record import Endpoint, HookAttempt, HookDelivery, HookMessage, State, Told

SCHEDULE = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
"""How long after the first, second ... failure the next attempt is: Standard Webhooks, "Deliverability"."""

PATIENCE = timedelta(days=5)
"""An endpoint at which every attempt has failed for so long is switched off."""

LONGEST_WAIT = timedelta(days=1)
"""A longer ``Retry-After`` is cut to this."""

STREAK = 3
"""So many failures in a row are the endpoint's, and not a message's."""

ANSWER_KEPT = 200  # characters


@dataclass(frozen=True)
class Parcel:
    """A delivery whose turn it is."""

    delivery: int
    url: str
    keys: tuple[str, ...]
    uid: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What came of an attempt: a status or an error. ``retry_after`` in seconds, if the receiver named it."""

    seconds: float
    status: int | None = None
    text: str = ""
    error: str = ""
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it: any 2xx."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def parcel(session: Session, job: Job, now: datetime) -> Parcel | None:
    """What is to be sent; ``None`` if nothing is: settled, put off, its endpoint switched off or removed."""
    found = session.exec(
        select(HookDelivery, Endpoint, HookMessage)
        .join(Endpoint, col(Endpoint.id) == col(HookDelivery.endpoint))
        .join(HookMessage, col(HookMessage.id) == col(HookDelivery.message))
        .where(
            HookDelivery.id == job.payload["delivery"],
            HookDelivery.serial == job.payload["serial"],
            HookDelivery.state == Told.WAITING,
            Endpoint.state == State.ENABLED,
        )
    ).first()
    if found is None:
        return None
    delivery, endpoint, message = found
    assert delivery.id is not None
    body = with_details(session, message) if endpoint.details else message.body
    return Parcel(delivery.id, endpoint.url, signing.keys_of(endpoint, now), message.uid, body.encode())


def settle(session: Session, lease: Lease, job: Job, answer: Answer, now: datetime, chance: float) -> None:
    """Keep the attempt and decide what comes next. ``chance`` in [0, 1) spreads retries. Raises `LeaseLost`.

    Locks are taken in the order endpoint, delivery, lane.
    """
    endpoint = session.exec(
        select(Endpoint)
        .where(col(Endpoint.id) == int(lease.lane.partition(":")[2]))
        .with_for_update(key_share=True)
    ).first()
    delivery = session.get(HookDelivery, job.payload["delivery"], with_for_update=True)
    if endpoint is None or delivery is None:
        lanes.finish(session, lease, job, now)
        return
    _note(session, endpoint, delivery, answer, now)
    delivery.attempts += 1
    delivery.serial += 1
    delivery.next_at = None
    if answer.taken:
        _delivered(session, lease, job, endpoint, delivery, now)
    else:
        _not_delivered(session, lease, job, endpoint, delivery, answer, now, chance)


def drop(session: Session, lease: Lease, job: Job, now: datetime) -> None:
    """The job's delivery is not to be sent (any more): only the job is done. Raises `LeaseLost`."""
    lanes.finish(session, lease, job, now)


def _delivered(
    session: Session, lease: Lease, job: Job, endpoint: Endpoint, delivery: HookDelivery, now: datetime
) -> None:
    delivery.state, delivery.settled_at = Told.DELIVERED, now
    session.add(delivery)
    streak, endpoint.failures, endpoint.failing_since = endpoint.failures, 0, None
    session.add(endpoint)
    session.flush()
    if streak >= STREAK:  # it was away and is back
        lanes.hasten(session, lease.lane, now)
        session.exec(
            update(HookDelivery)
            .where(
                col(HookDelivery.endpoint) == endpoint.id,
                col(HookDelivery.state) == Told.WAITING,
                col(HookDelivery.next_at) > now,
            )
            .values(next_at=now)
        )
    lanes.finish(session, lease, job, now)


def _not_delivered(
    session: Session,
    lease: Lease,
    job: Job,
    endpoint: Endpoint,
    delivery: HookDelivery,
    answer: Answer,
    now: datetime,
    chance: float,
) -> None:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    if answer.status == HTTPStatus.GONE:
        reason = "it answered 410: gone"
        endpoints.switch(session, endpoint, State.FAILING, actor="system", now=now, reason=reason)
    elif now - endpoint.failing_since > PATIENCE:
        reason = f"every attempt has failed since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC"
        endpoints.switch(session, endpoint, State.FAILING, actor="system", now=now, reason=reason)
    session.add(endpoint)
    rest = backoff(endpoint.failures, chance)
    asked = timedelta(seconds=min(answer.retry_after or 0.0, LONGEST_WAIT.total_seconds()))
    if delivery.attempts > len(SCHEDULE):
        delivery.state, delivery.settled_at = Told.FAILED, now
    elif endpoint.state == State.ENABLED:
        put(session, delivery, now, now + max(SCHEDULE[delivery.attempts - 1] * (1 + chance / 10), asked))
    session.add(delivery)
    session.flush()
    lanes.finish(session, without_next(lease), job, now)
    lanes.park(session, lease, now + max(rest, asked))


def without_next(lease: Lease) -> Lease:
    """The same lease for a job after which the lane rests: nobody need look for what comes next."""
    return Lease(lease.lane, lease.owner, lease.fence)


def _note(
    session: Session, endpoint: Endpoint, delivery: HookDelivery, answer: Answer, now: datetime
) -> None:
    """Keep the attempt. Who is told personal data might answer with it: nothing of that is kept."""
    message = session.get_one(HookMessage, delivery.message)
    session.add(
        HookAttempt(
            delivery=delivery.id or 0,
            reference=json.loads(message.body)["data"].get("reference"),
            at=now,
            seconds=answer.seconds,
            status=answer.status,
            answer="" if endpoint.details else answer.text[:ANSWER_KEPT],
            error=answer.error[:ANSWER_KEPT],
        )
    )
