"""Measures how the figures of triage grow with the number of examples, for docs/triage.md.

    make learning-curve EVAL=../shared/eval

Trains on every eighth, fourth and second example of each language and intent, and on all of them, and sorts
the same labelled messages with each model (see figures.py). The hazard rules are the same in every row.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.subset import thin
from tests.offline_triage.figures import DOCUMENT, ROOT, between, measure, row, table

BEGIN, END = "<!-- curve: made by `make learning-curve` -->", "<!-- end of the curve -->"
EVERY = (8, 4, 2, 1)
SEVERITY = (
    ("injuries called critical", "critical_recall_coded_injury"),
    ("hard: critical found", "critical_recall_hard"),
    ("ordinary called critical", "false_critical_ordinary"),
)


def main() -> None:
    DOCUMENT.write_text(between(BEGIN, END, rows(Path(sys.argv[1]))), encoding="utf-8")


def rows(folder: Path) -> Iterator[str]:
    yield from table("examples", "complaint or not, F1", "intents, F1", *(what for what, _ in SEVERITY))
    for every in EVERY:
        with tempfile.TemporaryDirectory() as work:
            kept = thin(ROOT / "nlu_data", Path(work, "data"), every)
            models = train(Path(work, "data"), Path(work, "models"))
            complaint, intent, severity = (
                measure(folder, name, models)[0] for name in ("complaint", "intent", "severity")
            )
        rates = ("critical_recall_coded_injury", "critical_recall_hard", "false_critical_ordinary")
        yield row(
            kept, complaint["macro_f1"], intent["macro_f1"], *(severity[rate]["rate"] for rate in rates)
        )


def train(data: Path, models: Path) -> Path:
    """The folder of a model made from these examples only."""
    folders = {"RECOURSE_NLU_DATA_DIR": str(data), "RECOURSE_MODELS_DIR": str(models)}
    command = [sys.executable, "-m", "bot", "train"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **folders})
    return models


if __name__ == "__main__":
    main()
