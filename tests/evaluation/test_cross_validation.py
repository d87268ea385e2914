"""Examples are cross-validated by models that have not seen them, each example once.

Mutation: in measure.py, let `_learn` have all examples rather than those of the other folds.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from bot.engine_home import HOME

PYTHON = HOME / ".venv/bin/python"
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        not PYTHON.exists(), reason="NO DIALOGUE ENGINE, cross-validation is not tested: run `make up`"
    ),
]


def made_up(start: str) -> list[str]:
    """Words that say nothing of each other: who has not learnt one by heart can only guess what it means."""
    return [hashlib.sha256(f"{start}{n}".encode()).hexdigest()[:12] for n in range(20)]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What measure.py says of two languages, cross-validated in two folds."""
    data = tmp_path_factory.mktemp("data")
    for language in ("en", "es"):
        (data / language).mkdir()
        blocks = {
            "greet": [f"hello there number {n}" for n in range(10)],
            "goodbye": [f"farewell then number {n}" for n in range(10)],
            "affirm": made_up(language)[::2],
            "deny": made_up(language)[1::2],
        }
        (data / language / "all.yml").write_text(
            'version: "3.1"\nnlu:\n'
            + "".join(
                f"- intent: {intent}\n  examples: |\n"
                + "".join(f"    - {language} {text}\n" for text in texts)
                for intent, texts in blocks.items()
            )
        )
    done = subprocess.run(
        [PYTHON, HOME / "measure.py", "--data", data, "--folds", "2"],
        stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line for line in lines if "told" not in line]


def test_every_example_is_parsed_once(measured: list[dict[str, Any]]) -> None:
    assert len(measured) == 80
    assert max(Counter(line["text"] for line in measured).values()) == 1
    assert Counter(line["language"] for line in measured) == {"en": 40, "es": 40}
    assert set(Counter(line["intent"] for line in measured).values()) == {20}


def share_right(measured: list[dict[str, Any]], *intents: str) -> float:
    asked = [line for line in measured if line["intent"] in intents]
    return sum(line["parse"]["ranking"][0]["name"] == line["intent"] for line in asked) / len(asked)


def test_what_can_be_learnt_is(measured: list[dict[str, Any]]) -> None:
    assert share_right(measured, "greet", "goodbye") > 0.9


def test_nobody_has_seen_what_they_are_asked(measured: list[dict[str, Any]]) -> None:
    assert share_right(measured, "affirm", "deny") < 0.75
