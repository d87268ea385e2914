"""Chooses and fills the wording of a reply.

Rasa draws among the variations at random, says "None" for what is not known, and shows the bare template when
a customer's own words look like one. A turn done again must say the same, and no customer is to read any of
that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator, ResponseVariationFilter
from rasa.shared.core.trackers import DialogueStateTracker

_PARTS = ("text", "buttons", "custom")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class UnfitResponse(RuntimeError):
    """A response does not exist, has no variation for these facts, or names what is not known."""


class Wording(NaturalLanguageGenerator):
    """The domain's responses: always the first variation whose conditions hold."""

    def __init__(self, responses: dict[str, list[dict[str, Any]]]) -> None:
        self._responses = responses

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **named: Any
    ) -> dict[str, Any]:
        """The response with slots, and what the action `named` for it, filled in. Raises `UnfitResponse`."""
        if utter_action not in self._responses:
            raise UnfitResponse(f"{utter_action}: no such response")
        slots = tracker.current_slot_values()
        suitable = ResponseVariationFilter(self._responses).responses_for_utter_action(
            utter_action, output_channel, slots
        )
        if not suitable:
            raise UnfitResponse(f"{utter_action}: no variation for these facts")
        known = {**slots, **named}
        return {part: _fill(suitable[0][part], known, utter_action) for part in _PARTS if part in suitable[0]}


def _fill(part: Any, known: Mapping[str, Any], response: str) -> Any:
    if isinstance(part, dict):
        return {key: _fill(value, known, response) for key, value in part.items()}
    if isinstance(part, list):
        return [_fill(item, known, response) for item in part]
    if not isinstance(part, str):
        return part

    def value(placeholder: re.Match[str]) -> str:
        found = known.get(placeholder[1])
        if found is None:
            raise UnfitResponse(f"{response}: {placeholder[1]} is not known")
        return str(found)

    return _PLACEHOLDER.sub(value, part)
