"""What an endpoint may ask for besides the thin payload: personal data, read when the message leaves.

None of it is stored with the message, so what was erased meanwhile does not leave any more, and an
erasure finds no copy here.
"""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import Session, col, select

from complaints.record import Complaint, Event
from handoff.webhooks.record import HookMessage

_TOLD = (
    "name", "organisation", "phone", "email", "postal_address", "on_behalf_of", "description", "product",
    "order", "wish", "response",
)  # fmt: skip


def with_details(session: Session, message: HookMessage) -> str:
    """The message's body with ``data.personal``; as it is where there is no case."""
    found = session.exec(
        select(Event, Complaint)
        .join(Complaint, col(Complaint.id) == col(Event.complaint_id))
        .where(Event.id == message.event_id)
    ).first()
    if found is None:
        return message.body
    event, case = found
    whole: dict[str, Any] = json.loads(message.body)
    whole["data"]["personal"] = {name: getattr(case, name) for name in _TOLD} | {
        "actor": event.actor,
        "reason": event.reason,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
