"""On what ground the record proposes an answer, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from handoff.console.wording import Wording


def said(ground: str, values: Mapping[str, Any], words: Wording, zone: ZoneInfo) -> str:
    """What `handoff.improvement.checklist.Proposal` found, as a sentence."""
    shown = {name: _shown(name, value, words, zone) for name, value in values.items()}
    return words.tell(f"improve_ground_{ground}", **shown)


def _shown(name: str, value: Any, words: Wording, zone: ZoneInfo) -> str:
    match name:
        case "at" | "by":
            return words.exact(str(value), zone)
        case "severity" | "decision":
            return words.label(str(value)).lower()
        case "needs":
            return "; ".join(words.tell(f"need_{need}") for need in value)
        case _:
            return str(value)
