"""One turn of a conversation, as a pure function: (message, facts, state) -> (replies, commands, state)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import shortcuts
from actions_endpoint import ActionsEndpoint
from dialogue_state import State, compact, restore, twin
from expectation import NEWCOMER, decide, expect
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected, BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker
from straight_runner import StraightRunner
from understanding import Parse, plain, understand
from wording import Wording

Answer = dict[str, Any]
"""All of it JSON. `replies` and `commands`, and their common `order`; `form` and the slot it `asks` for, or
null; the next `state`; the `parse` of the message, and whether it was `expected`: an answer to a question."""


class UnknownIntent(ValueError):
    """The caller trusts an intent this model does not know."""


class EmptyTurn(RuntimeError):
    """The dialogue came to nothing: neither a reply nor a command."""


class Unending(RuntimeError):
    """The rules kept choosing actions and never came back to listening."""


class Dialogue(MessageProcessor):
    """A trained model, ready to take turns. Holds no conversation, so any turn may go to any instance.

    Rasa's own processor logs a failing action and goes on as if it had succeeded; here a failure ends the
    turn.
    """

    def __init__(self, model: Path, actions: ActionsEndpoint) -> None:
        """Load the model (seconds, blocking). Raises whatever Rasa raises on a file that is no model."""
        shortcuts.install()
        super().__init__(
            str(model),
            tracker_store=None,
            lock_store=None,
            generator=None,
            action_endpoint=actions,
            on_circuit_break=_never_ends,
        )
        self.nlg: NaturalLanguageGenerator = Wording(self.domain.responses)
        self._slots = {slot.name for slot in self.domain.slots}
        self._fills_slots = _fills_slots(self.domain)

    @staticmethod
    def _load_model(model: str) -> tuple[str, ModelMetadata, GraphRunner]:
        with TemporaryDirectory() as unpacked:
            metadata, runner = load_predict_graph_runner(
                Path(unpacked), Path(model), LocalModelStorage, StraightRunner
            )
        return Path(model).name, metadata, runner

    async def turn(
        self,
        conversation: str,
        text: str,
        intent: Mapping[str, Any] | None,
        facts: Mapping[str, Any],
        state: State | None,
    ) -> Answer:
        """Answer one message.

        `intent` (`{"name", "payload"}`) is what the program knows the message means, such as a button
        pressed; it overrides what the text seems to say. Raises `ActionFailed`, `ActionsUnreachable`,
        `EmptyTurn`, `Unending`, `UnfitResponse` or `UnknownIntent`.
        """
        known = {
            name: value
            for name, value in facts.items()
            if name in self._slots and not isinstance(value, dict)
        }
        tracker = restore(conversation, state, known, self.domain)
        expected = _asked(tracker)
        parse = self._understand(text, intent, _weights(facts, expected))
        before = len(tracker.events)
        channel = OutputChannel()
        message = UserMessage(
            plain(text),
            channel,
            conversation,
            parse_data={**parse, "intent": {"name": parse["intent"], "confidence": parse["confidence"]}},
            metadata={"facts": dict(facts), "payload": dict((intent or {}).get("payload") or {})},
        )
        await self._handle_message_with_tracker(message, tracker)
        if self._fills_slots:
            await self.run_action_extract_slots(channel, tracker)
        await self._run_prediction_loop(channel, tracker)
        said = [event for event in list(tracker.events)[before:] if isinstance(event, BotUttered)]
        return {
            **_read(said),
            "form": tracker.active_loop_name,
            "asks": tracker.get_slot(REQUESTED_SLOT),
            "state": compact(tracker, known.keys(), self.domain),
            "parse": parse,
            "expected": expected,
        }

    def _understand(self, text: str, intent: Mapping[str, Any] | None, weights: Mapping[str, float]) -> Parse:
        (parse,) = understand(self, [text])
        if intent is None:
            ranking = expect(parse["ranking"], weights)
            likely = decide(ranking)
            return {**parse, "intent": likely["name"], "confidence": likely["confidence"], "ranking": ranking}
        if intent["name"] not in self.domain.intents:
            raise UnknownIntent(intent["name"])
        return {**parse, "intent": intent["name"], "confidence": 1.0}

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        # A form that is rejected leaves no trace of the attempt, so it runs on a copy.
        attempt = twin(tracker)
        attempt.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, attempt, self.domain)
        except ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence)
            )
        else:
            if not any(isinstance(event, ActionExecutionRejected) for event in events):
                tracker.update_with_events(prediction.events, self.domain)
                tracker.update(action.event_for_successful_execution(prediction))
            tracker.update_with_events(events, self.domain)
        return bool(self.should_predict_another_action(action.name()))

    async def _send_bot_messages(
        self, events: list[Event], tracker: DialogueStateTracker, output_channel: OutputChannel
    ) -> None:
        """Nothing is sent from here: the replies are read off the tracker when the turn is over."""


def _fills_slots(domain: Domain) -> bool:
    """Whether any slot is filled from messages, and not by actions alone."""
    mappings = [mapping for slot in domain.slots for mapping in slot.mappings]
    filled = any(mapping["type"] != "custom" or "action" in mapping for mapping in mappings)
    return filled or ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions


def _asked(tracker: DialogueStateTracker) -> bool:
    """Whether the customer was asked something that the next message may answer."""
    return bool(tracker.active_loop_name or tracker.get_slot("expecting"))


def _weights(facts: Mapping[str, Any], asked: bool) -> Mapping[str, float]:
    """How the situation shifts what is likely: only a newcomer who was asked nothing is special."""
    complaints = [case for case in facts.get("cases") or () if case.get("kind") != "contact"]
    return {} if complaints or asked else NEWCOMER


def _read(said: list[BotUttered]) -> Answer:
    replies: list[dict[str, Any]] = []
    commands: list[dict[str, Any]] = []
    order: list[str] = []
    for utterance in said:
        if utterance.text:
            buttons = utterance.data.get("buttons") or []
            replies.append(
                {
                    "text": utterance.text,
                    "buttons": [{"title": button["title"], "token": button["payload"]} for button in buttons],
                    "name": utterance.metadata.get("utter_action"),
                }
            )
            order.append("reply")
        if command := (utterance.data.get("custom") or {}).get("command"):
            commands.append(command)
            order.append("command")
    if not order:
        raise EmptyTurn("empty turn")
    return {"replies": replies, "commands": commands, "order": order}


def _never_ends(tracker: DialogueStateTracker, *_: object) -> NoReturn:
    raise Unending(f"still acting after {tracker.latest_action_name}")
