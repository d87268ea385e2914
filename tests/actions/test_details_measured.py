"""Details on our own golden turns of dialogues in ten languages, and the command that measures them.

Mutation: let `_with_prefix` give back where the digits begin; or count a value found as right whatever is
expected.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.offline_triage.details import KINDS, half, measure, read, table

GOLDEN = Path(__file__).parents[2] / "nlu_data/golden/details.jsonl"
FLOOR = 0.95
LANGUAGES = ["ar", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "tr"]
FEWEST = 15  # turns of a language


@pytest.fixture(scope="module")
def golden():
    return list(read(GOLDEN))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_is_found_and_nothing_else(golden, kind):
    counts = measure(golden).of[kind]
    assert counts.right >= len(LANGUAGES), "too few to say anything"
    assert counts.precision >= FLOOR
    assert counts.recall >= FLOOR


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_worse_than_the_others(golden, language):
    measured = measure(c for c in golden if c["language"] == language)
    assert measured.turns >= FEWEST
    assert len(measured.errors) <= 1


def turn(text, asked=None, **expect):
    return {
        "id": "x",
        "language": "en",
        "country": "GB",
        "now": "2025-11-21T12:00:00",
        "turns": [{"text": text, "asked": asked, "expect": expect}],
    }


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        (turn("order 47110", order="47110"), (1, 0, 0)),
        (turn("order 47110", order=["9", "471-10"]), (1, 0, 0)),
        (turn("order 47110", order="47111"), (0, 1, 1)),
        (turn("order 47110"), (0, 1, 0)),
        (turn("it is late", order="47110"), (0, 0, 1)),
        (turn("order 47110", order="*"), (0, 0, 0)),
        (turn("it is late"), (0, 0, 0)),
    ],
)
def test_right_wrong_and_missed_are_counted(conversation, expected):
    counts = measure([conversation]).of["order"]
    assert (counts.right, counts.wrong, counts.missed) == expected


def test_precision_and_recall_are_told_apart():
    measured = measure([turn("order 47110", order="47110"), turn("order 47110"), turn("late", order="1234")])
    row = next(row for row in table(measured) if row.startswith("| order"))
    assert row == "| order | 2 | 1 | 1 | 0.500 | 0.500 |"


def test_a_conversation_stays_in_its_half():
    halves = Counter(half(str(n)) for n in range(400))
    assert set(halves) == {"A", "B"}
    assert min(halves.values()) > 150
    assert half("details-en") == half("details-en")
