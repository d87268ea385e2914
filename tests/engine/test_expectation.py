"""Where a conversation stands shifts what a message means.

Mutation: let `expectation.expect` return the ranking as it is.
"""

import json
import subprocess
from typing import Any

from tests.engine.engine_process import PYTHON, ROOT

RANKING = [
    {"name": "ask_status", "confidence": 0.40},
    {"name": "file_complaint", "confidence": 0.34},
    {"name": "give_details", "confidence": 0.26},
]
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from expectation import NEWCOMER, decide, expect
ranking = json.loads(sys.argv[2])
print(json.dumps({"words": decide(ranking), "newcomer": decide(expect(ranking, NEWCOMER)),
                  "whole": sum(g["confidence"] for g in expect(ranking, NEWCOMER))}))
"""


def weigh(ranking: list[dict[str, Any]]) -> dict[str, Any]:
    done = subprocess.run(
        [PYTHON, "-c", PROGRAM, ROOT / "bot/rasa", json.dumps(ranking)],
        capture_output=True,
        text=True,
        check=True,
    )
    weighed: dict[str, Any] = json.loads(done.stdout)
    return weighed


def test_a_newcomer_complains_rather_than_asks_how_it_stands() -> None:
    weighed = weigh(RANKING)
    assert weighed["words"]["name"] == "ask_status"
    assert weighed["newcomer"]["name"] == "file_complaint"
    assert abs(weighed["whole"] - 1.0) < 1e-9


def test_what_is_unlikely_either_way_stays_unsure() -> None:
    weighed = weigh([{"name": "greet", "confidence": 0.3}, {"name": "goodbye", "confidence": 0.28}])
    assert {weighed["words"]["name"], weighed["newcomer"]["name"]} == {"nlu_fallback"}
