"""The catalogue is whole in every language. Mutation: drop a key or a placeholder from es.yml."""

import datetime
import string
from decimal import Decimal

import pytest

from complaints import texts
from complaints.language import SUPPORTED

OTHERS = [language for language in texts.languages() if language != texts.FALLBACK]
CARRIER_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "help", "info", "start", "unstop"}


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_comes_first_and_every_supported_language_is_there():
    assert texts.languages()[0] == "en"
    assert set(texts.languages()) == set(SUPPORTED)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_text_with_the_same_placeholders(language):
    english, other = texts.catalogue("en"), texts.catalogue(language)
    assert set(other) == set(english)
    assert [k for k in english if placeholders(english[k]) != placeholders(other[k])] == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_untranslated(language):
    english, other = texts.catalogue("en"), texts.catalogue(language)
    same = {k for k in english if english[k] == other[k]}
    assert same <= {"status_line", "button_deny"}


@pytest.mark.parametrize("language", texts.languages())
def test_button_titles_fit_the_narrowest_platform_and_are_no_words_of_the_carrier(language):
    titles = [text for key, text in texts.catalogue(language).items() if key.startswith("button_")]
    assert all(0 < len(title) <= 20 for title in titles)
    assert not {title.casefold() for title in titles} & CARRIER_WORDS


@pytest.mark.parametrize("language", texts.languages())
def test_nobody_is_asked_to_answer_with_a_word_of_the_carrier(language):
    shouted = {word.upper() for word in CARRIER_WORDS}
    for key, text in texts.catalogue(language).items():
        if not key.startswith("sms_"):
            assert not shouted & set(text.replace(".", " ").replace(",", " ").split()), key


@pytest.mark.parametrize("language", texts.languages())
def test_texts_are_short(language):
    assert {k: len(t) for k, t in texts.catalogue(language).items() if len(t) > 330} == {}


def test_values_are_put_in():
    assert texts.say("added", "en", reference="RC-1") == "Thank you, I've added that to RC-1."


def test_what_is_read_from_left_to_right_is_isolated_in_arabic():
    assert texts.say("summary_order", "ar", value="4711-22").endswith("\u20664711-22\u2069")
    assert texts.say("summary_phone", "ar", value="+966501234567").endswith("\u2066+966501234567\u2069")
    assert "\u20684711-22\u2069" in texts.format_list(["غلاية", "4711-22"], "ar")
    assert "\u2068" not in texts.format_list(["kettle", "4711-22"], "en")


def test_a_language_without_a_catalogue_is_answered_in_english():
    assert texts.say("thanks", "xx") == texts.say("thanks", "en")


def test_an_unknown_text_or_a_missing_value_is_an_error():
    with pytest.raises(KeyError):
        texts.say("no such text", "en")
    with pytest.raises(KeyError):
        texts.say("added", "en")


def test_days_and_money_are_written_as_the_language_does():
    day = datetime.date(2025, 5, 12)
    assert texts.format_date(day, "en") == "Monday, 12 May 2025"
    assert texts.format_date(day, "es") == "lunes, 12 de mayo de 2025"
    assert texts.format_date(day, "pl") == "12 maja 2025"
    assert texts.format_money(Decimal("1200.5"), "EUR", "en") == "€1,200.50"
    assert texts.format_money(Decimal("1200.5"), "EUR", "es").replace("\xa0", " ") == "1.200,50 €"
    assert texts.format_money(Decimal(45), None, "en") == "45"
    assert texts.format_list(["a", "b", "c"], "es") == "a, b y c"
    assert texts.language_name("es", "en") == "Spanish"
