"""What is quicker than Rasa's own is the same, to the last digit.

Mutation: in components/reading.py, let `weigh` sort from the first to the last; or in quick_policies.py,
leave the rules without an intent (`before, None`) out.
"""

import json
import subprocess
from pathlib import Path

import pytest

from tests.engine.engine_process import PYTHON, ROOT

PROGRAM = """
import asyncio, json, random, sys
sys.path.insert(0, sys.argv[1])
from before_rasa import prepare
prepare()
from pathlib import Path
from actions_endpoint import ActionsEndpoint
from dialogue import Dialogue
from dialogue_state import restore
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, UserUttered
from understanding import understand

async def quicker(model):
    actions = ActionsEndpoint("http://127.0.0.1:9/actions", "")
    await actions.close()
    return Dialogue(model, actions)

model, texts = Path(sys.argv[2]), json.loads(sys.argv[3])
ours, own = asyncio.run(quicker(model)), MessageProcessor(str(model), None, None, None)

different = [text for text in texts if understand(ours, [text]) != understand(own, [text])]
if understand(ours, texts * 2) != [parse for text in texts * 2 for parse in understand(ours, [text])]:
    different.append("all at once")

def chosen(processor, tracker):
    found = processor._predict_next_with_tracker(tracker)
    events = [type(event).__name__ for event in found.events]
    return found.probabilities, events, found.hide_rule_turn, found.is_no_user_prediction

drawn, compared = random.Random(1), 0
intents, names = sorted(ours.domain.intents), ours.domain.action_names_or_texts
for _ in range(40):
    tracker = restore("c", None, {}, ours.domain)
    for _ in range(6):
        name = drawn.choice(intents)
        tracker.update(UserUttered("some words", {"name": name, "confidence": 1.0}, []))
        for _ in range(6):
            of_own, of_ours = chosen(own, tracker), chosen(ours, tracker)
            compared += 1
            if of_own != of_ours:
                different.append(name)
            action = names[of_own[0].index(max(of_own[0]))]
            if action in ours.domain.form_names:
                if drawn.random() < 0.4:
                    tracker.update(ActionExecutionRejected(action))
                    continue
                ended = drawn.random() < 0.2
                tracker.update(ActionExecuted(action))
                tracker.update(ActiveLoop(None if ended else action))
            else:
                tracker.update(ActionExecuted(action, hide_rule_turn=of_own[2]))
            if action == "action_listen":
                break
print(json.dumps({"different": different, "compared": compared}))
"""
TEXTS = [
    "I have a complaint",
    "hello hello HELLO!!!",
    "How long does a complaint take?",
    "the charger caught fire and nobody cares, this is terrible",
    "\N{ANGRY FACE}\N{ANGRY FACE}",
    "qwxz",
    "\u0634\u0643\u0648\u0649",
    "kettle " * 300,
]


@pytest.mark.timeout(120)
def test_the_same_understanding_and_the_same_choice(models: Path) -> None:
    """As of Rasa's own components: whole parses, and what is chosen in conversations drawn at random."""
    model = next(models.glob("*.tar.gz"))
    done = subprocess.run(
        [PYTHON, "-c", PROGRAM, ROOT / "bot/rasa", model, json.dumps(TEXTS)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["different"] == []
    assert found["compared"] > 300
