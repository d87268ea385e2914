"""Has labelled examples parsed in Rasa's environment, and judges them as triage does: by rules and model."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.backlog.rows import Row
from bot.backlog.verdict import judge
from bot.engine_home import HOME, engine_python
from bot.evaluation.figures import CRITICAL, Outcome
from bot.settings import Settings

FOLDS = "folds"
"""Who made the outcomes of the cross-validation; all others were made by the model of that digest."""

_UNSURE = "nlu_fallback"


class MeasuringFailed(Exception):
    """The examples could not be parsed. The text is for the operator; the engine's own words stand above."""


def measure(
    settings: Settings, archives: Sequence[Path], folds: int, say: Callable[[str], None]
) -> dict[str, list[Outcome]]:
    """The outcomes on the golden examples by each model's digest, and of the cross-validation, by `FOLDS`.

    Raises `MeasuringFailed`, and `EngineMissing` if there is no environment to parse in.
    """
    command = [str(engine_python(settings)), str(HOME / "measure.py"), "--data"]
    command += [str(settings.nlu_data_dir.resolve()), "--folds", str(folds)]
    for archive in archives:
        command += ["--model", str(archive.resolve())]
    outcomes: dict[str, list[Outcome]] = {}
    with (
        tempfile.TemporaryFile("w+") as grumbling,  # Rasa is talkative; its words matter only when it fails
        subprocess.Popen(  # noqa: S603 - our own program and paths
            command, stdout=subprocess.PIPE, stderr=grumbling, text=True, encoding="utf-8"
        ) as parser,
    ):
        assert parser.stdout is not None
        for line in parser.stdout:
            found = json.loads(line)
            if "told" in found:
                say(f"  {found['told']}")
            else:
                outcomes.setdefault(found["by"], []).append(_outcome(found))
        if parser.wait() != 0:
            grumbling.seek(0)
            say(grumbling.read().rstrip())
            raise MeasuringFailed("the examples could not be parsed: mend what stands above, or train anew")
    return outcomes


def _outcome(found: dict[str, Any]) -> Outcome:
    parse = found["parse"]
    verdict = judge(Row("", found["text"]), parse, found["by"])
    return Outcome(
        language=found["language"],
        intent=found["intent"],
        severity=found["severity"],
        category=found["category"],
        said_language=verdict.language,
        said_intent=parse["ranking"][0]["name"] if parse["ranking"] else _UNSURE,
        said_severity=verdict.severity.value,
        said_category=verdict.category.value,
        said_critical=verdict.complaint and verdict.severity.value == CRITICAL,
        unsure=parse["intent"] == _UNSURE,
    )
