"""All tables of the program: import this before `SQLModel.metadata` is read as a whole."""

from __future__ import annotations

from bot import dialogue, workers
from bot.privacy import record as privacy
from bot.review import record as review
from channels import dead_letters, early_reports, hiding, lanes, signals, transcript
from complaints import answering, audit_record, deciding, imported, investigation, record, surveying
from handoff import case_words, exports, proofs, queue
from handoff.casework import by_hand, linking
from handoff.dispatch import presence
from handoff.improvement import record as improvement
from handoff.management_review import points as management_review
from handoff.signals import record as rises
from handoff.slack_desk import record as slack_desk
from handoff.staff import accounts, agents, throttle
from handoff.webhooks import record as webhooks

__all__ = [
    "accounts",
    "agents",
    "answering",
    "audit_record",
    "by_hand",
    "case_words",
    "dead_letters",
    "deciding",
    "dialogue",
    "early_reports",
    "exports",
    "hiding",
    "imported",
    "improvement",
    "investigation",
    "lanes",
    "linking",
    "management_review",
    "presence",
    "privacy",
    "proofs",
    "queue",
    "record",
    "review",
    "rises",
    "signals",
    "slack_desk",
    "surveying",
    "throttle",
    "transcript",
    "webhooks",
    "workers",
]
