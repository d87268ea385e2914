"""Who writes, for whom, and their number. Mutation: let `_countries` return nothing."""

import datetime

import pytest

from actions.details import as_product, find_details, find_product

NOW = datetime.datetime(2025, 11, 21, 12, 0)  # a Friday  # noqa: DTZ001


def read(text, language, country, asked=None):
    return find_details(text, language, NOW, country, asked)


@pytest.mark.parametrize("asked", ["contact", None])
@pytest.mark.parametrize(
    ("text", "language", "country", "number"),
    [
        ("Ana Pérez, 600 123 456", "es", "GB", "+34600123456"),
        ("Ana Pérez, 600 123 456", "es", "ES", "+34600123456"),
        ("55 1234 5678", "es", "GB", "+525512345678"),
        ("Ann Lee, 07911 123 456", "en", "GB", "+447911123456"),
        ("Ann Lee, 07911 123 456", "en", "ES", "+447911123456"),
    ],
)
def test_number_of_where_the_language_is_spoken(text, language, country, number, asked):
    found = read(text, language, country, asked)
    assert found.phone == number
    assert found.name == (text.split(",")[0] if "," in text else None)


def test_number_of_the_operators_country_comes_first():
    assert read("Ana Pérez, 020 7946 0018", "es", "GB").phone == "+442079460018"


def test_number_of_the_main_country_of_a_language_without_a_lexicon():
    assert read("08 123 456 78", "sv", "US", "contact").phone == "+46812345678"


@pytest.mark.parametrize(
    ("text", "language", "country"),
    [
        ("pedido 600 123 456", "es", "GB"),
        ("600 123 456", "es", "GB"),
        ("600123456", "es", "GB"),
        ("07911 123 456", "en", "ES"),
        ("order 07911 123 456", "en", "ES"),
    ],
)
def test_order_number_is_no_phone_number_of_elsewhere(text, language, country):
    assert read(text, language, country, "order").phone is None


@pytest.mark.parametrize("text", ["compré 600 123 456 cosas", "el 600 123 456 no llega", "600123456"])
def test_bare_digits_in_a_sentence_are_no_phone_number(text):
    assert read(text, "es", "GB").phone is None


@pytest.mark.parametrize("text", ["Luis Gómez, 600123456", "600123456, Luis Gómez", "600 123 456"])
def test_a_name_and_a_number_are_how_to_reach_somebody(text):
    """Whatever was asked: people answer ahead."""
    assert read(text, "es", "GB", "date").phone == "+34600123456"


@pytest.mark.parametrize(
    ("text", "language", "marked", "product"),
    [
        ("your fucking courier broke it", "en", ["fucking courier"], "courier"),
        ("el puto televisor no va", "es", ["puto televisor"], "televisor"),
        ("die verdammte Heizung", "de", ["verdammte Heizung"], "Heizung"),
        ("a shitty idiot", "en", ["shitty idiot"], None),
        ("shiitake and crapaud stones", "en", ["shiitake and crapaud"], "shiitake and crapaud"),
    ],
)
def test_a_curse_is_no_part_of_a_product(text, language, marked, product):
    assert find_product(text, language, marked) == product


@pytest.mark.parametrize(
    ("text", "language", "who"),
    [
        ("mi madre, yo escribo por ella", "es", "mi madre"),
        ("es para mi madre, escribo por ella", "es", "mi madre"),
        ("escribo por mi madre", "es", "mi madre"),
        ("it's for my mother, I'm writing for her", "en", "my mother"),
        ("my dad, I'm writing for him", "en", "my dad"),
        ("writing for my mother", "en", "my mother"),
    ],
)
def test_on_behalf_of(text, language, who):
    assert read(text, language, "GB").on_behalf_of == who


@pytest.mark.parametrize("text", ["my mother is angry", "mi madre está enfadada"])
def test_a_relative_in_the_story_is_nobody_to_write_for(text):
    assert read(text, "es" if "madre" in text else "en", "GB").on_behalf_of is None


@pytest.mark.parametrize(("text", "language"), [("hm", "en"), ("ok", "en"), ("EEEE", "es"), ("vale", "es")])
def test_a_mumble_is_no_product(text, language):
    assert as_product(text, language) is None


def test_a_yes_is_no_wish():
    assert read("vale", "es", "ES").remedy is None
    assert read("un cambio, por favor", "es", "ES").remedy == "exchange"
