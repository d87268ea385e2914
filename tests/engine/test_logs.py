"""What the engine logs holds nothing of what customers write, whatever goes wrong.

Mutation: log the failure's own words in `_failed` of engine_app.py.
"""

from pathlib import Path

from tests.engine.actions_server import TOKEN as ACTIONS_TOKEN
from tests.engine.actions_server import ActionsServer
from tests.engine.engine_process import run_engine

MARKER = "quintessential-marmalade"


def test_no_text_in_the_log(models: Path, actions: ActionsServer, tmp_path: Path) -> None:
    """A complaint with the marker in it, a failing action, a state from elsewhere, a body that is none."""
    log = tmp_path / "engine.log"
    with log.open("wb") as file, run_engine(models, actions.url, ACTIONS_TOKEN, log=file) as engine:
        first = engine.turn(f"I have a complaint about {MARKER}")
        engine.turn(f"a {MARKER} kettle", state=first["state"])
        engine.answer(MARKER, intent={"name": "fail_please"})
        engine.answer(MARKER, intent={"name": "nothing_please"})
        engine.answer(MARKER, intent={"name": MARKER})
        engine.answer(MARKER, state={"before": {"slots": {}, "form": MARKER}, "events": [{"event": MARKER}]})
        engine.http.post("/turn", json={"conversation": MARKER, "text": [MARKER]})
        engine.http.post("/turn", content=f"{{{MARKER}".encode())
        engine.http.post("/parse", json={"text": MARKER})
    said = log.read_text()
    assert "answered 500" in said, "nothing was logged at all"
    assert MARKER not in said
