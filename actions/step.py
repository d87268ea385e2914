"""The steps of the dialogue: actions that the rules choose, each with one thing to decide."""

from __future__ import annotations

from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.lexicon import find
from actions.turn import Turn
from complaints.commands import AskForHuman, FileComplaint

_NEED_A_PERSON = frozenset({"legal", "regulator", "vulnerable", "self_harm"})
"""Kinds of hazards for a person even where they are not critical ..."""
_HARMLESS = frozenset({"ask_process", "enquire", "thank", "suggest", "out_of_scope"})
"""... unless the message is surely one of these."""
_SURE = 0.6
_PLAIN = 0.75
_LIKELY = 0.25
_FEW = 3  # words: fewer state no problem
_STORY = 12  # words: more than a correction needs
_NOT_BY_THANKS = frozenset({"file", "which_case", "add", "human", "withdraw"})
"""Questions that "thanks" does not answer with yes."""
_SETTLED = frozenset(
    {"action_danger", "action_ask_human", "action_switch_language", "action_ask_withdraw", "action_withdraw"}
)
"""Steps for what the customer has plainly asked for."""
_FILING = frozenset(
    {
        "action_file_complaint",
        "action_file_story",
        "action_other_complaint",
        "action_choose_case",
        "action_thank",
        "action_suggest",
        "action_about_bot",
        "action_explain_process",
    }
)
"""Steps that file themselves, or ask whether to; and questions about complaining."""


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
        better = better_step(turn, self.called)
        if better and better != self.called:
            turn.pass_on(better)
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


def better_step(turn: Turn, chosen: str) -> str | None:
    """The step that the message calls for in any situation, whatever the rules have ``chosen``."""
    if needs_a_person(turn):
        return "action_danger"
    if turn.stale or turn.belated:
        return "action_stale_button"
    if turn.trusted or turn.heard:  # the program's word, or read by a step before: that one decided
        return None
    if turn.foreign:
        return "action_switch_language"
    free = chosen not in _SETTLED
    thanks = turn.merely_thanks and (turn.in_questions or turn.expected in _NOT_BY_THANKS)
    complains = turn.likelihood("file_complaint") >= _SURE
    choices = (
        (turn.leaves, "action_goodbye"),
        (thanks, "action_thank"),
        (free and turn.asks_opening and not complains, "action_enquire"),
        (free and turn.asks_how_long and turn.in_questions, "action_explain_process"),
        (free and turn.asks_how_long and turn.facts.cases and not complains, "action_explain_process"),
        (chosen == "action_not_understood" and turn.process_asked, "action_explain_process"),
        (free and turn.expected == "summary" and _corrects(turn), "action_ask_correction"),
        (turn.expected == "correction" and turn.intent in ("affirm", "deny", "thank"), "action_summary"),
        (free and chosen not in _FILING and states_problem(turn), "action_file_complaint"),
    )
    return next((step for fits, step in choices if fits), None)


def states_problem(turn: Turn) -> bool:
    """Whether somebody without a case here states a problem: those are filed, and not asked back."""
    if turn.facts.cases or turn.trusted or turn.mentions or turn.confidence >= _PLAIN:
        return False
    if turn.facts.hazard is not None:
        return not (turn.intent in _HARMLESS and turn.confidence >= _SURE)
    if turn.intent == "thank" and find(turn.words.thanks, turn.text):
        return False
    told = len(turn.text.split()) >= _FEW and not turn.only_asks
    return told and turn.likelihood("file_complaint") >= _LIKELY


def _corrects(turn: Turn) -> bool:
    """Whether the message, in answer to the summary, says what is to be changed."""
    further = turn.intent == "file_complaint" and len(turn.text.split()) > _STORY
    known = turn.known
    new = {part for part, value in turn.read(turn.text).said().items() if getattr(known, part) != value}
    return bool(new) and not turn.only_asks and not further


def _say_if_nothing_filed(turn: Turn) -> None:
    """A receipt named a reference while the engine was away, and this was no complaint."""
    reference = turn.facts.provisional
    filed = any(isinstance(c, FileComplaint | AskForHuman) for c in turn.done)
    if reference and not filed and not turn.facts.more_waiting:
        turn.say("nothing_filed", reference=reference)


def needs_a_person(turn: Turn) -> bool:
    """Whether the hazard rules found something that a machine should not deal with alone.

    "Can I go to an ombudsman?" is a question, and no threat. What the rules call high is for a person if the
    model is sure of worse; a new case that is assessed as critical for less: `actions.filing.file`. More
    about an open one does not alarm for less: "it leaks even more, and the handle came off".
    """
    hazard = turn.facts.hazard
    if hazard is None:
        return False
    harmless = turn.intent in _HARMLESS and turn.confidence >= _SURE
    if hazard.kind == "fraud":  # its words are common: "unknown order"; only a first message goes to a person
        return not (turn.facts.cases or harmless)
    if hazard.severity == "critical":
        return True
    return not harmless and (turn.surely_critical or hazard.kind in _NEED_A_PERSON)
