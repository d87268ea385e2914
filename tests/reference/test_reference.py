"""References survive being typed, read out and mistyped.

Mutation: `_LOOK_ALIKES` without "O" for "0", or `_mention` that takes any eight letters after "RC".
"""

from string import ascii_lowercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints import reference
from complaints.reference import is_valid, mask, mint, read_all

ALPHABET = reference._ALPHABET
POSITIONS = range(3, 11)


def completions(body):
    return [f"RC-{body}{c}" for c in ALPHABET if is_valid(f"RC-{body}{c}")]


bodies = st.text(ALPHABET, min_size=7, max_size=7).filter(lambda body: any(c.isdigit() for c in body))
references = bodies.map(lambda body: completions(body)[0])


@given(bodies)
def test_one_check_character_fits(body):
    assert len(completions(body)) == 1


@settings(max_examples=200)
@given(references)
def test_each_wrong_character_is_caught(good):
    for at in POSITIONS:
        for other in ALPHABET:
            if other != good[at]:
                assert not is_valid(good[:at] + other + good[at + 1 :])


@settings(max_examples=200)
@given(references)
def test_each_swap_of_neighbours_is_caught(good):
    for at in POSITIONS[:-1]:
        if good[at] != good[at + 1]:
            assert not is_valid(good[:at] + good[at + 1] + good[at] + good[at + 2 :])


@settings(max_examples=50)
@given(references)
def test_a_typing_error_is_read_as_one(good):
    at = 3
    wrong = good[:at] + next(c for c in "0149" if c != good[at]) + good[at + 1 :]
    assert [(m.reference, m.valid) for m in read_all(f"what about {wrong}?")] == [(wrong, False)]


LENIENT = [
    str.lower,
    lambda r: r.replace("-", ""),
    lambda r: r.replace("-", " "),
    lambda r: r.replace("-", " - "),
    lambda r: r.replace("-", "–"),
    lambda r: r.replace("-", ": "),
    lambda r: r.replace("-", " #"),
    lambda r: r.replace("0", "O").replace("1", "l"),
    lambda r: r.replace("5", "S").replace("2", "z").replace("8", "B"),
    lambda r: r.replace("1", "i").replace("V", "U"),
    lambda r: f"{r[:7]}-{r[7:]}",
    lambda r: f"{r[:7]} {r[7:]}".lower(),
    lambda r: " ".join(r.replace("-", "")).replace("R C", "RC"),
    lambda r: f"({r}).",
    lambda r: f"Ref:{r},",
    lambda r: f"¿{r}?",
]


@settings(max_examples=200)
@given(references, st.sampled_from(LENIENT))
def test_read_leniently(good, written):
    assert [(m.reference, m.valid) for m in read_all(f"hello, any news on {written(good)} please")] == [
        (good, True)
    ]


@given(st.lists(references, min_size=1, max_size=4))
def test_several_in_order_and_once_each(some):
    found = [m.reference for m in read_all(" and also ".join(some + some))]
    assert found == list(dict.fromkeys(some))


def test_minted_ones_are_valid_and_new():
    minted = [mint() for _ in range(2000)]
    assert all(is_valid(r) for r in minted)
    assert len(set(minted)) == len(minted)
    assert all(any(c.isdigit() for c in r[3:10]) for r in minted)
    assert {c for r in minted for c in r[3:10]} == set(ALPHABET)


@pytest.mark.parametrize(
    "text",
    [
        "rc models of aircraft",
        "RC aircraft for sale",
        "my RC-aircraft never flew",
        "rc airplane kit, rc vehicles and an rc-airboat",
        "the rc 4 wheeler lost a wheel",
        "RC 2 channel transmitter is dead",
        "arc-12345678 is not ours",
        "src 1234567",
        "RC-1234567",
        "RC-123456789",
        "rc",
        "",
    ],
)
def test_plain_words_are_none(text):
    assert read_all(text) == []
    assert mask(text) == text


@settings(max_examples=300)
@given(st.lists(st.text(ascii_lowercase, min_size=1, max_size=9), min_size=1, max_size=4))
def test_no_words_are_ever_a_reference(words):
    assert read_all("rc " + " ".join(words)) == []


@given(references, st.text(max_size=30), st.text(max_size=30))
def test_mask_hides_the_reference_and_keeps_the_length(good, before, after):
    text = f"{before} {good} {after}"
    assert len(mask(text)) == len(text)
    assert good not in mask(text)


@given(st.text())
def test_any_text_can_be_read(text):
    assert all(m.reference.startswith("RC-") and len(m.reference) == 11 for m in read_all(text))
