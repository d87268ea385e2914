"""The notation of phrases means what its table says, however a text is put together.

Mutation: `Occurrences._before` that ignores `Reading.begins`, or that hops once more than the gap.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.phrases import Lexicon
from complaints.words import fold, read

CLASSES = {"body": "hand, hands, left foot, face", "child": "son, daughter", "stop": "and, because"}


def quotes(pattern, text, *, arabic=False, split=False):
    lexicon = Lexicon(CLASSES, arabic=arabic)
    compiled = lexicon.compile(pattern)
    reading = read(text, split_apostrophes=split)
    found = lexicon.look_up(reading).find(compiled)
    return [reading.quote(match.start, match.end) for match in found]


MATCHES = [
    ("burn*", "It burned me", "burned"),
    ("*burn", "a sunburn", "sunburn"),
    ("*bur*", "sunburned!", "sunburned"),
    ("=ER", "the ER", "ER"),
    ("=ER", "er, the", None),
    ("dont", "I don't know", "don't"),
    ("dont", "I don’t know", "don’t"),
    ("quemo", "me quemó", "quemó"),
    ("strasse", "die Straße", "Straße"),
    ("soo", "it is sooooo hot", "sooooo"),
    ("my <body>", "my left foot hurts", "my left foot"),
    ("my <body>", "my left hand hurts", None),
    ("<body|child>", "his daughter", "daughter"),
    ("(hot|<child>)", "our son", "son"),
    ("(very hot|cold)", "a very hot day", "very hot"),
    ("my ..2 hand", "my poor old hand", "my poor old hand"),
    ("my ..2 hand", "my poor old left hand", None),
    ("my ..2 hand", "my. Poor hand", None),
    ("my ...2 hand", "my. Poor hand", "my. Poor hand"),
    ("cut ~3 hand", "cut my own hand", "cut my own hand"),
    ("cut ~3 hand", "cut it and my hand", None),
    ("cut ..3 hand", "cut it and my hand", "cut it and my hand"),
    ("cut my? hand", "cut hand", "cut hand"),
    ("cut my? hand", "cut my hand", "cut my hand"),
    ("cut my? ..1 hand", "cut the hand", "cut the hand"),
    ("cut off?", "cut it", "cut"),
    ("hand hand", "hand", None),
    ("a ..1 a ..1 a", "a b a b a", "a b a b a"),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), MATCHES)
def test_notation(pattern, text, expected):
    assert quotes(pattern, text) == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    "pattern", ["", "?", "..3", "x? y", "(a|(b|c))", "(a|b", "<nobody>", "a&b", "(a ..2 b|c)", "a-b"]
)
def test_what_cannot_be_read_is_refused(pattern):
    with pytest.raises(ValueError, match=r"\S"):
        Lexicon(CLASSES).compile(pattern)


def test_a_word_that_minds_its_case_is_told_from_one_that_folds_alike():
    lexicon = Lexicon({"stop": "=e"})
    joins = lexicon.class_id("<stop>")
    for text, places in (("é", set()), ("e", {0}), ("é e È E e", {1, 4})):
        assert lexicon.look_up(read(text)).words_of(joins) == places


def test_arabic_letters_and_prefixes():
    assert quotes("يد", "اليد", arabic=True) == ["اليد"]
    assert quotes("يد", "وبيده", arabic=True) == []
    assert quotes("احترق*", "إحترقت يدي", arabic=True) == ["إحترقت"]
    assert quotes("يد", "اليد") == []
    assert quotes("هاتف", "هالهاتف", arabic=True) == ["هالهاتف"]


def test_arabic_pronouns_at_the_end_of_a_word():
    assert quotes("بنت", "وبنتها", arabic=True) == ["وبنتها"]
    assert quotes("شقة", "في شقتنا", arabic=True) == ["شقتنا"]
    assert quotes("سم", "السمك", arabic=True) == []
    assert quotes("بنت", "بنتها") == []


def test_arabic_digits_and_hamzas_are_read_as_they_are_typed():
    assert quotes("997", "٩٩٧", arabic=True) == ["٩٩٧"]
    assert quotes("كهرباء", "الكهربا", arabic=True) == ["الكهربا"]


def test_apostrophes_split_where_a_language_says_so():
    assert quotes("l eau", "l'eau", split=True) == ["l'eau"]
    assert quotes("leau", "l'eau") == ["l'eau"]


def test_sentences_and_abbreviations():
    assert len(set(read("Mr. Smith fell. He cried!").sentence)) == 2
    assert len(set(read("one\n\ntwo").sentence)) == 2
    assert len(set(read("3.5 mm").sentence)) == 1
    assert read("No, it burned").phrase == [0, 1, 1]


def test_dead_words_say_nothing():
    lexicon = Lexicon(CLASSES)
    pattern, phrase = lexicon.compile("my ..2 hand"), lexicon.compile("(left foot)")
    found = lexicon.look_up(read("my hand, my left foot, my hand"))
    assert len(list(found.find(pattern))) == 2
    assert [m.start for m in found.without(frozenset({1})).find(pattern)] == [5]
    assert not list(found.without(frozenset({4})).find(phrase))


def slow(steps, words, sentence, joints, k, place):
    """The notation, word for word: the ends of every way to match ``steps`` from ``k`` on."""
    if k == len(steps):
        return {place}
    forms, gap, reach, optional = steps[k]
    ends = slow(steps, words, sentence, joints, k + 1, place) if optional else set()
    for i in range(place, min(place + (gap if k else 0) + 1, len(words))):
        if k and reach != "..." and sentence[i] != sentence[place - 1]:
            break
        for form in forms:
            parts = form.split()
            if words[i : i + len(parts)] == parts and len(set(sentence[i : i + len(parts)])) == 1:
                ends |= slow(steps, words, sentence, joints, k + 1, i + len(parts))
        if k and reach == "~" and words[i] in joints:
            break
    return ends


forms = st.lists(st.sampled_from(["a", "b", "c", "and", "a b", "b b c"]), min_size=1, max_size=3, unique=True)
steps = st.lists(
    st.tuples(forms, st.integers(0, 3), st.sampled_from(["~", "..", "..."]), st.booleans()),
    min_size=1,
    max_size=4,
)


@settings(max_examples=600, deadline=None)
@given(steps, st.lists(st.sampled_from(["a", "b", "c", "and", "x", "."]), max_size=14))
def test_bits_find_what_words_do(parts, tokens):
    parts = [(forms, gap, reach, optional and k > 0) for k, (forms, gap, reach, optional) in enumerate(parts)]
    text = " ".join(tokens).replace(" .", ".")
    source = " ".join(
        f"{reach}{gap} ({'|'.join(forms)}){'?' if optional else ''}" for forms, gap, reach, optional in parts
    )
    lexicon = Lexicon({"stop": "and"})
    pattern, reading = lexicon.compile(source), read(text)
    found = {match.start for match in lexicon.look_up(reading).find(pattern)}
    expected = {i for i in range(len(reading.words)) if slow_from(parts, reading.words, reading.sentence, i)}
    assert found == expected


def slow_from(parts, words, sentence, start):
    return slow([(parts[0][0], 0, "...", False), *parts[1:]], words, sentence, {"and"}, 0, start)


@given(st.text())
def test_any_text_can_be_read(text):
    reading = read(text)
    assert [text[a:b] for a, b in reading.place] == reading.raw
    assert [fold(word) for word in reading.raw] == reading.words
