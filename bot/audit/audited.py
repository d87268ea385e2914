"""What of the database is audited: every table and column, but those named here with the reason why not.

So a table that somebody adds is audited from its first row on; `tests/audit` asks of each exception
whether it still exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlmodel import SQLModel

from bot import tables  # noqa: F401  (fills the metadata)
from complaints.audit import form_of

NOT_AUDITED = {
    "audit_entry": "the trail itself: each entry is signed, and the chain covers it",
    "audit_seal": "the chain itself",
    "case_words": "the search's index, made of audited rows",
    "console_session": "who is signed in at present; swept when it is over",
    "desk_profile": "who is there at present, and how many cases they like to have",
    "dialogue": "the engine's working state, replaced in every turn",
    "early_report": "what platforms said of messages that are not known yet; swept",
    "handoff_pass": "who passed an offer lately; swept",
    "job": "work in hand and the memory against redelivery; swept",
    "lane": "work in hand",
    "sign_in_failures": "counters against guessing; swept",
    "sign_in_link": "codes that open once; swept",
    "sign_of_life": "who is typing at present; swept",
    "slack_case": "what Slack shows of a case, made anew from audited rows",
    "understanding": "what the engine guessed, for trainers; what was taken over of it is in the complaint",
    "wait": "figures for the waiting time; swept",
    "webhook_attempt": "how a delivery to another system went; swept",
    "webhook_delivery": "what is on its way to other systems; swept",
    "webhook_message": "what they are told: codes of audited events; swept",
    "webhook_pending": "events that are not announced yet",
    "worker": "which processes live at present; swept",
}
"""Tables."""

NOT_COVERED = {
    ("conversation", "last_seq"): "a counter; the messages that it counts are audited",
    ("message", "tries"): "a counter of attempts",
    ("webhook_endpoint", "failures"): "a counter of attempts",
    ("webhook_endpoint", "failing_since"): "how attempts go; when it is switched off is covered",
    ("message", "repeated"): "how an attempt went",
    ("message", "tried_at"): "when an attempt was made; when it succeeded is covered",
}
"""Columns of audited tables."""

READ_AS = {("message", "state"): "CASE {0} WHEN 'sending' THEN 'queued' ELSE {0} END"}
"""Columns of which two values mean the same: "on its way" is only another word for "not sent yet"."""

APPEND_ONLY = frozenset({"account_change", "audit_check", "audit_form", "audit_redaction", "audit_trail",
                         "event", "feedback", "improvement_step", "letter_decision"})  # fmt: skip
"""Tables whose rows nothing changes or deletes, but for a redaction that says so."""

KEPT = APPEND_ONLY | {"complaint", "conversation", "file", "message"}
"""Tables of which nothing deletes a row, but for a redaction that says so."""

PSEUDONYMOUS = frozenset({"conversation"})
"""Tables whose key is personal data (a phone number): in the trail stands what only our key makes of it."""


@dataclass(frozen=True)
class Audited:
    """One audited table. ``whose``: the ways to the case, first come first served."""

    name: str
    key: Sequence[str]
    columns: Sequence[str]
    whose: Sequence[tuple[str, str]]

    @property
    def form(self) -> str:
        """The name of what a digest covers today."""
        return form_of(self.name, self.columns)


@cache
def audited() -> tuple[Audited, ...]:
    """All audited tables, by name. One of somebody else's says ``info={"audited": False}`` of itself."""
    found = []
    for name, table in sorted(SQLModel.metadata.tables.items()):
        if name in NOT_AUDITED or not table.info.get("audited", True):
            continue
        columns = tuple(c.name for c in table.columns if (name, c.name) not in NOT_COVERED)
        key = tuple(c.name for c in table.primary_key.columns)
        found.append(Audited(name, key, columns, _whose(name, set(columns))))
    return tuple(found)


def _whose(name: str, columns: set[str]) -> tuple[tuple[str, str], ...]:
    """``c`` the case's id, ``r`` its reference, ``v`` its conversation, ``m`` a message of that."""
    if name == "complaint":
        return (("c", "id"),)
    if name == "conversation":
        return (("v", "id"),)
    # A message has a message_id, too, but it is the platform's.
    last = ("v", "conversation") if "conversation" in columns else ("m", "message_id")
    ways = (("c", "complaint_id"), ("r", "reference"), last)
    return tuple((way, column) for way, column in ways if column in columns)
