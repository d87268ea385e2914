"""Every language we speak has all the words that English has. Mutation: empty `farewell` in pl.yml."""

import pytest

from actions.lexicon import lexicon, plain
from complaints.language import SUPPORTED


@pytest.mark.parametrize("language", SUPPORTED)
def test_every_list_that_english_fills_is_filled(language):
    words = lexicon(language)
    empty = [name for name, entries in lexicon("en") if entries and not getattr(words, name)]
    assert empty == []


@pytest.mark.parametrize("language", SUPPORTED)
@pytest.mark.parametrize("name", ["remedy", "demand", "process"])
def test_the_same_things_can_be_said(language, name):
    assert set(getattr(lexicon(language), name)) >= set(getattr(lexicon("en"), name))


def test_letters_are_plain_and_stay_in_their_place():
    assert plain("Żółć, é’ß") == "Zolc, e'ß"
