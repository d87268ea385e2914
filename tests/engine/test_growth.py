"""A long conversation costs no more than a short one, and nothing that was folded away is missed.

Fails if `compact` in dialogue_state.py keeps all turns (`cut = starts[0]`), or forgets the form of those it
folds (`"form": None`).
"""

import json
import random
import shutil
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import FACTS, ROOT, Engine, run_engine

KNOWN = {**FACTS, "open_reference": "R-1"}
ONE_ROUND = ["I have a complaint", "how long will this take", "a kettle", "qwxz", "monday"]
SAMPLE = 80


@pytest.mark.timeout(120)
def test_turn_300_costs_what_turn_10_costs(engine: Engine) -> None:
    """In time and in size, after forms, digressions and misunderstandings."""
    states = {0: engine.turn("hello")["state"]}
    for number in range(300):
        text = ONE_ROUND[number % len(ONE_ROUND)]
        states[number + 1] = engine.turn(text, state=states[number])["state"]
    seconds: dict[int, list[float]] = {10: [], 300: []}
    # By turns, so that whatever else the machine does is the same for both.
    for _ in range(SAMPLE):
        for number, taken in seconds.items():
            began = time.perf_counter()
            engine.turn(ONE_ROUND[0], state=states[number])
            taken.append(time.perf_counter() - began)
    assert median(seconds[300]) <= 1.2 * median(seconds[10])
    assert len(json.dumps(states[300])) <= 1.2 * len(json.dumps(states[10]))


def test_one_form_may_take_any_number_of_turns(engine: Engine) -> None:
    """Inside a form, too, the state stays as small as it is."""
    state = engine.turn("I have a complaint")["state"]
    sizes = []
    for _ in range(40):
        state = engine.turn("qwxz", state=state)["state"]
        sizes.append(len(json.dumps(state)))
    assert sizes[-1] == sizes[10]
    assert engine.turn("a kettle", state=state)["asks"] == "happened_on"


def test_what_is_folded_away_is_not_missed(
    engine: Engine, models: Path, actions: ActionsServer, tmp_path: Path
) -> None:
    """Conversations at random go as they do in an engine that keeps every turn."""
    home = tmp_path / "rasa"
    shutil.copytree(ROOT / "bot/rasa", home, ignore=shutil.ignore_patterns(".venv", "models"))
    source = home / "dialogue_state.py"
    source.write_text(source.read_text().replace("TURNS_KEPT = 4", "TURNS_KEPT = 1_000"))
    texts = [*ONE_ROUND, "let me talk to a person", "what is the status of my case", "yes", "no thanks"]
    with run_engine(models, actions.url, ACTIONS_TOKEN, home) as remembering:
        for seed in range(12):
            chance = random.Random(seed)
            state: dict[str, Any] | None = None
            whole: dict[str, Any] | None = None
            for _ in range(16):
                text = chance.choice(texts)
                turned = engine.turn(text, state=state, facts=KNOWN)
                remembered = remembering.turn(text, state=whole, facts=KNOWN)
                state, whole = turned.pop("state"), remembered.pop("state")
                assert turned == remembered
    assert len(json.dumps(whole)) > 2 * len(json.dumps(state))
