"""An assessment joins the model and the hazard rules, never falls silently, and says why.

Mutation: `_severity` that takes the model's severity when it is sure (rules no longer raise), or
`SURE_OF_CRITICAL` of 0.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints import hazards, triage
from complaints.complaint import Category, Severity
from complaints.triage import Complexity, Impact, Parse, assess

from .sentences import sentences

BURNED = "the kettle lid came off and burned my daughter's arm"
LATE = "my parcel is late again and nobody answers"


def parse(**given: Any) -> Parse:
    return Parse(
        **{
            "intent": "file_complaint",
            "confidence": 0.95,
            "severity": (Severity.MEDIUM, 0.9),
            "category": (Category.DEFECT, 0.9),
            "model": "m1",
        }
        | given
    )


parses = st.none() | st.builds(
    Parse,
    intent=st.just("file_complaint"),
    confidence=st.floats(0, 1),
    severity=st.none() | st.tuples(st.sampled_from(Severity), st.floats(0, 1)),
    category=st.none() | st.tuples(st.sampled_from(Category), st.floats(0, 1)),
    model=st.just("m1"),
)


@settings(deadline=None)  # the first reading compiles the rules
@given(st.sampled_from(sentences("en")), parses)
def test_rules_only_ever_raise(sentence, nlu):
    found = hazards.find(sentence.text, "en")
    got = assess(sentence.text, "en", nlu)
    assert not found or got.severity.rank >= found[0].severity.rank
    assert {f.rule for f in found} <= {r.code for r in got.reasons}
    assert got.danger_to_life == any(f.danger_to_life for f in found)


@settings(deadline=None)
@given(st.sampled_from(list(Severity)), st.floats(0, 1))
def test_the_model_alone_is_believed_if_it_is_sure(told, confidence):
    got = assess(LATE, "en", parse(severity=(told, confidence)))
    if confidence >= triage.SURE_OF_CRITICAL:
        assert got.severity is told
    elif told is Severity.CRITICAL:
        assert (got.severity, got.human) == (Severity.HIGH, True)
    elif confidence < triage.SURE:
        assert got.severity.rank >= Severity.MEDIUM.rank
        assert got.human


def test_without_a_model_the_rules_stand_alone():
    calm, hurt = assess(LATE, "en", None), assess(BURNED, "en", None)
    assert (calm.severity, calm.human, calm.category) == (Severity.MEDIUM, True, Category.OTHER)
    assert (hurt.severity, hurt.human, hurt.category) == (Severity.CRITICAL, True, Category.SAFETY)
    assert hurt.safety
    assert hurt.immediate_action
    assert hurt.impact is Impact.HEALTH


def test_reasons_name_the_words_and_the_model():
    reasons = assess(BURNED, "en", parse()).reasons
    assert any(r.kind == "model" and r.code == "m1" for r in reasons)
    assert any(r.kind == "rule" and r.code.startswith("en/") and "burned" in r.words for r in reasons)
    weaker = assess("the lid came off but it did not burn my hand", "en", None).reasons
    assert any("denied" in r.detail for r in weaker)


CATEGORIES = [
    ("a stranger took 900 euros out of my account, I never authorised it", None, Category.BILLING),
    ("you refused me because I am in a wheelchair", None, Category.DISCRIMINATION),
    ("I can see another customer's invoices with her address", None, Category.DATA_PRIVACY),
    ("black mould inside the baby bottle", None, Category.SAFETY),
    (LATE, parse(category=(Category.LATE_DELIVERY, 0.8)), Category.LATE_DELIVERY),
    (LATE, parse(category=(Category.LATE_DELIVERY, 0.2)), Category.LATE_DELIVERY),
    (BURNED, parse(category=(Category.DEFECT, 0.99)), Category.SAFETY),
]


@pytest.mark.parametrize(("text", "nlu", "category"), CATEGORIES)
def test_category(text, nlu, category):
    assert assess(text, "en", nlu).category is category


PEOPLE = [
    ("I want to end my life", True, Impact.LIFE),
    ("gas leak in my kitchen", True, Impact.LIFE),
    ("my solicitor will be in touch", True, Impact.RIGHTS),
    ("four transactions that I never made", True, Impact.MONEY),
    (LATE, False, Impact.INCONVENIENCE),
]


@pytest.mark.parametrize(("text", "human", "impact"), PEOPLE)
def test_who_must_see_it_and_what_is_at_stake(text, human, impact):
    got = assess(text, "en", parse(category=(Category.OTHER, 0.9)))
    assert (got.human, got.impact) == (human, impact)


def test_complexity_grows_with_the_story():
    assert assess(LATE, "en", parse()).complexity is Complexity.SIMPLE
    assert assess(LATE + " and then" * 100, "en", parse()).complexity is Complexity.NORMAL
    assert assess(BURNED + " and then" * 100 + " my lawyer", "en", parse()).complexity is Complexity.COMPLEX


def test_the_hazard_of_a_message():
    found = triage.hazard("the battery caught fire and burned my hand", "en")
    assert found is not None
    assert found.severity == "critical"
    assert len(found.words) == len(set(found.words)) > 0
    life = triage.hazard("gas leak, my eyes sting", "en")
    assert life is not None
    assert life.danger_to_life
    assert triage.hazard(LATE, "en") is None
