"""What interrupts a question: a wish for a person, and what is to be erased or withdrawn.

Mutation: let `answers.wants_person` take whatever is likeliest; or empty `erase` in de.yml.
"""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import wants_person
from actions.lexicon import find, lexicon
from actions.turn import Turn
from tests.actions.test_endpoint import call


@pytest.mark.parametrize(
    ("ranking", "wanted"),
    [
        ([("ask_human", 0.497), ("enquire", 0.077)], True),
        ([("ask_human", 0.36)], True),
        ([("ask_human", 0.4), ("give_details", 0.25)], False),
        ([("ask_human", 0.32), ("out_of_scope", 0.05)], False),
        ([("ask_process", 0.5), ("ask_human", 0.1)], False),
        ([], False),
    ],
)
def test_a_person_is_wanted_if_nothing_else_is_half_as_likely(
    ranking: list[tuple[str, float]], wanted: bool
) -> None:
    tracker = call("action_greet", "somebody")["tracker"]
    tracker["latest_message"]["ranking"] = [{"name": n, "confidence": c} for n, c in ranking]
    assert wants_person(Turn(CollectingDispatcher(), Tracker.from_dict(tracker))) is wanted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "remove my email please"),
        ("de", "löschen Sie bitte meine E-Mail-Adresse"),
        ("de", "meine Telefonnummer bitte löschen"),
        ("es", "borre mi correo"),
        ("fr", "supprimez mon adresse e-mail"),
        ("it", "cancellate la mia email"),
        ("nl", "verwijder mijn e-mailadres"),
        ("pl", "usuńcie mój adres e-mail"),
        ("pt", "apague o meu e-mail"),
        ("tr", "e-postamı silin"),
        ("ar", "احذفوا بريدي"),
    ],
)
def test_a_detail_to_be_erased_is_no_complaint_to_be_withdrawn(language: str, text: str) -> None:
    assert find(lexicon(language).erase, text)
    assert not find(lexicon(language).withdraw, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "delete my complaint"),
        ("de", "löschen Sie meine Beschwerde"),
        ("es", "olvidalo, ya no quiero reclamar"),
        ("es", "borre mi queja"),
        ("fr", "supprimez ma réclamation"),
        ("it", "cancellate il mio reclamo"),
        ("nl", "verwijder mijn klacht"),
        ("pl", "rezygnuję z reklamacji"),
        ("pt", "apague a minha reclamação"),
        ("tr", "şikayetimi silin"),
        ("ar", "احذفوا الشكوى"),
    ],
)
def test_a_complaint_to_be_withdrawn_is(language: str, text: str) -> None:
    assert find(lexicon(language).withdraw, text)
    assert not find(lexicon(language).erase, text)
