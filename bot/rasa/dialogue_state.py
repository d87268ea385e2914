"""The dialogue state the caller keeps between turns, and back again.

The engine stores nothing: a conversation is what `compact` returned last time. It holds no text of the
customer's and no facts, and its size does not grow with the conversation: turns beyond the last few are
folded into the slots and the form they led to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    DefinePrevUserUtteredFeaturization,
    Event,
    LoopInterrupted,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

State = dict[str, Any]
"""`before`: the `slots` (where not initial) and the active `form` when the kept turns begin; `events`: those
turns."""

TURNS_KEPT = 4
"""Turns kept event by event: more than any rule or memorised story looks back."""

# Not kept: what was said, and that a form declined a message. In Rasa a form that declined is not asked again
# until it has repeated its question; here it gets the first look at every message.
_KEPT = (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    DefinePrevUserUtteredFeaturization,
    LoopInterrupted,
    Restarted,
    SlotSet,
    UserUttered,
    UserUtteranceReverted,
)
_BEGINNING: State = {
    "before": {"slots": {}, "form": None},
    "events": [{"event": ActionExecuted.type_name, "name": ACTION_LISTEN_NAME}],
}
_DROPPED = {"timestamp", "metadata", "policy", "confidence", "action_text"}


def restore(
    conversation: str, state: State | None, facts: Mapping[str, Any], domain: Domain
) -> DialogueStateTracker:
    """The tracker before this turn's message. Without a state, the conversation begins.

    Facts come first, ahead of all that happened: undoing a message never undoes a fact.
    """
    state = state or _BEGINNING
    before: list[Event] = [
        SlotSet(name, value) for name, value in {**state["before"]["slots"], **facts}.items()
    ]
    if form := state["before"]["form"]:
        before.append(ActiveLoop(form))
    return DialogueStateTracker.from_events(
        conversation, before + deserialise_events(state["events"]), slots=domain.slots
    )


def twin(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A copy on which to try something. Rasa's own repeats all events from the beginning."""
    copied = copy(tracker)
    copied.events = tracker.events.copy()
    copied.slots = {name: copy(slot) for name, slot in tracker.slots.items()}
    copied.active_loop = copy(tracker.active_loop)
    return copied


def compact(tracker: DialogueStateTracker, facts: Collection[str], domain: Domain) -> State:
    """What the next turn needs to know of this conversation, as JSON."""
    events = [
        event
        for event in tracker.events
        if isinstance(event, _KEPT) and not (isinstance(event, SlotSet) and event.key in facts)
    ]
    # A turn starts at the `action_listen` before its message.
    starts = [place - 1 for place, event in enumerate(events) if isinstance(event, UserUttered)]
    cut = starts[-min(TURNS_KEPT, len(starts))]
    folded = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], slots=domain.slots)
    slots = {name: slot.value for name, slot in folded.slots.items() if slot.value != slot.initial_value}
    return {
        "before": {"slots": slots, "form": folded.active_loop_name},
        "events": [_compact_event(event) for event in events[cut:]],
    }


def _compact_event(event: Event) -> dict[str, Any]:
    if isinstance(event, UserUttered):
        entities = [
            {key: entity[key] for key in ("entity", "role", "group") if key in entity}
            for entity in event.entities
        ]
        return {
            "event": event.type_name,
            "parse_data": {"intent": {"name": event.intent_name}, "entities": entities},
        }
    return {key: value for key, value in event.as_dict().items() if key not in _DROPPED}
