"""What is said of a message of a backlog: language, intent, complaint or not, severity, category, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.backlog.rows import Row
from complaints import language, triage
from complaints.complaint import Category, Severity
from complaints.triage import Reason

COMPLAINT = "file_complaint"

PUBLIC: Mapping[str, str] = MappingProxyType(
    {
        "file_complaint": "file_complaint",
        "reopen_complaint": "file_complaint",
        "other_complaint": "file_complaint",
        "abuse": "file_complaint",
        "ask_status": "ask_status",
        "ask_human": "ask_human",
        "give_details": "give_details",
        "correct_details": "give_details",
        "affirm": "affirm",
        "deny": "deny",
        "withdraw_complaint": "withdraw_complaint",
        "thank": "thank",
        "enquire": "enquire",
        "suggest": "enquire",
        "ask_process": "enquire",
        "skip": "out_of_scope",
        "ask_bot": "out_of_scope",
        "switch_language": "out_of_scope",
        "greet": "out_of_scope",
        "goodbye": "out_of_scope",
        "out_of_scope": "out_of_scope",
    }
)
"""What each intent of the dialogue is to somebody who sorts a backlog: it has no dialogue to be part of."""

LIKELY = 0.5
"""From here on a message counts as a complaint. On our own examples 0.4 to 0.6 differ little: the golden
sets prefer less, tweets and reviews more; and to miss a complaint is worse than to see one too many."""

_SURE_LANGUAGE = 0.9  # below this, a text is read for hazards in English, too


@dataclass(frozen=True)
class Verdict:
    """One line of the result. ``confidence`` is that of the intent, from 0 to 1."""

    id: str | int
    language: str
    intent: str
    confidence: float
    complaint: bool
    severity: Severity
    category: Category
    reasons: tuple[str, ...]


def judge(row: Row, parse: Mapping[str, Any], model: str) -> Verdict:
    """Join what the model says of a message, a parse with its whole ranking, with the rules."""
    spoken = language.detect(row.text)
    intent, confidence = _public(parse["ranking"])
    found = triage.assess(row.text, _read_in(spoken), _for_triage(parse, model))
    rules = any(reason.kind == "rule" for reason in found.reasons)
    likely = _complaint(parse)
    why = [f"model {model}: complaint with probability {likely:.2f}"]
    if rules:
        why.append("complaint: a hazard is reported")
    return Verdict(
        id=row.id,
        language=spoken.language,
        intent=intent,
        confidence=round(confidence, 4),
        complaint=likely >= LIKELY or rules,
        severity=found.severity,
        category=found.category,
        reasons=(*why, *dict.fromkeys(map(_in_short, found.reasons))),
    )


def _complaint(parse: Mapping[str, Any]) -> float:
    """How likely it is a complaint: the mean of what is asked directly and of what the intents add up to.

    They err differently. Together they were half a point to a point better than either, on our own examples.
    """
    summed = sum(guess["confidence"] for guess in parse["ranking"] if PUBLIC.get(guess["name"]) == COMPLAINT)
    return float(summed if parse["complaint"] is None else (parse["complaint"] + summed) / 2)


def _public(ranking: list[dict[str, Any]]) -> tuple[str, float]:
    """The likeliest public intent: the guesses for all its inner ones together."""
    sums: dict[str, float] = {}
    for guess in ranking:
        name = PUBLIC.get(guess["name"], "out_of_scope")
        sums[name] = sums.get(name, 0.0) + guess["confidence"]
    return max(sums.items(), key=lambda item: item[1], default=("out_of_scope", 0.0))


def _read_in(spoken: language.Guess) -> tuple[str, ...]:
    if spoken.confidence >= _SURE_LANGUAGE or spoken.language == "en":
        return (spoken.language,)
    return (spoken.language, "en")


def _for_triage(parse: Mapping[str, Any], model: str) -> triage.Parse:
    severity, category = parse["severity"], parse["category"]
    return triage.Parse(
        intent=parse["intent"],
        confidence=parse["confidence"],
        severity=(Severity(severity["value"]), severity["confidence"]) if severity else None,
        category=(Category(category["value"]), category["confidence"]) if category else None,
        model=model,
    )


def _in_short(reason: Reason) -> str:
    words = f' "{reason.words}"' if reason.words else ""
    return f"{reason.kind} {reason.code}{words}: {reason.detail}"
