"""What may be told: event types by name, and what each says. Part of the interface: names stay.

A type is a thing and what happened to it. Every event of the register has one: a kind without a name of its
own here is told as `OTHER`, but for those in `QUIET`, which are the desk's own business.

``data`` is thin: references, codes, stages and dates. What people wrote, who they are and which agent acted
is not in it (`handoff.webhooks.details` has what an endpoint may ask for besides).
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from complaints.complaint import Status
from complaints.record import Complaint, Event

OTHER = "case.changed"
TEST = "webhook.tested"

TYPES: dict[str, str] = {
    "received": "case.received",
    "acknowledged": "case.acknowledged",
    "assessed": "case.assessed",
    "reassessed": "case.reassessed",
    "detail_added": "case.detail_added",
    "detail_corrected": "case.detail_corrected",
    "confirmed": "case.confirmed",
    "queued": "case.handed_over",
    "claimed": "case.claimed",
    "assigned": "case.assigned",
    "transferred": "case.transferred",
    "taken_over": "case.taken_over",
    "released": "case.released",
    "handed_back": "case.handed_back",
    "escalated": "case.escalated",
    "investigating": "case.investigation_started",
    "replied": "case.replied",
    "bulk_replied": "case.replied",
    "responded": "case.decided",
    "decision_changed": "case.decision_changed",
    "letter_sent": "case.answer_sent",
    "letter_delivered": "case.answer_delivered",
    "letter_failed": "case.answer_failed",
    "answer_accepted": "case.answer_accepted",
    "contested": "case.answer_contested",
    "escalated_internally": "case.review_requested",
    "escalated_externally": "case.escalated_outside",
    "closed": "case.closed",
    "reopened": "case.reopened",
    "withdrawn": "case.withdrawn",
    "became_feedback": "case.became_feedback",
    "paused": "case.paused",
    "resumed": "case.resumed",
    "extended": "case.extended",
    "stage_near": "case.deadline_near",
    "stage_passed": "case.deadline_missed",
    "update_sent": "case.update_sent",
    "update_missed": "case.update_missed",
    "linked": "case.linked",
    "unlinked": "case.unlinked",
    "merged": "case.merged",
    "unmerged": "case.unmerged",
    "cause_named": "case.cause_named",
    "survey_asked": "survey.asked",
    "survey_graded": "survey.answered",
    "survey_commented": "survey.commented",
}
"""The register's kinds of event → the type that is told."""

QUIET = frozenset({
    "viewed", "exported", "note", "offered", "declined", "lapsed", "returned", "code_sent", "status_told",
    "letter_drafted", "letter_edited", "letter_discarded", "letter_checked", "conflict", "conflict_lifted",
    "still_paused", "hold_put", "hold_released",
})  # fmt: skip
"""Kinds that are not told: who looked, drafts, offers that came to nothing, privacy and conflicts."""

FROM_OTHER_ROOMS = ("signal.raised",)
"""Types that are not an event of a case: `handoff.webhooks.announcing.announce` is given them."""

ALL_TYPES = tuple(sorted({*TYPES.values(), OTHER, *FROM_OTHER_ROOMS}))
"""What an endpoint may ask for. `TEST` reaches only the endpoint that is tried."""

_CODES = ("decision", "remedy", "grade", "stage", "days", "due", "other", "severity", "category")
_ASSESSED = {"severity", "category", "kind"}
_NAMESPACE = uuid.UUID("6f1f5c0e-3d0f-5a7e-9f43-0d9f6a1d2c57")


def type_of(kind: str) -> str | None:
    """The type under which a kind of event is told; ``None`` if it is not."""
    return None if kind in QUIET else TYPES.get(kind, OTHER)


def uid_of(*parts: object) -> str:
    """A ``webhook-id``: the same for the same thing, however often and to however many it is told."""
    return f"msg_{uuid.uuid5(_NAMESPACE, '/'.join(map(str, parts))).hex}"


def body_of(type_: str, at: datetime, data: dict[str, Any]) -> str:
    """The JSON of a message."""
    whole = {"type": type_, "timestamp": _time(at), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def thin(event: Event, case: Complaint) -> dict[str, Any]:
    """What is told of an event, with the case as it stands."""
    return {
        "reference": case.reference,
        "position": event.position,
        "event": event.kind,
        "by": event.actor.partition(":")[0],
        "kind": case.kind,
        "stage": case.status,
        "severity": case.severity,
        "category": case.category,
        "channel": case.channel,
        "language": case.language,
        "decision": case.decision,
        "received_at": _time(case.received_at),
        "acknowledged_at": _time(case.acknowledged_at),
        "update_by": _time(case.update_by),
        "respond_by": _time(case.respond_by),
        "responded_at": _time(case.responded_at),
        "closed_at": _time(case.closed_at),
        "change": _change(event),
    }


_STAGES = frozenset(status.value for status in Status)


def _change(event: Event) -> dict[str, Any]:
    """The codes in an event's own data; nothing that somebody wrote."""
    said = {name: event.data[name] for name in _CODES if isinstance(event.data.get(name), str | int)}
    for name in ("before", "after"):
        value = event.data.get(name)
        if isinstance(value, str) and value in _STAGES:
            said[name] = value  # of other events it may be somebody's own words
        elif event.kind == "reassessed" and isinstance(value, dict):
            said[name] = {code: value[code] for code in _ASSESSED & set(value)}
    return said


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
