"""What a customer was promised by when, and whether it was kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from complaints.complaint import Status
from complaints.record import Complaint, Event

AT_ONCE = timedelta(minutes=1)
"""What is promised at once is kept within this time."""

MOVES = frozenset({"paused", "resumed", "extended", "time_limit", "reopened"})
"""Events that move dates."""

_NEWS = {"replied", "informed", "updated", "update_sent", "bulk_replied", "responded"}


def promises(case: Complaint, events: Sequence[Event], now: datetime) -> list[dict[str, Any]]:
    """The dates of a case: ``promised``, ``first`` (before anything moved it), ``kept`` and ``state``.

    ``kept``: in time; ``late``: after its date; ``open``: still to come; ``overdue``; ``paused``: the clock
    stands still; ``ended``: the case was over before its date. Unknown times are ``None``.
    """
    return [
        {"name": name, "first": first or promised, "promised": promised, "kept": kept,
         "state": _state(case, promised, kept, now)}
        for name, first, promised, kept in _dates(case, events)
    ]  # fmt: skip


def _dates(
    case: Complaint, events: Sequence[Event]
) -> Iterator[tuple[str, datetime | None, datetime | None, datetime | None]]:
    at_receipt: dict[str, str] = next((e.data.get("dates", {}) for e in events if e.kind == "received"), {})
    first = {name: datetime.fromisoformat(due) for name, due in at_receipt.items()}
    news = next((e.at for e in events if e.kind in _NEWS), None)
    promised = first.get("acknowledge_by", case.received_at)
    yield "acknowledge", None, promised, case.acknowledged_at
    yield "update", None, first.get("update_by", case.update_by), news
    if news is not None and Status(case.status).is_open and case.responded_at is None:
        yield "next_update", None, case.update_by, None
    for name, due in case.clock.get("stages", {}).items():
        done = case.clock.get("done", {}).get(name)
        kept = datetime.fromisoformat(done) if done else None
        yield name, first.get(name), datetime.fromisoformat(due), kept
    yield "respond", first.get("respond_by"), case.respond_by, case.responded_at


def _state(case: Complaint, promised: datetime | None, kept: datetime | None, now: datetime) -> str:
    if kept is not None:
        return "kept" if promised is None or kept <= promised + AT_ONCE else "late"
    if not Status(case.status).is_open or case.responded_at is not None:
        return "ended"
    if case.paused_since is not None:
        return "paused"
    return "overdue" if promised is not None and promised < now else "open"
