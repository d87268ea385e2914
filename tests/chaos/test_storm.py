"""500 deliveries in a storm: every message answered, once and in order; nothing lost. `make chaos` has more.

Mutation: in `bot.sending.Sender._send` send whatever the state is (answers get there twice); in
`channels.lane_statements` let a lane be leased that is leased already (order and count break); in
`bot.applying._ask_for_human` let the case of a receipt stay provisional (a wish for a person is closed).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engine_home import HOME
from tests.chaos.storm import Storm, blow

pytestmark = pytest.mark.timeout(700)  # it may train the model

STORM, SEED = Storm(deliveries=500, seconds=10, kill_every=2, webs=2, workers=2, calm=120), 20262


def test_nothing_is_lost_and_nothing_twice(blank_postgres_url: str, tmp_path: Path) -> None:
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, no storm is weathered: run `make test`")
    after = blow(STORM, SEED, blank_postgres_url, tmp_path)
    assert after.wrong == [], f"seed {SEED}; the logs are in {tmp_path}"
    answered = after.counts["answered once"] + after.counts["answer set apart for a person"]
    assert answered == after.counts["messages"] == 0.7 * STORM.deliveries
    assert after.counts["complaints with exactly one case"] == after.counts["complaints"] > 0
    assert after.counts["in the queue, asked for a person"] == after.counts["asked for a person"] > 0
    assert set(after.kills) == {"web", "worker", "engine"}
    assert len(after.faults) > 3
