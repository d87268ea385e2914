"""What smokes, sparks or bursts is judged alike in every language; what only sounds so stays as it was.

``burning_appliances/<language>.tsv``, all sentences our own: ``critical`` are smoke, flames or sparks out of
an appliance, a burnt smell with sparks, a burst or burning battery, a melted plug that smokes. The others
(``high``, ``calm``) are what one of these alone is, denials, smoke alarms, smoked salmon, figures of speech;
they were judged before the rule ``burning-appliance`` was there, and each must keep its word.

Mutation: the rule ``burning-appliance`` taken out of ``complaints/hazards/nl/fire.yml`` (or any language's),
its ``unless``, or ``dropped`` left out where `hazards` reads it ("no smoke came out" is high then).
"""

from pathlib import Path

import pytest

from complaints import hazards
from complaints.language import SUPPORTED

TABLES = Path(__file__).with_name("burning_appliances")
KINDS = 10  # at least: sentences of danger, and of none, in each language


def lines(language: str) -> list[tuple[str, str]]:
    """What a sentence is to be called, and the sentence."""
    table = (TABLES / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [(expected, text) for expected, _, text in (line.partition("\t") for line in table)]


SENTENCES = [(language, *line) for language in SUPPORTED for line in lines(language)]


@pytest.mark.parametrize(("language", "expected", "text"), SENTENCES)
def test_smoke_sparks_and_batteries(language: str, expected: str, text: str) -> None:
    found = hazards.find(text, language)
    assert (found[0].severity.value if found else "calm") == expected, found


@pytest.mark.parametrize("language", SUPPORTED)
def test_the_tables_are_of_use(language: str) -> None:
    told = [expected for expected, _ in lines(language)]
    assert told.count("critical") >= KINDS
    assert len(told) - told.count("critical") >= KINDS


def test_a_rule_may_leave_nothing_of_what_is_denied() -> None:
    """Other rules still call a denied fire high: a danger that nobody met is a danger."""
    assert hazards.find("uit de oven kwam geen rook", "nl") == []
    [finding] = [f for f in hazards.find("the oven is not on fire", "en") if f.rule == "en/fire"]
    assert (finding.severity.value, finding.weakened) == ("high", "denied")
