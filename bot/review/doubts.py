"""How unsure the model was of a message, and so how much a trainer's look at it is worth.

Intent: the smaller the margin between the first and the second guess, the more is learnt from the
answer (margin sampling; Settles, Active Learning Literature Survey, 2009, section 3.1). Severity and
category: least confidence, from the same section, and of less weight, since the agents see them anyway.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from bot.engine import Answer
from bot.gathering import Situation
from bot.review.record import Understanding
from channels.prepared import Prepared
from complaints.triage import SURE, Parse

COMPLAINT = "file_complaint"
"""The intent whose examples have a severity and a category."""

LEAST = 0.05
"""Doubt below this is none: such a message is not shown."""

CLOSE = 0.2
"""A margin between two intents below which either may be meant."""

_KEPT = 5  # guesses
_WEIGHT = {"intent": 1.0, "severity": 0.6, "category": 0.5}

_ASKED_BACK = {f"utter_{key}" for key in ("not_understood", "person_instead", "ask_file", "ask_add")}
"""What the customer is told when the dialogue is not sure."""

_FROM_WORDS = (None, "report_danger")
"""What `Said.intent` is if there are words to learn from: no button, no bare file."""


def keep(session: Session, situation: Situation, answer: Answer, now: datetime) -> None:
    """Remember how a message was understood, in the transaction of its turn."""
    said, parse = situation.said, answer.parse
    if said.intent not in _FROM_WORDS or not said.text.strip():
        return
    misunderstood = any(reply.name in _ASKED_BACK for reply in answer.replies)
    severity, severity_confidence = parse.severity or (None, None)
    category, category_confidence = parse.category or (None, None)
    values = {
        "message_id": situation.message,
        "language": situation.facts.language,
        "intent": parse.intent,
        "confidence": parse.confidence,
        "ranking": [[name, round(sure, 4)] for name, sure in guesses(parse)[:_KEPT]],
        "severity": severity,
        "severity_confidence": severity_confidence,
        "category": category,
        "category_confidence": category_confidence,
        "products": list(parse.products),
        "misunderstood": misunderstood,
        "doubt": doubt(parse, expected=answer.expected, misunderstood=misunderstood),
        "model": parse.model,
        "at": now,
    }
    _KEEP.run(session, values)


def _keeping(insert: Any) -> Any:
    row = insert(_understanding)
    fresh = {column.name: row.excluded[column.name] for column in _understanding.c if not column.primary_key}
    return row.on_conflict_do_update(index_elements=["message_id"], set_=fresh)


_understanding = SQLModel.metadata.tables[Understanding.__tablename__]
_KEEP = Prepared({"sqlite": _keeping(sqlite.insert), "postgresql": _keeping(postgresql.insert)})


def doubt(parse: Parse, *, expected: bool, misunderstood: bool) -> float:
    """From 0, none, to 1; and 1 more where the customer noticed.

    The answer to a question that was taken as such is in no doubt, whatever its intent: "NB-51207".
    """
    if expected and not misunderstood:
        return 0.0
    worst = max((_WEIGHT[what] * value for what, value in doubts(parse).items()), default=0.0)
    return round(worst + misunderstood, 4)


def doubts(parse: Parse) -> dict[str, float]:
    """What the model is unsure of, and how much, from 0 to 1: intent, severity, category."""
    found: dict[str, float] = {}
    (first, sure), (_, next_best) = [*guesses(parse), ("", 0.0), ("", 0.0)][:2]
    if sure < SURE or sure - next_best < CLOSE:
        found["intent"] = 1.0 - (sure - next_best)
    if first == COMPLAINT:
        for what, guess in (("severity", parse.severity), ("category", parse.category)):
            if guess is not None and guess[1] < SURE:
                found[what] = 1.0 - guess[1]
    return found


def guesses(parse: Parse) -> tuple[tuple[str, float], ...]:
    """The ranking; where there is none, what was decided on."""
    return parse.ranking or ((parse.intent, parse.confidence),)
