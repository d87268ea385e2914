"""Greetings, farewells, anger, and what was not understood."""

from __future__ import annotations

from typing import ClassVar

from actions.filing import ask_whether_complaint, may_be_complaint
from actions.lexicon import find, is_all
from actions.people import ask_for_person
from actions.step import Step
from actions.turn import Button, Turn
from complaints.commands import AddDetail

_WAYS_ON: tuple[Button, ...] = (
    ("complain", "new_complaint"),
    ("status", "ask_status"),
    ("human", "ask_human"),
)
_MISUNDERSTOOD_BEFORE_PERSON = 2
_DOUBTFUL = 0.6
_YES = frozenset("👍👌✅✔🆗")
_NO = frozenset("👎❌✖🚫")
_COMMANDS = frozenset({"start", "help"})
"""What platforms send as ``/start``; the slash is gone by now."""
_TELLING = frozenset({"order", "phone", "email", "amount"})
"""Details that say enough by themselves, whatever the message looks like."""
_ON_YES_OR_NO = {
    "summary": ("action_confirm_summary", "action_ask_correction"),
    "file": ("action_file_complaint", "action_not_filed"),
    "human": ("action_ask_human", "action_all_right"),
    "withdraw": ("action_withdraw", "action_keep"),
}


class Greet(Step):
    """A greeting."""

    called = "action_greet"
    aside = True

    def act(self, turn: Turn) -> None:
        """The first one says that this is a machine, and what it can do."""
        if turn.in_questions:
            turn.say("greeting_short")
        elif turn.introduce():
            turn.say("greeting_first", buttons=_WAYS_ON, organisation=turn.facts.organisation)
        elif any(c.open and c.with_person for c in turn.facts.cases):
            turn.say("greeting_waiting", opening=turn.facts.offer.opening)
        elif turn.case and turn.case.open:
            turn.say("greeting_open_case", reference=turn.reference)
        else:
            turn.say("greeting")


class TellWhatItIs(Step):
    """“Are you a robot?”."""

    called = "action_about_bot"
    aside = True

    def act(self, turn: Turn) -> None:
        """Yes."""
        turn.introduce()
        turn.say("about_bot", organisation=turn.facts.organisation)


class SayGoodbye(Step):
    """A farewell."""

    called = "action_goodbye"

    def act(self, turn: Turn) -> None:
        """With the reference, if there is one to keep."""
        if turn.reference:
            turn.say("goodbye_case", reference=turn.reference)
        else:
            turn.say("goodbye")
        turn.end_questions()


class Plain(Step):
    """A step that says one text of the catalogue, with ways to go on."""

    key: ClassVar[str]
    buttons: ClassVar[tuple[Button, ...]] = ()

    def act(self, turn: Turn) -> None:
        """Say it."""
        turn.say(self.key, buttons=() if turn.in_questions else self.buttons)


class Good(Plain):
    """A yes to nothing in particular."""

    called = "action_good"
    key = "good"


class AllRight(Plain):
    """A no to nothing in particular."""

    called = "action_all_right"
    key = "all_right"


class NotFiled(Plain):
    """“No” to "shall I file this?"."""

    called = "action_not_filed"
    key = "not_filed"


class OutOfScope(Step):
    """Something else entirely."""

    called = "action_out_of_scope"
    aside = True

    def act(self, turn: Turn) -> None:
        """Say so, unless that is not sure or it holds a detail of a complaint after all."""
        unsure = turn.wordless or turn.mentions or turn.confidence < _DOUBTFUL
        if unsure or (turn.case and turn.case.open and turn.read(turn.text).said().keys() & _TELLING):
            turn.pass_on(NotUnderstood.called)
        else:
            turn.say("out_of_scope", buttons=() if turn.in_questions else _WAYS_ON)


class CannotRead(Plain):
    """A sticker, a call, a location."""

    called = "action_unsupported"
    key = "unsupported"


class Empty(Step):
    """A message without words."""

    called = "action_empty"

    def act(self, turn: Turn) -> None:
        """To somebody with a case it is no reason to start anew; a question is just put again."""
        if turn.in_questions:
            return
        if turn.reference:
            turn.say("emoji_open_case", reference=turn.reference)
        else:
            turn.say("empty", buttons=_WAYS_ON)


class MeetAbuse(Step):
    """Insults without content."""

    called = "action_abuse"
    aside = True

    def act(self, turn: Turn) -> None:
        """Calm first, then, once, a boundary; always the offer of a person."""
        times = int(turn.slot("insulted") or 0)
        turn.set("insulted", times + 1)
        turn.say(
            "abuse_again" if times else "abuse",
            buttons=() if turn.in_questions else (("human", "ask_human"),),
        )


class NotUnderstood(Step):
    """The classifier is not sure."""

    called = "action_not_understood"
    aside = True

    def act(self, turn: Turn) -> None:
        """See what it may be all the same. Otherwise ask again once; the second time in a row, a person."""
        if meant := _meant_all_the_same(turn):
            turn.pass_on(meant)
            return
        waiting = next((c for c in turn.facts.cases if c.open and c.with_person), None)
        if waiting is not None:
            turn.do(AddDetail(reference=waiting.reference, description=turn.text))
            turn.say("waiting_noted", reference=waiting.reference, opening=turn.facts.offer.opening)
            return
        times = int(turn.slot("misunderstood") or 0) + 1
        turn.set("misunderstood", times)
        names_product = len(turn.text.split()) > 2 and turn.read(turn.text).product is not None
        if (may_be_complaint(turn) or names_product) and turn.expected != "file":
            ask_whether_complaint(turn)
        elif times >= _MISUNDERSTOOD_BEFORE_PERSON:
            turn.say("person_instead")
            ask_for_person(turn, "misunderstood", turn.text)
        else:
            turn.say("not_understood", buttons=_WAYS_ON)


def _meant_all_the_same(turn: Turn) -> str | None:
    """The action for a sign, a reference, a bare phrase or details that the classifier makes nothing of."""
    words = turn.words
    if turn.wordless:
        return _meant_by_sign(turn)
    if turn.text.strip().casefold() in _COMMANDS:
        return "action_greet"
    if turn.mentions:
        return "action_status"
    details = turn.read(turn.text)
    if is_all(words.bare, turn.text) and find(words.complain, turn.text):
        return "action_file_complaint"
    if turn.case and turn.case.open:
        return "action_take_details" if details.said().keys() & _TELLING else None
    # A product, and what is to be done about it.
    return "action_file_complaint" if details.product and details.remedy else None


def _meant_by_sign(turn: Turn) -> str:
    yes, no = _ON_YES_OR_NO.get(turn.expected or "", ("action_empty", "action_empty"))
    signs = set(turn.text)
    if signs & _YES:
        return yes
    return no if signs & _NO else "action_empty"


class NoRule(Step):
    """No rule fits: the same to the customer as not being understood."""

    called = "action_default_fallback"

    def act(self, turn: Turn) -> None:
        """Leave it to `NotUnderstood`."""
        turn.pass_on(NotUnderstood.called)
