"""What a model is made from, so that it can be told years later."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from model_store import Description, moment, sha256

NOT_LEARNT = "golden"
"""The folder below the data that is for measuring, and so is never learnt from."""

LIBRARIES = ("rasa", "scikit-learn", "numpy", "python-crfsuite")


@dataclass(frozen=True)
class Sources:
    """Everything a model is made from: the trainers' examples, and the program around them."""

    folder: Path
    rules: Sequence[Path]
    domain: Sequence[Path]
    config: Path
    components: Sequence[Path]

    @property
    def examples(self) -> list[Path]:
        """The files with examples, but for those held out."""
        files = self.folder.rglob("*.yml")
        return sorted(file for file in files if NOT_LEARNT not in file.relative_to(self.folder).parts)

    @property
    def digest(self) -> str:
        """Of everything; it is the model's name."""
        return _digest([*self.examples, *self._program])

    @property
    def data(self) -> str:
        """Of the examples alone."""
        return _digest(self.examples)

    @property
    def program(self) -> str:
        """Of everything else. Models that differ in it do not suit the same running program."""
        return _digest(self._program)

    @property
    def _program(self) -> list[Path]:
        return [*self.rules, *self.domain, self.config, *self.components]


def description(sources: Sources, model: Path, seconds: float | None) -> Description:
    """What this model is made from. `seconds`: how long its training took, None if nobody looked."""
    counts: dict[str, Counter[str]] = {}
    for file in sources.examples:
        place = file.relative_to(sources.folder)
        language = place.parts[0] if len(place.parts) > 1 else "any"
        counts.setdefault(language, Counter()).update(_examples(file))
    config = yaml.safe_load(sources.config.read_text(encoding="utf-8"))
    return {
        "digest": sources.digest,
        "program": sources.program,
        "data": sources.data,
        "trained_at": moment(model.stat().st_mtime),
        "seconds": None if seconds is None else round(seconds, 1),
        "sha256": sha256(model),
        "examples": sum(counted.total() for counted in counts.values()),
        "counts": {language: dict(sorted(counted.items())) for language, counted in counts.items()},
        "files": [
            {"path": str(file.relative_to(sources.folder)), "sha256": sha256(file)}
            for file in sources.examples
        ],
        "pipeline": [step["name"] for step in config["pipeline"]],
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    }


def _digest(files: Iterable[Path]) -> str:
    """Of names and contents, but not folders: the same project elsewhere gives the same model."""
    whole = hashlib.sha256(version("rasa").encode())
    for file in files:
        whole.update(file.name.encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _examples(file: Path) -> Counter[str]:
    """How many examples of each intent are in a file of Rasa's format."""
    counted: Counter[str] = Counter()
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for block in (content or {}).get("nlu") or ():
        if "intent" in block:
            listed = block.get("examples") or ()
            lines = listed.splitlines() if isinstance(listed, str) else listed
            counted[block["intent"]] += sum(
                not isinstance(line, str) or line.lstrip().startswith("-") for line in lines
            )
    return counted
