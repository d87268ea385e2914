"""Greetings, farewells, anger, and messages without words."""

from __future__ import annotations

from typing import ClassVar

from actions.filing import file, states_matter
from actions.step import Step
from actions.turn import Button, Turn

_UNFILED = frozenset({"file", "which_case", "add"})
"""Questions about a message that is kept nowhere until they are answered."""
WAYS_ON: tuple[Button, ...] = (
    ("complain", "new_complaint"),
    ("status", "ask_status"),
    ("human", "ask_human"),
)


class Greet(Step):
    """A greeting."""

    called = "action_greet"
    aside = True

    def act(self, turn: Turn) -> None:
        """The first one says that this is a machine, and what it can do."""
        if turn.in_questions:
            turn.say("greeting_short")
        elif turn.introduce():
            turn.say("greeting_first", buttons=WAYS_ON, organisation=turn.facts.organisation)
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
        if turn.held and turn.expected in _UNFILED:
            turn.say("unfiled")
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


class Good(Step):
    """A yes to nothing in particular."""

    called = "action_good"

    def act(self, turn: Turn) -> None:
        """Ask whether there is more; a yes to that is asked for the matter, and not the same again."""
        if turn.expected == "more":
            turn.say("ask_story")
            turn.expect("story")
        else:
            turn.say("good")
            turn.expect("more")


class AllRight(SayGoodbye):
    """A no to nothing in particular."""

    called = "action_all_right"

    def act(self, turn: Turn) -> None:
        """Ask whether there is more; a no to that ends the conversation."""
        if turn.expected == "more":
            super().act(turn)
        else:
            turn.say("all_right")
            turn.expect("more")


class NotFiled(Plain):
    """“No” to "shall I file this?"."""

    called = "action_not_filed"
    key = "not_filed"


class StaleButton(Plain):
    """A yes or a no to a question that has passed; what is asked now stays asked."""

    called = "action_stale_button"
    key = "stale_button"
    aside = True


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
            turn.say("empty", buttons=WAYS_ON)


class MeetAbuse(Step):
    """Insults."""

    called = "action_abuse"
    aside = True

    def act(self, turn: Turn) -> None:
        """With a matter in them, a complaint like any other.

        Otherwise calm first, then, once, a boundary; always the offer of a person.
        """
        if states_matter(turn):
            file(turn, turn.text)
            return
        times = int(turn.slot("insulted") or 0)
        turn.set("insulted", times + 1)
        turn.say(
            "abuse_again" if times else "abuse",
            buttons=() if turn.in_questions else (("human", "ask_human"),),
        )
