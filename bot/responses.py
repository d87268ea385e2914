"""Rasa's responses, made from the one catalogue of customer texts.

Rasa chooses among the languages by the ``language`` slot; a language without a catalogue falls back
to English, the response without a condition.

    python -m bot.responses FILE
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from complaints import texts


def generate(path: Path) -> None:
    """Write the responses to ``path``, a part of Rasa's domain. The same catalogue gives the same file."""
    keys = sorted(texts.of_dialogue(texts.FALLBACK))
    domain = {"version": "3.1", "responses": {f"utter_{key}": variations(key) for key in keys}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        yaml.safe_dump(domain, allow_unicode=True, sort_keys=False, width=10_000), encoding="utf-8"
    )


def variations(key: str) -> list[dict[str, Any]]:
    """The text ``key`` in each language on its condition, and in English on none."""
    by_language = [
        {
            "condition": [{"type": "slot", "name": "language", "value": language}],
            "text": texts.of_dialogue(language)[key],
        }
        for language in texts.languages()
    ]
    return [*by_language, {"text": texts.of_dialogue(texts.FALLBACK)[key]}]


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
