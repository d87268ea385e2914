"""What is on record about a complaint: added by whoever tells more, corrected by whoever answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from complaints import register
from complaints.commands import Details
from complaints.record import Complaint

_COLUMN_OF = {"date": "problem_date", "remedy": "remedy_requested"}


def add_details(
    session: Session,
    case: Complaint,
    details: Details,
    *,
    description: str | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Take over what the customer added or corrected; what was there before stays in the event."""
    before, after = _set(case, details.said())
    if description and description.strip():
        case.description = f"{case.description}\n\n{description.strip()}".strip()
        after["description"] = "added"
    if after:
        register.record(session, case, "detail_added", actor=actor, now=now, before=before, after=after)


def set_contact(
    session: Session,
    case: Complaint,
    *,
    organisation: str | None = None,
    postal_address: str | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Where the customer is reached by post, and whom they speak for; what was there stays in the event."""
    given = {"organisation": organisation, "postal_address": postal_address}
    after = {name: value for name, value in given.items() if value and getattr(case, name) != value}
    if not after:
        return
    before = {name: getattr(case, name) for name in after}
    for name, value in after.items():
        setattr(case, name, value)
    register.record(session, case, "detail_added", actor=actor, now=now, before=before, after=after)


def correct(
    session: Session, case: Complaint, given: Mapping[str, Any], *, reason: str, actor: str, now: datetime
) -> bool:
    """A person puts right what is on record; whether anything differed. ``None`` takes a detail away.

    ``given`` has the names of `Details`, besides ``organisation`` and ``postal_address``. What is wrong must
    be put right or taken away on request (GDPR, articles 5 (1) (d) and 16); what stood there before, who
    changed it and why stay in the event, so that the change itself can be answered for.
    """
    before, after = _set(case, given)
    if after:
        register.record(
            session, case, "detail_corrected", actor=actor, now=now, reason=reason, before=before, after=after
        )
    return bool(after)


def _set(case: Complaint, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take the details over that differ; what they were and what they are, as an event keeps them."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in given.items():
        column = _COLUMN_OF.get(name, name)
        old = getattr(case, column)
        if old != value:
            setattr(case, column, value)
            before[name], after[name] = _plain(old), _plain(value)
    return before, after


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value
