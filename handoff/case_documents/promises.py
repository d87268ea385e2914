"""What a customer was promised by when, and whether it was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from complaints.complaint import Status
from complaints.record import Complaint, Event

_NEWS = {"replied", "informed", "updated", "bulk_replied", "responded", "update_sent"}


def promises(case: Complaint, events: Sequence[Event], now: datetime) -> list[dict[str, Any]]:
    """The dates of a case: ``promised``, ``kept`` (or ``None``), and ``state``.

    ``kept``: in time; ``late``: after its date; ``open``: still to come; ``overdue``; ``ended``: the case
    was over before its date. An acknowledgement is promised at once, that is within the minute.
    """
    news = next((e.at for e in events if e.kind in _NEWS), None)
    found = [
        ("acknowledge", getattr(case, "acknowledge_by", None), case.acknowledged_at),
        ("update", case.update_by, news),
        ("respond", case.respond_by, case.responded_at),
    ]
    return [
        {"name": name, "promised": promised, "kept": kept, "state": _state(case, promised, kept, now)}
        for name, promised, kept in found
    ]


def _state(case: Complaint, promised: datetime | None, kept: datetime | None, now: datetime) -> str:
    if kept is not None:
        return "kept" if promised is None or kept <= promised else "late"
    if not Status(case.status).is_open:
        return "ended"
    return "overdue" if promised is not None and promised < now else "open"
