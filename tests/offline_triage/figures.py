"""Measures `recourse triage` on a folder of labelled messages and writes the figures into docs/triage.md.

    make triage-figures EVAL=../shared/eval

The folder has `complaint`, `intent`, `severity` and `language` as JSON lines, and `score.py`, which alone
sees the labels. What is between the two marks in the document is replaced; the words around are a person's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.present_model import present_models

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/triage.md"
BEGIN, END = "<!-- figures: made by `make triage-figures` -->", "<!-- end of the figures -->"
PROCESSES = "2"
Score = Mapping[str, Any]


def main() -> None:
    folder = Path(sys.argv[1])
    scores: dict[str, Score] = {}
    speeds: dict[str, float] = {}
    for name in ("complaint", "intent", "severity", "language"):
        scores[name], speeds[name] = measure(folder, name, present_models())
    DOCUMENT.write_text(between(BEGIN, END, report(scores, speeds)), encoding="utf-8")


def between(begin: str, end: str, lines: Iterable[str]) -> str:
    """The document with these lines between two of its marks."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    return before + "\n".join([begin, "", *lines, "", end]) + rest.partition(end)[2]


def measure(folder: Path, name: str, models: Path) -> tuple[Score, float]:
    """What score.py says of one file, and the seconds it took with the model in service there."""
    asked = folder / f"{name}.jsonl"
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as predicted:
        began = time.monotonic()
        command = [sys.executable, "-m", "bot", "triage", str(asked), "--processes", PROCESSES]
        environment = {**os.environ, "RECOURSE_MODELS_DIR": str(models)}
        subprocess.run(command, check=True, stdout=predicted, cwd=ROOT, env=environment)
        took = time.monotonic() - began
        score = [sys.executable, str(folder / "score.py"), str(asked), predicted.name]
        return json.loads(subprocess.run(score, check=True, capture_output=True, text=True).stdout), took


def report(scores: Mapping[str, Score], speeds: Mapping[str, float]) -> Iterator[str]:
    complaint, intent, severity, language = (
        scores[name] for name in ("complaint", "intent", "severity", "language")
    )
    model = json.loads((present_models() / "current.json").read_text(encoding="utf-8"))["digest"]
    supported, short = language["supported"], language["supported"]["by_length"]["1-2 words"]
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d} with model `{model}`, made from {examples()} examples."
    yield from table("what", "messages", "figure", "floor", "aim")
    yield row("complaint or not, macro-F1", complaint["n"], complaint["macro_f1"], 0.72, 0.82)
    yield row("intents, macro-F1", intent["n"], intent["macro_f1"], 0.60, 0.75)
    for what, key, floor, aim in (
        ("coded injuries called critical", "critical_recall_coded_injury", "0.95", "0.99"),
        ("product hazards called at least high", "hazard_at_least_high", "0.90", "0.98"),
        ("ordinary complaints called critical", "false_critical_ordinary", "≤ 0.01", "≤ 0.002"),
        ("hard cases: critical found", "critical_recall_hard", "0.80", "0.95"),
        ("hard cases: others called critical", "false_critical_hard", "≤ 0.10", "≤ 0.03"),
    ):
        found = severity[key]
        count = f"{found['rate']} ({round(found['rate'] * found['n'])} of {found['n']})"
        yield row(what, found["n"], count, floor, aim)
    yield row("language, supported ones", supported["n"], supported["accuracy"], 0.97, 0.99)
    yield row("language, of one or two words", short["n"], short["accuracy"], 0.88, 0.95)
    yield row("language, with those not supported", language["n"], language["accuracy"], "", "")
    yield from heading("Complaint or not, by language and by source")
    for key in ("by_lang", "by_source"):
        yield from table(key.removeprefix("by_"), "messages", "accuracy", "macro-F1")
        yield from (row(k, g["n"], g["accuracy"], g["macro_f1"]) for k, g in complaint[key].items())
    yield from heading("Intents, by class and by language")
    yield from table("intent", "F1")
    yield from (row(name, f1) for name, f1 in intent["f1"].items())
    yield from table("language", "messages", "accuracy", "macro-F1")
    yield from (row(k, g["n"], g["accuracy"], g["macro_f1"]) for k, g in intent["by_lang"].items())
    yield from ("", "Confused most often (truly -> said): " + "; ".join(intent["confused"]) + ".")
    yield from heading("Language, by language and by length")
    for key in ("by_lang", "by_length"):
        yield from table(key.removeprefix("by_"), "messages", "accuracy")
        yield from (row(k, g["n"], g["accuracy"]) for k, g in language[key].items())
    yield from heading("Speed")
    yield f"Processes: {PROCESSES}. Seconds for each file, with start and loading of the model:"
    yield from table("file", "messages", "seconds")
    sizes = {"complaint": complaint["n"], "intent": intent["n"], "language": language["n"]}
    yield from (row(name, sizes.get(name, ""), f"{took:.1f}") for name, took in speeds.items())


def heading(text: str) -> tuple[str, ...]:
    return ("", f"### {text}")


def table(*columns: str) -> tuple[str, ...]:
    return ("", row(*columns), row(*("---" for _ in columns)))


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def examples() -> int:
    files = (ROOT / "nlu_data").rglob("*.yml")
    lines = (f.read_text(encoding="utf-8").splitlines() for f in files if "golden" not in f.parts)
    return sum(line.lstrip().startswith("- ") and "- intent:" not in line for f in lines for line in f)


if __name__ == "__main__":
    main()
