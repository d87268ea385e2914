"""Complaints of half a year, as rows: what a register holds when a look is taken."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert
from sqlmodel import Session

from channels.transcript import Conversation
from complaints.record import Complaint
from complaints.reference import mint

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 2, tzinfo=UTC)

_numbers = itertools.count(1)


def received(
    session: Session,
    days_ago: Sequence[int],
    *,
    product: str | Sequence[str] = "Kettle K200",
    category: str = "defect",
    cause: str | None = None,
    today: date = TODAY,
) -> list[str]:
    """One complaint for each of ``days_ago``; their references."""
    written = [product] if isinstance(product, str) else product
    people, cases = [], []
    for ago in days_ago:
        number = next(_numbers)
        at = datetime.combine(today - timedelta(days=ago), time(9), UTC)
        talk = f"webchat:customer-{number}"
        people.append(
            {"id": talk, "channel": "webchat", "key": f"customer-{number}", "route": {}, "created_at": at}
        )
        cases.append(
            {
                "reference": mint(), "conversation": talk, "channel": "webchat", "language": "en",
                "status": "assessed", "severity": "medium", "received_at": at, "category": category,
                "description": f"Complaint {number}", "product": written[number % len(written)],
                "update_by": at + timedelta(days=5), "respond_by": at + timedelta(days=10), "reasons": [],
                "vulnerability": [], "cause_kind": cause, "responded_at": at if cause else None,
            }
        )  # fmt: skip
    session.execute(insert(Conversation), people)
    session.execute(insert(Complaint), cases)
    return [case["reference"] for case in cases]


def usual(session: Session, *, today: date = TODAY, seed: int = 1) -> None:
    """Half a year in which nothing happens: about 24 complaints a week about four products."""
    chance = random.Random(seed)
    for product, category, weekly in (
        ("Kettle K200", "defect", 8), ("Lamp", "late_delivery", 8), ("Phone", "billing", 5),
        ("Oven", "defect", 3),
    ):  # fmt: skip
        ago = [day for day in range(1, 203) for _ in range(weekly) if chance.random() < 1 / 7]
        received(session, ago, product=product, category=category, today=today)
