"""The hazard rules find danger in every language, and leave ordinary complaints alone.

The sentences are our own (``<language>.tsv``); the figures go to the report (``--junit-xml``).

Mutation: `_DENIED_WITHIN` of 0 ("never really ever quite burned" is an injury), figures not taken out of the
text ("you're killing me" is a threat), or the rule ``body-hurt`` without its first pattern.
"""

import statistics
import time
from collections import Counter

import pytest

from complaints import hazards, triage
from complaints.complaint import Severity
from complaints.language import SUPPORTED

from .sentences import languages, sentences

FLOORS = {
    "critical found": 0.97,
    "at least high": 0.97,
    "calm called critical": 0.02,
    "high called critical": 0.10,
}


def worst(text, language):
    found = hazards.find(text, language)
    return found[0].severity if found else None


def measure(language):
    told = Counter((s.expected, worst(s.text, language)) for s in sentences(language))
    total = Counter(s.expected for s in sentences(language))
    dangerous = total["critical"] + total["high"]
    at_least_high = sum(n for (expected, got), n in told.items() if expected != "calm" and got is not None)
    return {
        "critical found": told["critical", Severity.CRITICAL] / total["critical"],
        "at least high": at_least_high / dangerous,
        "calm called critical": told["calm", Severity.CRITICAL] / total["calm"],
        "high called critical": told["high", Severity.CRITICAL] / total["high"],
    }


def test_every_supported_language_has_rules_and_sentences():
    assert set(hazards.languages()) == set(languages()) == set(SUPPORTED)
    for language in languages():
        kinds = Counter(s.expected for s in sentences(language))
        assert min(kinds["critical"], kinds["high"], kinds["calm"]) >= 10, language


@pytest.mark.parametrize("language", languages())
def test_danger_is_found_and_calm_is_left(language, record_property):
    got = measure(language)
    record_property("figures", {name: round(value, 3) for name, value in got.items()})
    wrong = [
        (s.expected, str(worst(s.text, language)), s.text)
        for s in sentences(language)
        if (s.expected == "critical") != (worst(s.text, language) is Severity.CRITICAL)
    ]
    assert got["critical found"] >= FLOORS["critical found"], wrong
    assert got["at least high"] >= FLOORS["at least high"], wrong
    assert got["calm called critical"] <= FLOORS["calm called critical"], wrong
    assert got["high called critical"] <= FLOORS["high called critical"], wrong


def test_a_finding_says_why():
    finding = hazards.find("Nobody told us. The kettle burned my hand.", "en")[0]
    assert (finding.kind, finding.severity) == ("injury", Severity.CRITICAL)
    assert finding.rule == "en/body-hurt"
    assert "burned my hand" in finding.words


WEAKER = [
    ("The kettle burned my hand.", Severity.CRITICAL, ""),
    ("The kettle could have burned my hand.", Severity.HIGH, "possible"),
    ("It did not burn my hand.", Severity.HIGH, "denied"),
    ("It has never really ever quite burned my hand.", Severity.HIGH, "denied"),
    ("I read about a kettle that burned her hand.", Severity.HIGH, "hearsay"),
    ("Not only did it leak, it burned my hand.", Severity.CRITICAL, ""),
    ("No, it burned my hand.", Severity.CRITICAL, ""),
    ("No injuries the first time. Then it burned my hand.", Severity.CRITICAL, ""),
]


@pytest.mark.parametrize(("text", "severity", "weakened"), WEAKER)
def test_what_did_not_happen_is_less(text, severity, weakened):
    finding = next(f for f in hazards.find(text, "en") if f.rule == "en/body-hurt")
    assert (finding.severity, finding.weakened) == (severity, weakened)


def test_an_unknown_language_is_read_as_english():
    assert worst("my hand is burned and bleeding", "sv") is Severity.CRITICAL
    assert worst("my hand is burned and bleeding", "xx") is Severity.CRITICAL


def test_several_languages_are_read():
    assert triage.hazard("se me quemó la mano", "en") is None
    found = triage.hazard("se me quemó la mano", "en", "es")
    assert found is not None
    assert found.severity == "critical"


def test_empty_and_odd_texts_say_nothing():
    for text in ("", "   ", "👍", "....", "12345", "\x00", "RC-7K2M9P4X"):
        assert hazards.find(text, "en") == []


@pytest.mark.parametrize("language", languages())
def test_under_a_millisecond_a_message(language, record_property):
    """CPU time, so that a busy machine does not matter; the first reading compiles the rules."""
    texts = [s.text for s in sentences(language)]
    for text in texts:
        hazards.find(text, language)
    taken = []
    for text in texts:
        start = time.thread_time()
        hazards.find(text, language)
        taken.append(time.thread_time() - start)
    record_property("ms", round(1000 * statistics.median(taken), 2))
    assert statistics.median(taken) < 0.001


def best_of(n, text, language):
    taken = []
    for _ in range(n):
        start = time.thread_time()
        hazards.find(text, language)
        taken.append(time.thread_time() - start)
    return min(taken)


@pytest.mark.parametrize("language", languages())
def test_long_stories_take_milliseconds(language, record_property):
    words = " ".join(s.text for s in sentences(language) if s.expected == "calm").split()
    story = " ".join((words * (2000 // len(words) + 1))[:2000])
    taken = best_of(15, story, language)
    record_property("ms", round(1000 * taken, 1))
    assert taken < 0.020  # 5 ms on an idle core


@pytest.mark.parametrize(
    "text",
    [
        "hand " * 50_000,
        "my hand burned the cut on " * 20_000,
        "a" * 500_000,
        "not not not not " * 50_000,
        "." * 300_000,
        "ا" * 300_000,
        ("child fell on the hot and " * 3000 + ". ") * 10,
    ],
)
def test_hostile_texts_take_no_second(text):
    hazards.find(text[:100], "en")
    assert best_of(2, text, "en") < 0.5
