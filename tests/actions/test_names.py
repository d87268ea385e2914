"""What is no name, said to the question how to reach the customer.

Mutation: let `answers._read` take the name whatever the intent is, or take the new words out of `skip`.
"""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import answers
from actions.turn import Turn
from tests.actions.test_endpoint import call

CASE = "RC-4E37Q8NY"


def hear(language: str, text: str, intent: str) -> tuple[str | None, bool]:
    """The name that is taken, and whether the question is settled."""
    body = call("action_greet", text, {"language": language}, case=CASE)["tracker"]
    body["latest_message"]["intent"] = {"name": intent, "confidence": 0.9}
    learned = {"message": "m-1", "reference": CASE, "details": {}}
    body["slots"] = {"asked": "contact", "todo": ["contact"], "case": CASE, "learned": learned}
    turn = Turn(CollectingDispatcher(), Tracker.from_dict(body))
    assert answers.hear(turn)
    return turn.known.name, turn.slot("todo") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "yes thats right"),
        ("en", "exactly"),
        ("en", "YES THATS RIGHT"),
        ("de", "ja genau"),
        ("it", "esatto"),
        ("nl", "ja klopt"),
        ("pt", "isso mesmo"),
        ("tr", "evet doğru"),
        ("ar", "نعم صحيح"),
    ],
)
def test_a_nod_is_no_name(language: str, text: str) -> None:
    assert hear(language, text, "affirm") == (None, False)


@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        ("en", "nobody", "nlu_fallback"),
        ("en", "good question", "nlu_fallback"),
        ("de", "niemand", "give_details"),
        ("de", "Gute Frage", "nlu_fallback"),
        ("es", "nadie", "nlu_fallback"),
        ("fr", "personne", "ask_human"),
        ("it", "nessuno", "nlu_fallback"),
        ("nl", "niemand", "nlu_fallback"),
        ("pl", "nikt", "file_complaint"),
        ("pt", "ninguém", "nlu_fallback"),
        ("tr", "hiç kimse", "nlu_fallback"),
        ("ar", "لا أحد", "nlu_fallback"),
    ],
)
def test_nobody_is_no_name_and_settles_the_question(language: str, text: str, intent: str) -> None:
    assert hear(language, text, intent) == (None, True)


@pytest.mark.parametrize(
    ("text", "intent", "name"),
    [
        ("Sure, Tom Baker", "affirm", "Tom Baker"),
        ("yes, Anna", "affirm", "Anna"),
        ("yes my name is tom baker", "affirm", "tom baker"),
        ("tom baker", "nlu_fallback", "tom baker"),
        ("ok, tom baker tom@example.org", "affirm", "tom baker"),
    ],
)
def test_names_are_taken(text: str, intent: str, name: str) -> None:
    assert hear("en", text, intent)[0] == name
