"""`recourse audit` as the operator runs it: status, and the first altered row by table, key and case.

Mutation: in `bot.audit.command.verify` leave out the ``typer.Exit(1)``.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.audit.opening import open_audited
from bot.settings import Settings
from tests.audit.test_trail import life
from tests.end_to_end.running import run, without_models

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine


async def test_verified_altered_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    file = data / "recourse.db"
    settings = without_models(data, RECOURSE_DATABASE_URL=f"sqlite:///{file}")
    assert run(settings, "user", "add", "Nora", "--role", "agent").returncode == 0
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    async with await open_audited(Settings.load()) as database:
        await database.run(life)

    intact = run(settings, "audit", "verify")
    assert (intact.returncode, "as the program wrote them" in intact.stdout) == (0, True), intact.stdout
    head = run(settings, "audit", "head").stdout.strip()
    assert len(head) == 64
    assert run(settings, "backup", str(tmp_path / "backup.tar")).returncode == 0

    with closing(sqlite3.connect(file)) as outside:
        outside.execute("UPDATE event SET actor = 'agent:Eve' WHERE id = 2")
        outside.commit()
    altered = run(settings, "audit", "verify")
    assert altered.returncode == 1
    assert altered.stdout.startswith("ALTERED: event 2 of case RC-7K2M9P4V: was altered after"), (
        altered.stdout
    )
    (finding,) = json.loads(run(settings, "audit", "verify", "--json").stdout)["findings"]
    assert (finding["table"], finding["key"], finding["case"]) == ("event", "2", "RC-7K2M9P4V")

    assert run(settings, "restore", str(tmp_path / "backup.tar"), "--force").returncode == 0
    restored = run(settings, "audit", "verify", "--head", head)
    assert restored.returncode == 0, restored.stdout
    (data / "secret-key").write_text("another key of sixteen bytes or more")
    lost = run(settings, "audit", "verify")
    assert (lost.returncode, len(lost.stderr.splitlines())) == (1, 1)
    assert "RECOURSE_SECRET_KEY" in lost.stderr
