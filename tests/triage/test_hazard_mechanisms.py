"""Danger in few or unusual words is found by what happened in it, not by a list of sentences.

Two kinds of lists (``hazard_lists/<list>_<language>.tsv``): with ``developed`` the rules were written;
``unseen`` was written before them and nobody looked at its lines while writing rules, so it alone tells
what strangers' words will meet. Keep it so: when a line of it fails, do not mend that line.

Mutation: the rules ``violence.yml`` and ``products.yml`` taken out of ``complaints/hazards/en/``.
"""

from collections import Counter
from pathlib import Path

import pytest

from complaints import hazards
from complaints.complaint import Severity

LISTS = Path(__file__).parent / "hazard_lists"
FLOORS = {  # critical found, calm called critical at most
    "developed_en": (0.95, 0.02),
    "unseen_en": (0.88, 0.06),
    "unseen_de": (0.88, 0.04),
    "unseen_es": (0.88, 0.08),
}


def told(name):
    lines = (LISTS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    language = name.rpartition("_")[2]
    for expected, _, text in (line.split("\t") for line in lines):
        found = hazards.find(text, language)
        yield expected, bool(found) and found[0].severity is Severity.CRITICAL


@pytest.mark.parametrize("name", FLOORS)
def test_strangers_are_understood(name, record_property):
    total: Counter[str] = Counter()
    critical: Counter[str] = Counter()
    for expected, is_critical in told(name):
        total[expected] += 1
        critical[expected] += is_critical
    rates = {expected: round(critical[expected] / n, 3) for expected, n in total.items()}
    record_property("figures", rates)
    found, false_alarms = FLOORS[name]
    assert min(total["critical"], total["calm"]) >= 25
    assert rates["critical"] >= found
    assert rates["calm"] <= false_alarms


def test_every_list_is_measured():
    assert {path.stem for path in LISTS.glob("*.tsv")} == set(FLOORS)
