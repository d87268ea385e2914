"""Twenty seconds of the soak: everything is answered once and in order, and the report can be written.

Mutation: in `bot.sending.Sender._send` send every message twice.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engine_home import HOME
from tests.soak.__main__ import told
from tests.soak.picture import draw
from tests.soak.soak import Plan, soak

pytestmark = pytest.mark.timeout(700)  # it may train the model


def test_twenty_seconds(blank_sqlite_url: str, tmp_path: Path) -> None:
    if not (HOME / ".venv/bin/python").exists():
        pytest.skip("NO DIALOGUE ENGINE, nothing is soaked: run `make test`")
    plan = Plan(seconds=20, measuring=4, customers=8, look_every=1)
    soaked = soak(plan, blank_sqlite_url, tmp_path)
    assert soaked.wrong == [], f"the logs are in {tmp_path}"
    counts = soaked.counts
    assert counts["answered once"] == counts["messages"] >= soaked.rate * plan.seconds - 1
    assert len(soaked.timings) >= soaked.rate * plan.seconds - 1
    assert all(0 < timing.acknowledged < timing.answered for timing in soaked.timings)
    assert {name.partition("-")[0] for name in soaked.samples[-1].megabytes} == {"engine", "web", "worker"}
    report = "\n".join(told(soaked))
    assert f"| answered once | {counts['messages']:,} | {counts['messages']:,} |" in report
    draw(soaked, tmp_path / "soak.svg")
    assert "Resident memory" in (tmp_path / "soak.svg").read_text(encoding="utf-8")
