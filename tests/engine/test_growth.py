"""A long conversation costs no more than a short one.

Fails if `compact` in dialogue_state.py keeps all turns (`cut = starts[0]`).
"""

import json
import time
from statistics import median
from typing import Any

import pytest

from tests.engine.engine_process import Engine

ONE_ROUND = ["I have a complaint", "how long will this take", "a kettle", "qwxz", "monday", "hello"]
TURNS = 300
SAMPLE = 30


@pytest.mark.timeout(120)
def test_turn_300_costs_what_turn_10_costs(engine: Engine) -> None:
    """In time and in size, with forms, digressions and misunderstandings on the way."""
    seconds: list[float] = []
    characters: list[int] = []
    state: dict[str, Any] | None = None
    for number in range(TURNS + SAMPLE):
        began = time.perf_counter()
        turned = engine.turn(ONE_ROUND[number % len(ONE_ROUND)], state=state)
        seconds.append(time.perf_counter() - began)
        state = turned["state"]
        characters.append(len(json.dumps(state)))
    # Whole rounds, so that the same messages are compared; the first round only warms up.
    early, late = slice(6, 6 + SAMPLE), slice(TURNS, TURNS + SAMPLE)
    assert median(seconds[late]) <= 1.2 * median(seconds[early])
    assert max(characters[late]) <= 1.2 * max(characters[early])


def test_one_form_may_take_any_number_of_turns(engine: Engine) -> None:
    """Inside a form, too, the state stays as small as it is."""
    state = engine.turn("I have a complaint")["state"]
    sizes = []
    for _ in range(40):
        state = engine.turn("qwxz", state=state)["state"]
        sizes.append(len(json.dumps(state)))
    assert sizes[-1] == sizes[10]
    assert engine.turn("a kettle", state=state)["asks"] == "happened_on"
