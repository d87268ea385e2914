"""The questions about a complaint: only what is missing, one at a time, each may be skipped.

Rasa's form runs them. For every message while it is active, `HearAnswer` looks first; only if the
message is no answer does it decline, and the rules see to it and come back.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import answers, own_questions
from actions.lexicon import find, is_all
from actions.step import needs_a_person
from actions.turn import FORM, QUESTION, Button, Turn
from complaints.commands import Details, Silence
from complaints.world import world
from complaints.world.remedies import BUTTONS

_PLAINLY = 0.8  # so sure, it is the complaint that is to be dropped: whether it is, is asked first

QUESTIONS = ("story", "product", "order", "date", "wish", "contact")


def open_questions(turn: Turn, text: str, details: Details, *, bare: bool) -> list[str]:
    """What is still to be asked about a complaint that ``text`` has just stated."""
    todo = [q for q in QUESTIONS if not answers.answered(turn, q, details)]
    if not bare:
        todo.remove("story")
    if turn.dated(text) and "date" in todo:
        todo.remove("date")
    return todo


class HearAnswer(Action):  # type: ignore[misc]  # rasa_sdk is untyped
    """Takes the answer to the question, and whatever else the message says."""

    def name(self) -> str:
        """The name by which Rasa's form finds it."""
        return f"validate_{FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """No events mean: not an answer, let the rules see to it.

        Rasa also calls this when the questions begin, and when they go on after another matter:
        then the message has been read already.
        """
        turn = Turn(dispatcher, tracker)
        if not turn.heard:
            polite = turn.leaves or turn.merely_thanks
            elsewhere = polite or turn.asks_opening or turn.asks_how_long or turn.foreign
            if needs_a_person(turn) or not turn.has_open_case or elsewhere:
                return []
            if _has_enough(turn):
                turn.say("questions_ended", reference=turn.reference)
                turn.set("heard", turn.id)
                turn.end_questions()
                turn.go_on("action_listen")
                return turn.events
            if not _hear(turn):
                return []
            turn.set("heard", turn.id)
            turn.set("misunderstood", 0)
        _settle(turn)
        return turn.events


class AskQuestion(Action):  # type: ignore[misc]  # rasa_sdk is untyped
    """Puts the next question, unless more messages of the customer wait to be read."""

    def name(self) -> str:
        """The name by which Rasa's form finds it."""
        return f"action_ask_{FORM}_{QUESTION}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """See `rasa_sdk.Action.run`."""
        turn = Turn(dispatcher, tracker)
        todo = turn.slot("todo") or []
        if turn.facts.more_waiting or not todo:
            turn.set("asked", None)
            turn.do(Silence())
        else:
            again = turn.slot("last_put") == todo[0]
            turn.set("times_put", (turn.slot("times_put") or 0) + 1 if again else 1)
            turn.set("last_put", todo[0])
            turn.set("asked", todo[0])
            if todo[0].startswith(own_questions.PREFIX):
                own_questions.put(turn, todo[0])
            else:
                turn.say(f"ask_{todo[0]}", buttons=_buttons(todo[0]))
        return turn.events


def _hear(turn: Turn) -> bool:
    """Whether the message answers the question, ours or the operator's own."""
    asked = turn.slot("asked")
    own = asked is not None and asked.startswith(own_questions.PREFIX)
    return own_questions.hear(turn, asked) if own else answers.hear(turn)


def _buttons(question: str) -> tuple[Button, ...]:
    """A skip names its question: pressed later, it skips no other."""
    if question == "story":
        return ()
    skip = ("skip_contact" if question == "contact" else "skip", f"skip:{question}")
    return (*_wishes(), skip) if question == "wish" else (skip,)


def _wishes() -> tuple[Button, ...]:
    """A button for each of them that the operator offers."""
    return tuple((w, f"remedy:{w}") for w in BUTTONS if world.in_force().remedies.offers(w))


def _has_enough(turn: Turn) -> bool:
    """“Stop”: no more questions. Withdrawing the complaint itself is another matter."""
    if is_all(turn.words.stop, turn.text):
        return True
    tells = turn.read(turn.text, turn.slot("asked")).said()  # "arreglo": a wish that reads like an end
    named = find([*turn.words.withdraw, *turn.words.erase], turn.text) or turn.confidence >= _PLAINLY
    return turn.intent == "withdraw_complaint" and not tells and not named


def _settle(turn: Turn) -> None:
    """Ask on, or end with the summary when nothing is left to ask."""
    details = turn.known
    todo = [
        q
        for q in turn.slot("todo") or []
        if not (answers.answered(turn, q, details) or own_questions.gone(q))
    ]
    if not todo and turn.has_open_case:
        todo = own_questions.due(turn)
    if todo == [own_questions.END]:
        todo = []
    turn.set("todo", todo)
    if todo or turn.facts.more_waiting:
        turn.set("requested_slot", QUESTION)
    else:
        turn.set("requested_slot", None)
        turn.set("asked", None)
        turn.go_on("action_summary")
