"""Figures of the deliveries, and how long they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, exists, func, select

from handoff.webhooks.record import Endpoint, HookAttempt, HookDelivery, HookMessage, State, Told

_BATCH = 500


@dataclass(frozen=True)
class Figures:
    """What waits for enabled endpoints, what was given up, and endpoints the program has switched off."""

    waiting: int
    failed: int
    failing: int


@dataclass(frozen=True)
class Line:
    """A delivery as it is listed, with its attempts, the latest first."""

    delivery: HookDelivery
    message: HookMessage
    attempts: Sequence[HookAttempt]


def figures(session: Session) -> Figures:
    """For metrics and the doctor."""
    of = select(func.count()).select_from(HookDelivery)
    enabled = select(Endpoint.id).where(Endpoint.state == State.ENABLED)
    waiting = of.where(HookDelivery.state == Told.WAITING, col(HookDelivery.endpoint).in_(enabled))
    failing = select(func.count()).select_from(Endpoint).where(Endpoint.state == State.FAILING)
    return Figures(
        waiting=session.exec(waiting).one(),
        failed=session.exec(of.where(HookDelivery.state == Told.FAILED)).one(),
        failing=session.exec(failing).one(),
    )


def counts(session: Session) -> dict[int, dict[str, int]]:
    """How many deliveries of each endpoint are in each state."""
    found: dict[int, dict[str, int]] = {}
    of_each = select(HookDelivery.endpoint, HookDelivery.state, func.count()).group_by(
        col(HookDelivery.endpoint), col(HookDelivery.state)
    )
    for endpoint, state, number in session.exec(of_each):
        found.setdefault(endpoint, {})[state] = number
    return found


def deliveries(session: Session, endpoint: int, *, state: str = "", limit: int = 50) -> list[Line]:
    """The latest deliveries of an endpoint; all of them, or those in one state."""
    query = (
        select(HookDelivery, HookMessage)
        .join(HookMessage, col(HookMessage.id) == col(HookDelivery.message))
        .where(HookDelivery.endpoint == endpoint)
        .order_by(col(HookDelivery.id).desc())
        .limit(limit)
    )
    if state:
        query = query.where(HookDelivery.state == state)
    found = session.exec(query).all()
    ids = [delivery.id for delivery, _ in found]
    attempts: dict[int, list[HookAttempt]] = {}
    for attempt in session.exec(
        select(HookAttempt).where(col(HookAttempt.delivery).in_(ids)).order_by(col(HookAttempt.id).desc())
    ):
        attempts.setdefault(attempt.delivery, []).append(attempt)
    return [Line(delivery, message, attempts.get(delivery.id or 0, [])) for delivery, message in found]


def forget(session: Session, before: datetime) -> int:
    """Forget the oldest deliveries that were settled before, with their attempts; how many."""
    old = session.exec(
        select(HookDelivery.id)
        .where(col(HookDelivery.settled_at) < before)
        .order_by(col(HookDelivery.settled_at))
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    session.exec(delete(HookAttempt).where(col(HookAttempt.delivery).in_(old)))
    session.exec(delete(HookDelivery).where(col(HookDelivery.id).in_(old)))
    orphans = (
        select(HookMessage.id)
        .where(HookMessage.at < before, ~exists().where(col(HookDelivery.message) == col(HookMessage.id)))
        .limit(_BATCH)
    )
    session.exec(delete(HookMessage).where(col(HookMessage.id).in_(orphans)))
    return len(old)
