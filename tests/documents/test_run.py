"""What is marked to be run works: each page's ``sh`` blocks, in order, in a data folder that was not there.

Mutation: write ``--role clerk`` in docs/operator.md, or restore there before the backup is made.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.reading import NAMES, ROOT, read, words
from tests.end_to_end.running import without_models


def runnable(name: str) -> list[str]:
    return [
        line for block in read(name).blocks if block.language == "sh" for line in block.lines if line.strip()
    ]


PAGES = {name: lines for name in NAMES if (lines := runnable(name))}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_done_from_top_to_bottom(name: str, tmp_path: Path) -> None:
    """By a program of its own, whose working directory is empty."""
    apart = {"RECOURSE_MODELS_DIR": str(ROOT / "bot/rasa/models"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.documents.one_page"], env=without_models(tmp_path / "var", **apart),
        cwd=tmp_path, input="\n".join(PAGES[name]), capture_output=True, text=True, check=False, timeout=50,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert [line[2:] for line in done.stdout.splitlines() if line.startswith("$ ")] == PAGES[name]


def test_there_is_something_to_run() -> None:
    """The operator's first day, with a backup that is restored."""
    commands = [(words(line, "recourse") or [""])[0] for line in PAGES["docs/operator.md"]]
    assert {"doctor", "user", "backup", "restore", "audit", "retention"} <= set(commands)
