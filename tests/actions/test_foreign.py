"""A language that we do not speak: a person is got for it, but not for a laugh.

Mutation: let `Turn.foreign` ask for no letters or words at all, or `named_language` compare without `plain`.
"""

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.languages import named_language
from actions.step import better_step
from actions.turn import Turn
from tests.actions.test_endpoint import call


def turn(language: str, text: str) -> Turn:
    tracker: dict[str, Any] = call("action_greet", text, {"language": language})["tracker"]
    return Turn(CollectingDispatcher(), Tracker.from_dict(tracker))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hu", "A csomagom két hete nem érkezett meg"),
        ("fi", "pesukone hajosi eikä kukaan vastaa"),
        ("ja", "商品が届きません"),
        ("el", "Η παραγγελία δεν ήρθε"),
    ],
)
def test_a_message_that_nobody_here_can_read_goes_to_a_person(language: str, text: str) -> None:
    assert better_step(turn(language, text), "action_greet") == "action_switch_language"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("so", "ahahahahah"),
        ("id", "blah blah blah"),
        ("ja", "¯\\_(ツ)_/¯"),
        ("fa", "هههههههه"),
        ("sw", "3ayez a3mel shakwa 3aleko"),
        ("cy", "hyr"),
        ("en", "my parcel has not come for two weeks"),
        ("tr", "kargom iki haftadır gelmedi"),
    ],
)
def test_a_laugh_or_a_word_is_no_language(language: str, text: str) -> None:
    assert not turn(language, text).foreign


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("tr", "ispanyolca konuşalım", "es"),
        ("tr", "ingilizceye geçelim", "en"),
        ("tr", "Macarca biliyor musunuz?", "hu"),
        ("ar", "أريد المتابعة بالإنجليزية", "en"),
        ("ar", "ممكن نتكلم تركي؟", "tr"),
        ("en", "can we speak Arabic?", "ar"),
        ("es", "¿en frances?", "fr"),
        ("en", "can we talk?", None),
    ],
)
def test_a_language_is_named(language: str, text: str, named: str | None) -> None:
    assert named_language(text, language) == named
