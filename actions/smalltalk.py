"""Greetings, farewells, anger, and what was not understood."""

from __future__ import annotations

from typing import ClassVar

from actions.people import ask_for_person
from actions.turn import Button, Step, Turn

_WAYS_ON: tuple[Button, ...] = (
    ("complain", "new_complaint"),
    ("status", "ask_status"),
    ("human", "ask_human"),
)
_MISUNDERSTOOD_BEFORE_PERSON = 2
_MAYBE = 0.25


class Greet(Step):
    """A greeting."""

    called = "action_greet"
    introduces = True

    def act(self, turn: Turn) -> None:
        """The first one says that this is a machine, and what it can do."""
        if turn.in_questions:
            turn.say("greeting_short")
        elif turn.first_contact:
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
    introduces = True

    def act(self, turn: Turn) -> None:
        """Yes."""
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


class OutOfScope(Plain):
    """Something else entirely."""

    called = "action_out_of_scope"
    key = "out_of_scope"
    buttons = _WAYS_ON


class CannotRead(Plain):
    """A sticker, a call, a location."""

    called = "action_unsupported"
    key = "unsupported"


class Empty(Step):
    """A message without words, or with emoji only."""

    called = "action_empty"

    def act(self, turn: Turn) -> None:
        """To somebody with a case it is no reason to start anew."""
        if turn.reference and not turn.in_questions:
            turn.say("emoji_open_case", reference=turn.reference)
        else:
            turn.say("empty", buttons=() if turn.in_questions else _WAYS_ON)


class MeetAbuse(Step):
    """Insults without content."""

    called = "action_abuse"

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

    def act(self, turn: Turn) -> None:
        """Perhaps a complaint: ask. Otherwise ask again once; the second time in a row, a person."""
        times = int(turn.slot("misunderstood") or 0) + 1
        maybe = any(r["name"] == "file_complaint" and r["confidence"] >= _MAYBE for r in turn.ranking[:2])
        if times >= _MISUNDERSTOOD_BEFORE_PERSON:
            turn.say("person_instead")
            ask_for_person(turn, "misunderstood", turn.text)
            return
        turn.set("misunderstood", times)
        if maybe:
            turn.say("ask_file", buttons=(("affirm", "affirm"), ("deny", "deny")))
            turn.expect("file", turn.text)
        else:
            turn.say("not_understood", buttons=_WAYS_ON)


class NoRule(NotUnderstood):
    """No rule fits: the same to the customer as not being understood."""

    called = "action_default_fallback"
