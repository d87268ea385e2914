"""What an answer to a question of the operator's says.

Mutation: let `own_answers._decimal` take each comma for a decimal mark, or `_plain` leave hyphens.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.own_answers import read
from actions.turn import Turn
from complaints.world.categories import AnswerType, Question
from tests.actions.test_endpoint import call


def answer(language: str, text: str, **question: Any) -> tuple[str, str]:
    """The value that is kept, and what is said to one that cannot be read."""
    tracker: dict[str, Any] = call("action_greet", text, {"language": language})["tracker"]
    turn = Turn(CollectingDispatcher(), Tracker.from_dict(tracker))
    asked = Question(ask={"en": "How is it?"}, label={"en": "State"}, **question)
    found = read(turn, asked)
    return found.value, found.wrong


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "12,500", "12500"),
        ("en", "12.5", "12.5"),
        ("en", "it shows 1.250", "1.250"),
        ("de", "12.500", "12500"),
        ("de", "2,5 Jahre", "2.5"),
        ("de", "2,125", "2.125"),
        ("es", "unos 3.000 km", "3000"),
        ("es", "0.125", "0.125"),
        ("fr", "2,5", "2.5"),
        ("en", "-3", "-3"),
        ("en", "two", "2"),
    ],
)
def test_numbers_are_read_as_the_language_writes_them(language: str, text: str, number: str) -> None:
    value, wrong = answer(language, text, type=AnswerType.NUMBER)
    assert (value, wrong) == (number, "")


@pytest.mark.parametrize("text", ["", "1.234.567,8", "3 or 4", "soon"])
def test_what_is_no_number_is_asked_back(text: str) -> None:
    value, wrong = answer("en", text, type=AnswerType.NUMBER)
    assert not value
    assert wrong


def test_a_number_stays_in_its_range() -> None:
    assert answer("de", "12.500", type=AnswerType.NUMBER, most=Decimal(20_000)) == ("12500", "")
    value, wrong = answer("de", "12.500", type=AnswerType.NUMBER, most=Decimal(100))
    assert not value
    assert "100" in wrong


CHOICES = {
    "on-off": {"en": "On-off switch", "de": "Ein-Aus-Schalter"},
    "lid": {"en": "Lid", "de": "Deckel"},
    "once": {"en": "Eleven", "es": "Once"},
    "one-time": {"en": "Once", "es": "Una vez"},
}


@pytest.mark.parametrize(
    ("language", "text", "choice"),
    [
        ("en", "the on off switch", "on-off"),
        ("en", "ON-OFF SWITCH", "on-off"),
        ("en", "on - off  switch!", "on-off"),
        ("de", "der Ein Aus Schalter", "on-off"),
        ("en", "der Deckel", "lid"),  # in another of the operator's languages
        ("en", "once", "one-time"),  # but in one's own first
        ("es", "once", "once"),
    ],
)
def test_choices_are_known_by_their_words(language: str, text: str, choice: str) -> None:
    assert answer(language, text, type=AnswerType.CHOICE, choices=CHOICES) == (choice, "")


@pytest.mark.parametrize("text", ["both, the lid and the on-off switch", "the handle", "lidless"])
def test_two_choices_or_none_are_asked_back(text: str) -> None:
    value, wrong = answer("en", text, type=AnswerType.CHOICE, choices=CHOICES)
    assert not value
    assert "Lid" in wrong
