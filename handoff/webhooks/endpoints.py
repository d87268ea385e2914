"""Endpoints: added, switched off and on, removed, their secrets rotated. The secret is returned once.

Every change of a row is in the audit trail.

Errors::

    HandoffError
    └── UnknownEndpoint     there is none of that number
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, select

from channels import lanes
from handoff.queue import BadInput, HandoffError
from handoff.webhooks import signing
from handoff.webhooks.addresses import Reach
from handoff.webhooks.catalogue import ALL_TYPES
from handoff.webhooks.record import Endpoint, HookAttempt, HookDelivery, State

LANE = "hook"
"""The kind of the lanes: each endpoint has one, so that a slow one holds up nobody else."""

_LONGEST = 200
_MOST = 50


class UnknownEndpoint(HandoffError):
    """There is no endpoint of that number."""


def lane_of(endpoint: int) -> str:
    """The lane in which an endpoint's deliveries wait for their turn."""
    return f"{LANE}:{endpoint}"


def every(session: Session) -> list[Endpoint]:
    """All endpoints, in their order."""
    return list(session.exec(select(Endpoint).order_by(col(Endpoint.id))))


def get(session: Session, number: int) -> Endpoint:
    """One endpoint, its row locked. Raises `UnknownEndpoint`."""
    found = session.exec(select(Endpoint).where(Endpoint.id == number).with_for_update()).first()
    if found is None:
        raise UnknownEndpoint(f"there is no webhook {number}")
    return found


def add(
    session: Session,
    url: str,
    reach: Reach,
    secret_key: bytes,
    *,
    types: Sequence[str] = (),
    description: str = "",
    details: bool = False,
    actor: str,
    now: datetime,
) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which is not shown again. No ``types``: all. Raises `BadInput`."""
    if unknown := sorted(set(types) - set(ALL_TYPES)):
        raise BadInput(f"{', '.join(unknown)}: no such event; there are {', '.join(ALL_TYPES)}")
    if len(every(session)) >= _MOST:
        raise BadInput(f"there are {_MOST} webhooks already: remove one first")
    endpoint = Endpoint(
        url=reach.check(url), description=description.strip()[:_LONGEST], types=sorted(set(types)),
        details=details, key=signing.new_key(), state_at=now, state_by=actor, created_at=now,
        created_by=actor,
    )  # fmt: skip
    session.add(endpoint)
    session.flush()
    return endpoint, signing.secret_of(secret_key, endpoint.key)


def disable(session: Session, number: int, *, actor: str, now: datetime) -> Endpoint:
    """Tell it nothing any more; what waits for it stays. Raises `UnknownEndpoint`."""
    endpoint = get(session, number)
    if endpoint.state != State.DISABLED:
        switch(session, endpoint, State.DISABLED, actor=actor, now=now)
    return endpoint


def enable(session: Session, number: int, *, actor: str, now: datetime) -> Endpoint:
    """Tell it again, first what has waited; what happened since can be replayed. Raises `UnknownEndpoint`."""
    endpoint = get(session, number)
    if endpoint.state == State.ENABLED:
        return endpoint
    switch(session, endpoint, State.ENABLED, actor=actor, now=now)
    endpoint.failures, endpoint.failing_since = 0, None
    lanes.rouse(session, lane_of(number), now)
    stamp = int(now.timestamp() * 1_000_000)
    lanes.put(session, lane_of(number), {"resume": 0}, dedup=f"hook-resume:{number}:{stamp}", now=now)
    return endpoint


def switch(
    session: Session, endpoint: Endpoint, state: State, *, actor: str, now: datetime, reason: str = ""
) -> None:
    """Note the new state, and who or what brought it about."""
    endpoint.state, endpoint.state_at, endpoint.state_by, endpoint.state_reason = state, now, actor, reason
    session.add(endpoint)


def remove(session: Session, number: int) -> Endpoint:
    """Forget it, with all that waits for it and all that it was told. Raises `UnknownEndpoint`."""
    endpoint = get(session, number)
    theirs = select(HookDelivery.id).where(HookDelivery.endpoint == number)
    session.exec(delete(HookAttempt).where(col(HookAttempt.delivery).in_(theirs)))
    session.exec(delete(HookDelivery).where(col(HookDelivery.endpoint) == number))
    lanes.forget(session, lane_of(number))  # the next endpoint may get this number
    session.delete(endpoint)
    session.flush()
    return endpoint


def rotate(session: Session, number: int, secret_key: bytes, now: datetime) -> str:
    """A new secret; for a day the old one signs as well. Raises `UnknownEndpoint`."""
    endpoint = get(session, number)
    endpoint.old_key, endpoint.old_until = endpoint.key, now + signing.OVERLAP
    endpoint.key = signing.new_key()
    session.add(endpoint)
    session.flush()
    return signing.secret_of(secret_key, endpoint.key)
