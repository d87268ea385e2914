"""Which of two remedies is wished for, where the other is refused.

Mutation: let `_is_refused` find nothing before a remedy, or `_after` give back `start`.
"""

import pytest

from actions.lexicon import lexicon
from actions.wishes import find_wish


@pytest.mark.parametrize(
    ("language", "text", "kind", "shown"),
    [
        ("en", "not a refund, a repair", "repair", "a repair"),
        ("en", "I want no refund, just a new one", "exchange", "a new one"),
        ("en", "instead of a refund I would like a replacement", "exchange", "I would like a replacement"),
        ("en", "I don't want my money back, I want a repair", "repair", "I want a repair"),
        ("de", "kein Umtausch, Geld zurück", "refund", "Geld zurück"),
        ("de", "Umtausch will ich nicht, Geld zurück", "refund", "Geld zurück"),
        ("de", "ich will keine Reparatur, sondern mein Geld zurück", "refund", "mein Geld zurück"),
        ("es", "no un cambio, un reembolso", "refund", "un reembolso"),
        ("fr", "pas d’échange, un remboursement", "refund", "un remboursement"),
        ("it", "non un cambio, un rimborso", "refund", "un rimborso"),
        ("nl", "geen omruilen maar geld terug", "refund", "geld terug"),
        ("pl", "nie wymiana, zwrot pieniędzy", "refund", "zwrot pieniędzy"),
        ("pt", "não uma troca, um reembolso", "refund", "um reembolso"),
        ("tr", "iade değil, onarım", "repair", "onarım"),
        ("ar", "مش استبدال، استرداد المبلغ", "refund", "استرداد المبلغ"),
    ],
)
def test_what_is_refused_is_not_wished(language, text, kind, shown):
    assert find_wish(text, lexicon(language), "wish") == (kind, shown)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no, a refund"),
        ("de", "nein, Geld zurück"),
        ("es", "no, un reembolso"),
        ("fr", "non, un remboursement"),
        ("it", "no, un rimborso"),
        ("nl", "nee, geld terug"),
        ("pl", "nie, zwrot pieniędzy"),
        ("pt", "não, um reembolso"),
        ("tr", "hayır, iade"),
        ("ar", "لا، استرداد المبلغ"),
    ],
)
def test_after_a_no_and_a_comma_it_is_wished(language, text):
    kind, shown = find_wish(text, lexicon(language), "wish")
    assert kind == "refund"
    assert shown == text.replace("،", ",").partition(", ")[2]


@pytest.mark.parametrize(
    ("text", "asked"),
    [("I don't want a refund", "wish"), ("please, not a refund", None), ("no repair", "wish")],
)
def test_a_refusal_alone_is_no_wish(text, asked):
    assert find_wish(text, lexicon("en"), asked) == (None, None)


def test_what_was_not_done_may_be_what_is_wished():
    assert find_wish("you have not refunded me", lexicon("en"), "wish")[0] == "refund"
