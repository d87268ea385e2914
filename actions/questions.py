"""The questions about a complaint: only what is missing, one at a time, each may be skipped.

Rasa's form runs them. For every message while it is active, `HearAnswer` looks first; only if the
message is a confident digression does it decline, and the rules answer it and come back.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.details import as_name, as_product
from actions.lexicon import is_all
from actions.summary import say_corrected
from actions.turn import FORM, QUESTION, Button, Turn
from complaints.commands import Details, Silence
from complaints.complaint import Remedy

QUESTIONS = ("story", "product", "order", "date", "wish", "contact")

_OFFERED: dict[str, tuple[Button, ...]] = {
    "story": (),
    "wish": (
        ("refund", "remedy:refund"),
        ("exchange", "remedy:exchange"),
        ("repair", "remedy:repair"),
        ("skip", "skip"),
    ),
    "contact": (("skip_contact", "skip"),),
}
_SKIP: tuple[Button, ...] = (("skip", "skip"),)

_DIGRESSIONS = {
    "ask_status", "ask_human", "ask_process", "ask_bot", "enquire", "withdraw_complaint", "reopen_complaint",
    "other_complaint", "switch_language", "greet", "goodbye", "thank", "suggest", "abuse",
}  # fmt: skip
_TRUSTED = {"attach", "empty", "unsupported", "report_danger", "choose", "new_complaint"}
_URGENT = {"ask_human", "withdraw_complaint", "switch_language"}
_SURE = 0.75
_LIKELY = 0.5
_STORY_WORDS = 12  # an answer longer than this tells more than the answer


def open_questions(turn: Turn, text: str, details: Details, *, bare: bool) -> list[str]:
    """What is still to be asked about a complaint that ``text`` has just stated."""
    todo = [q for q in QUESTIONS if not _answered(turn, q, details)]
    if not bare:
        todo.remove("story")
    if turn.dated(text) and "date" in todo:
        todo.remove("date")
    return todo


def _answered(turn: Turn, question: str, details: Details) -> bool:
    match question:
        case "product":
            return details.product is not None
        case "order":
            return details.order is not None
        case "date":
            return details.date is not None
        case "wish":
            return details.remedy is not None or details.wish is not None
        case "contact":
            reachable = turn.facts.contact_known or details.phone or details.email
            return bool(reachable or details.anonymous)
        case _:
            return False


class HearAnswer(Action):  # type: ignore[misc]  # rasa_sdk is untyped
    """Takes the answer to the question, and whatever else the message says."""

    def name(self) -> str:
        """The name by which Rasa's form finds it."""
        return f"validate_{FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """No events mean: not an answer, let the rules see to it."""
        turn = Turn(dispatcher, tracker)
        if not turn.heard:
            if is_all(turn.words.stop, turn.text):
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
            turn.set("asked", todo[0])
            turn.say(f"ask_{todo[0]}", buttons=_OFFERED.get(todo[0], _SKIP))
        return turn.events


def _settle(turn: Turn) -> None:
    """Ask on, or end with the summary when nothing is left to ask."""
    details = turn.known
    todo = [q for q in turn.slot("todo") or [] if not _answered(turn, q, details)]
    turn.set("todo", todo)
    if todo or turn.facts.more_waiting:
        turn.set("requested_slot", QUESTION)
    else:
        turn.set("requested_slot", None)
        turn.set("asked", None)
        turn.go_on("action_summary")


def _hear(turn: Turn) -> bool:
    """Take the message as an answer. False if it is something else."""
    asked: str | None = turn.slot("asked")
    if turn.intent in _TRUSTED:
        return False
    if turn.intent == "remedy":
        remedy = Remedy(turn.argument or Remedy.OTHER)
        turn.learn(Details(remedy=remedy, wish=turn.phrase(f"remedy_{remedy}")))
        return True
    details = turn.read(turn.text, asked)
    if asked == "contact" and not details.name and turn.intent not in _DIGRESSIONS:
        details = details.model_copy(update={"name": as_name(turn.text, turn.language, turn.facts.country)})
    answered = asked is not None and _answered(turn, asked, details)
    if _digresses(turn, asked, answered):
        return False
    if asked and not answered and _skips(turn, details):
        _done(turn, asked)
        return True
    description = turn.text if _tells_more(turn, details, answered) else None
    if asked and not answered and turn.intent != "correct_details":
        taken, description = _take_words(turn, asked, details, description)
        if taken is None:
            return True
        details = taken
    say_corrected(turn, turn.learn(details, description))
    return True


def _digresses(turn: Turn, asked: str | None, answered: bool) -> bool:
    if turn.intent not in _DIGRESSIONS:
        return False
    if answered:
        return turn.confidence >= _SURE and turn.intent in _URGENT
    free = asked in ("story", "product", "wish", "contact")
    return turn.confidence >= (_SURE if free else _LIKELY)


def _skips(turn: Turn, details: Details) -> bool:
    if is_all(turn.words.skip, turn.text):
        return True
    return turn.intent in ("skip", "deny") and not details.said() and len(turn.text.split()) <= _STORY_WORDS


def _tells_more(turn: Turn, details: Details, answered: bool) -> bool:
    long = len(turn.text.split()) > _STORY_WORDS
    if turn.intent == "file_complaint":
        return long or not answered
    return long or not (answered or details.said())


def _take_words(
    turn: Turn, asked: str, details: Details, description: str | None
) -> tuple[Details | None, str | None]:
    """The customer's own words as the answer; ``None`` if the question is to be put again."""
    match asked:
        case "story":
            description = turn.text
        case "product":
            first, _, _ = turn.text.partition(",")
            # "the kettle, order 4711": the product comes first. Without a comma the details were all.
            phrase = as_product(first, turn.language) if "," in turn.text or not details.said() else None
            if phrase and turn.intent not in ("affirm", "deny"):
                details, description = details.model_copy(update={"product": phrase}), None
        case "wish" if not (details.said() and turn.intent == "give_details"):
            details, description = details.model_copy(update={"wish": turn.text.strip()[:300]}), None
        case "contact" if details.name:
            description = None
        case _ if turn.intent == "affirm":
            return None, None  # "yes, I have one": which?
    if description or not details.said() or _answered(turn, asked, details) or asked == "contact":
        _done(turn, asked)
    return details, description


def _done(turn: Turn, question: str) -> None:
    turn.set("todo", [q for q in turn.slot("todo") or [] if q != question])
