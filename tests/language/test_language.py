"""The language of a message is told, also of one or two words, and a conversation keeps its own.

The messages (``<language>.tsv``, ``others.tsv``) were written for this test.

Mutation: `_WORD_WEIGHT` of 0 (short messages fall to letter statistics), `_KNOWN_PRIOR` of 0, or
`_switch_at` that always answers 0.8 ("toaster" turns a German conversation English).
"""

import statistics
import time
from pathlib import Path

import pytest

from complaints import language, words
from complaints.language import SUPPORTED, detect

HERE = Path(__file__).parent
UNSUPPORTED = ("hi", "ru", "el", "ja")
ENOUGH = {"all": 0.97, "short": 0.90, "one": 0.93}


def messages(name):
    return [line for line in (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines() if line]


def short(lines):
    return [line for line in lines if len(line.split()) <= 2]


def right(lines, expected):
    return [line for line in lines if detect(line).language == expected]


def test_supported_languages_are_told():
    told = [(code, len(right(lines, code)), len(lines)) for code in SUPPORTED if (lines := messages(code))]
    assert all(n >= 40 for _, _, n in told)
    share = sum(ok for _, ok, _ in told) / sum(n for _, _, n in told)
    assert share >= ENOUGH["all"], told
    assert all(ok / n >= ENOUGH["one"] for _, ok, n in told), told


def test_one_or_two_words_are_told():
    told = [
        (code, len(right(lines, code)), len(lines)) for code in SUPPORTED if (lines := short(messages(code)))
    ]
    assert all(n >= 15 for _, _, n in told)
    share = sum(ok for _, ok, _ in told) / sum(n for _, _, n in told)
    assert share >= ENOUGH["short"], told


@pytest.mark.parametrize("code", UNSUPPORTED)
def test_other_scripts_keep_their_own_code(code):
    lines = messages(code)
    assert right(lines, code) == lines
    assert not any(detect(line).supported for line in lines)


def test_other_languages_keep_their_own_code():
    rows = [line.split("\t") for line in messages("others")]
    wrong = [(code, detect(text).language) for code, text in rows if detect(text).language != code]
    assert len(wrong) <= 0.1 * len(rows), wrong  # Danish and Norwegian, Catalan and Spanish are twins


SAYS_NOTHING = [
    "42",
    "12/05/2024",
    "👍",
    "😡😡😡",
    "RC-7K2M9P4X",
    "https://example.org/a",
    "?!",
    "a@example.org",
    "€19.99",
]


@pytest.mark.parametrize("text", ["²", "①", *SAYS_NOTHING, "", "   "])
def test_what_says_nothing_keeps_the_language(text):
    assert detect(text, known="tr").language == "tr"
    assert detect(text, locale="pt-BR").language == "pt"
    assert detect(text, locale="sv_SE").language == "en"
    assert detect(text).language == "en"
    assert detect(text, known="tr").confidence == 0


KEEPS = [
    ("de", "toaster"),
    ("de", "iPhone Samsung Galaxy"),
    ("pl", "Nike Air Max"),
    ("ar", "iPhone"),
    ("ja", "PlayStation"),
    ("es", "12 Mill Road"),
    ("it", "no"),
    ("fr", "no"),
    ("pt", "para nada"),
    ("es", "para nada"),
    ("nl", "hallo"),
    ("de", "hallo"),
    ("fr", "ok"),
    ("es", "stop"),
    ("it", "Anna Kowalski"),
]


@pytest.mark.parametrize(("known", "text"), KEEPS)
def test_a_word_or_a_brand_does_not_switch(known, text):
    assert detect(text, known=known).language == known


SWITCHES = [
    ("es", "where is my order?", "en"),
    ("en", "hola, quiero saber dónde está mi pedido", "es"),
    ("en", "mi pedido", "es"),
    ("tr", "can somebody help me please", "en"),
    ("fr", "ich möchte mein Geld zurück", "de"),
    ("en", "شكرا", "ar"),
    ("ar", "I want to speak with somebody", "en"),
    ("pt", "mi hermana no ha recibido nada todavía", "es"),
    ("es", "a minha irmã ainda não recebeu nada", "pt"),
    ("en", "где моя посылка", "ru"),
    ("de", "Mitt paket har fortfarande inte kommit och ingen svarar", "sv"),
]


@pytest.mark.parametrize(("known", "text", "then"), SWITCHES)
def test_a_sentence_switches_at_any_time(known, text, then):
    assert detect(text, known=known).language == then


def test_the_platform_tells_between_twins():
    assert detect("para nada", locale="es-MX").language == "es"
    assert detect("para nada", locale="pt-BR").language == "pt"


def test_the_same_answer_every_time():
    lines = [line for code in SUPPORTED for line in messages(code)]
    assert [detect(line) for line in lines] == [detect(line) for line in reversed(lines)][::-1]


def test_every_supported_language_has_words():
    words = language._vocabulary()
    for code in SUPPORTED:
        assert sum(code in languages for languages in words.values()) >= 150, code


def test_under_a_millisecond():
    """CPU time, so that a busy machine does not matter; the first call reads the tables."""
    lines = [line for code in SUPPORTED for line in messages(code)]
    for line in lines:
        detect(line)
    taken = []
    for line in lines:
        start = time.thread_time()
        detect(line)
        taken.append(time.thread_time() - start)
    assert statistics.median(taken) < 0.001


def test_long_and_hostile_texts_cost_no_time():
    for text in ("word " * 100_000, "ñ" * 100_000, "a@" * 100_000, "\u0301" * 100_000, "1" * 100_000):
        start = time.thread_time()
        detect(text)
        assert time.thread_time() - start < 0.05


def test_what_is_no_word_is_not_remembered() -> None:
    """As many long ones as words are remembered would take a gigabyte of every process."""
    kept = words._remembered.cache_info().currsize
    for number in range(100):
        assert words.fold(f"{'É' * 100}{number}") == f"ee{number}"
    assert words._remembered.cache_info().currsize == kept
