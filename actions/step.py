"""The steps of the dialogue: actions that the rules choose, each with one thing to decide."""

from __future__ import annotations

from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn
from complaints.commands import AskForHuman, FileComplaint

_NEED_A_PERSON = frozenset({"legal", "regulator", "vulnerable", "self_harm"})
"""Kinds of hazards for a person even where they are not critical ..."""
_HARMLESS = frozenset({"ask_process", "enquire", "thank", "suggest", "out_of_scope"})
"""... unless the message is surely one of these."""
_SURE = 0.6


class Step(Action):  # type: ignore[misc]  # rasa_sdk is untyped
    """An action that answers the message, and with it whatever was expected before.

    On the first contact the customer is told that this is a machine. A step ``aside`` leaves a
    pending summary pending. A message in which the hazard rules found something for a person goes
    to `actions.people.MeetDanger`, whatever it seemed to be about.
    """

    called: ClassVar[str]
    aside: ClassVar[bool] = False

    def name(self) -> str:
        """What the rules call it."""
        return self.called

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """See `rasa_sdk.Action.run`."""
        turn = Turn(dispatcher, tracker)
        if needs_a_person(turn) and self.called != "action_danger":
            turn.pass_on("action_danger")
            return turn.events
        if turn.stale and self.called != "action_stale_button":
            turn.pass_on("action_stale_button")
            return turn.events
        turn.set("introduced", True)
        turn.set("heard", turn.id)
        if not (self.aside and (turn.stale or turn.expected == "summary")):
            turn.set("expecting", None)
            turn.set("held", None)
        if turn.in_questions and not turn.has_open_case:
            turn.end_questions()
        if self.called != "action_not_understood":
            turn.set("misunderstood", 0)
        self.act(turn)
        if not turn.passed_on:
            turn.introduce_first()
            _say_if_nothing_filed(turn)
        turn.finish()
        return turn.events

    def act(self, turn: Turn) -> None:
        """Decide."""
        raise NotImplementedError


def _say_if_nothing_filed(turn: Turn) -> None:
    """A receipt named a reference while the engine was away, and this was no complaint."""
    reference = turn.facts.provisional
    filed = any(isinstance(c, FileComplaint | AskForHuman) for c in turn.done)
    if reference and not filed and not turn.facts.more_waiting:
        turn.say("nothing_filed", reference=reference)


def needs_a_person(turn: Turn) -> bool:
    """Whether the hazard rules found something that a machine should not deal with alone.

    "Can I go to an ombudsman?" is a question, and no threat.
    """
    hazard = turn.facts.hazard
    if hazard is None:
        return False
    harmless = turn.intent in _HARMLESS and turn.confidence >= _SURE
    return hazard.severity == "critical" or (hazard.kind in _NEED_A_PERSON and not harmless)
