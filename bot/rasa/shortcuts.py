"""What Rasa does anew on every turn, though it comes to the same each time."""

from __future__ import annotations

from functools import cache
from typing import Any

import rasa
from actions_endpoint import ActionFailed
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_resolve = cache(Event.resolve_by_type)


def install() -> None:
    """Have Rasa take them. It makes the objects concerned itself, so their classes are changed."""
    # It looks through all classes of events for each that it reads.
    Event.resolve_by_type = staticmethod(_resolve)
    # It copies all slots for each state of a conversation that it looks at.
    Slot.__copy__ = _copied
    RemoteAction._action_call_format = _call  # noqa: SLF001
    RemoteAction._validate_action_result = _check  # noqa: SLF001


def _copied(slot: Slot) -> Slot:
    """As `copy` makes it of any object, without finding out how."""
    copied: Slot = object.__new__(type(slot))
    copied.__dict__.update(slot.__dict__)
    return copied


def _call(action: RemoteAction, tracker: DialogueStateTracker, _: Domain) -> dict[str, Any]:
    """What an action is told: all but the events, in which the message and the facts stand a second time."""
    return {
        "next_action": action.name(),
        "sender_id": tracker.sender_id,
        "tracker": {**tracker.current_state(), "events": []},
        "domain": {},  # without it the SDK answers 449
        "version": rasa.__version__,
    }


def _check(action: RemoteAction, answer: Any) -> bool:
    """Two lists of objects, which is what is taken for granted. Rasa's schema takes as long as the call."""
    parts = [answer.get(part, []) for part in ("events", "responses")] if isinstance(answer, dict) else [None]
    if not all(isinstance(part, list) and all(isinstance(each, dict) for each in part) for part in parts):
        raise ActionFailed(f"{action.name()}: not the answer of an action")
    return True
