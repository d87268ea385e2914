"""What a message says: from a customer's text to intent, severity, category and entities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from expectation import decide
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.trackers import DialogueStateTracker

Parse = dict[str, Any]
"""`intent`, `confidence` (0..1), `complaint` (how likely it is one, 0..1, or null), `severity` and `category`
(`{"value", "confidence"}` or null), `entities`, `ranking`."""

WORDS = 1_000
CHARACTERS = 8_000
"""What is read of a text. A thousand words carry the intent; scripts without spaces are cut by length."""

_COMMAND_PREFIX = re.compile(r"^[\s/]+")


def plain(text: str) -> str:
    """The text as mere words: Rasa would run `/restart` as a trusted intent, whoever wrote it."""
    return _COMMAND_PREFIX.sub("", text)


def understand(processor: MessageProcessor, texts: Sequence[str], ranked: int | None = None) -> list[Parse]:
    """Parse all texts in one pass through the pipeline. One without words is an `nlu_fallback`.

    `ranked`: how many guesses the ranking keeps, or None for all.
    """
    shortened = [_shorten(plain(text)) for text in texts]
    spoken = [text for text in shortened if text]
    messages = iter(_run_pipeline(processor, spoken) if spoken else ())
    return [parse_of(next(messages), ranked) if text else _nothing() for text in shortened]


def _shorten(text: str) -> str:
    words = text[:CHARACTERS].split()
    return " ".join(words[:WORDS])


def _run_pipeline(processor: MessageProcessor, texts: Sequence[str]) -> list[dict[str, Any]]:
    target = processor.model_metadata.nlu_target
    results = processor.graph_runner.run(
        inputs={
            PLACEHOLDER_MESSAGE: [UserMessage(text) for text in texts],
            PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("", []),
        },
        targets=[target],
    )
    return [message.as_dict(only_output_properties=True) for message in results[target]]


def parse_of(found: dict[str, Any], ranked: int | None) -> Parse:
    """What the pipeline has found in one message, decided. `ranked`: as in `understand`."""
    ranking = [
        {"name": str(guess["name"]), "confidence": float(guess["confidence"])}
        for guess in found["intent_ranking"]
    ]
    intent = decide(ranking)
    return {
        "intent": intent["name"],
        "confidence": intent["confidence"],
        "complaint": found.get("complaint"),
        "severity": found.get("severity"),
        "category": found.get("category"),
        "entities": found.get("entities", []),
        "ranking": ranking[:ranked],
    }


def _nothing() -> Parse:
    return {
        "intent": DEFAULT_NLU_FALLBACK_INTENT_NAME,
        "confidence": 0.0,
        "complaint": None,
        "severity": None,
        "category": None,
        "entities": [],
        "ranking": [],
    }
