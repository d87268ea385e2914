"""What a message means where it stands: the classifier judges the words alone.

By Bayes' rule, P(intent | words, situation) is proportional to P(intent | words) times how much more
often the intent is met in the situation than among the training examples. Somebody who has no case
here and was asked nothing hardly reopens, corrects or confirms anything; they complain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

Guess = dict[str, Any]
"""`{"name", "confidence"}`; a ranking is a list of them, the likeliest first."""

SURE = 0.4
AHEAD = 0.05
"""What the first guess needs, and its lead over the second. Rasa's own threshold, 0.3, is far too
trusting: asking again costs less than a wrong answer."""

NEWCOMER: Mapping[str, float] = {
    "file_complaint": 2.5,
    "ask_status": 0.5,
    "give_details": 0.4,
    "withdraw_complaint": 0.3,
    "affirm": 0.3,
    "deny": 0.3,
    "skip": 0.2,
    "other_complaint": 0.2,
    "reopen_complaint": 0.1,
    "correct_details": 0.1,
}
"""Weights for somebody without a case here who was asked nothing; other intents count as they are."""


def expect(ranking: Sequence[Guess], weights: Mapping[str, float]) -> list[Guess]:
    """The ranking as the situation makes it; the confidences add up to what they did."""
    weighted = [
        {**guess, "confidence": guess["confidence"] * weights.get(guess["name"], 1.0)} for guess in ranking
    ]
    whole = sum(guess["confidence"] for guess in ranking)
    scale = whole / (sum(guess["confidence"] for guess in weighted) or 1.0)
    scaled = [{**guess, "confidence": guess["confidence"] * scale} for guess in weighted]
    return sorted(scaled, key=lambda guess: -guess["confidence"])


def decide(ranking: Sequence[Guess]) -> Guess:
    """The first guess, or `nlu_fallback` with its confidence if nobody can be sure of it."""
    first, second = [*ranking, *[{"name": "", "confidence": 0.0}] * 2][:2]
    if first["confidence"] < SURE or first["confidence"] - second["confidence"] < AHEAD:
        return {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": first["confidence"]}
    return first
