"""Goodbyes and questions about opening hours, by words. Mutation: let `Turn.leaves` accept thanks alone."""

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn
from tests.actions.test_endpoint import call

OPENING = [
    ("en", "what are your opening hours"),
    ("en", "are you there on Saturday?"),
    ("es", "¿a qué hora abren?"),
    ("es", "¿están los sábados?"),
    ("de", "Wann haben Sie geöffnet?"),
    ("de", "was sind Ihre Öffnungszeiten?"),
    ("fr", "quels sont vos horaires ?"),
    ("fr", "Êtes-vous ouverts samedi ?"),
    ("it", "a che ora aprite?"),
    ("it", "quali sono gli orari di apertura"),
    ("pt", "a que horas abrem?"),
    ("pt", "qual é o horário de funcionamento"),
    ("nl", "wat zijn jullie openingstijden"),
    ("nl", "zijn jullie zaterdag open?"),
    ("pl", "jakie są godziny otwarcia"),
    ("pl", "do której czynne?"),
    ("tr", "çalışma saatleriniz nedir?"),
    ("tr", "cumartesi açık mısınız?"),
    ("ar", "متى تفتحون؟"),
    ("ar", "ما هي ساعات العمل"),
]
LEAVING = [
    ("en", "thanks, bye"),
    ("en", "ok thank you, have a nice day!"),
    ("es", "gracias, adiós"),
    ("de", "danke, tschüss"),
    ("fr", "merci, au revoir"),
    ("it", "grazie, arrivederci"),
    ("pt", "obrigado, adeus"),
    ("nl", "bedankt, tot ziens"),
    ("pl", "dziękuję, do widzenia"),
    ("tr", "teşekkürler, hoşça kalın"),
    ("ar", "شكرًا، مع السلامة"),
]
NEITHER = [
    ("en", "thanks for nothing, I say goodbye to you as a customer after ten years"),
    ("en", "thank you"),
    ("en", "your shop was closed during opening hours"),
    ("es", "gracias"),
    ("es", "la tienda estaba cerrada en horario de apertura"),
    ("de", "danke"),
    ("de", "der Laden war trotz Öffnungszeiten zu"),
    ("fr", "merci"),
    ("it", "grazie"),
    ("pt", "obrigado"),
    ("nl", "dank u wel"),
    ("nl", "de winkel was dicht tijdens de openingstijden"),
    ("pl", "dzięki"),
    ("tr", "çok teşekkür ederim"),
    ("tr", "mağaza çalışma saatleri içinde kapalıydı"),
    ("ar", "شكراً جزيلاً"),
    ("ar", "المحل كان مسكر في ساعات العمل"),
    ("pl", "sklep był zamknięty w godzinach otwarcia"),
]


def turn(language: str, text: str) -> Turn:
    tracker: dict[str, Any] = call("action_greet", text, {"language": language})["tracker"]
    return Turn(CollectingDispatcher(), Tracker.from_dict(tracker))


@pytest.mark.parametrize(("language", "text"), OPENING)
def test_opening_hours_are_asked_for(language: str, text: str) -> None:
    assert turn(language, text).asks_opening


@pytest.mark.parametrize(("language", "text"), LEAVING)
def test_a_goodbye_is_one(language: str, text: str) -> None:
    assert turn(language, text).leaves


@pytest.mark.parametrize(("language", "text"), NEITHER)
def test_what_is_neither(language: str, text: str) -> None:
    assert not turn(language, text).leaves
    assert not turn(language, text).asks_opening
