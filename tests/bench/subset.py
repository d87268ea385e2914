"""A part of the examples, for whoever cannot wait for stock Rasa to learn them all."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import Any

import yaml


def thin(data: Path, into: Path, every: int) -> int:
    """Write every so manieth example of each language and intent into a fresh folder; how many there are."""
    shutil.rmtree(into, ignore_errors=True)
    kept = 0
    for folder in sorted(folder for folder in data.iterdir() if folder.name != "golden"):
        places: dict[str, count[int]] = {}
        for file in sorted(folder.glob("*.yml")):
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            content["nlu"] = [
                _thinned(group, places.setdefault(_name(group), count()), every) for group in content["nlu"]
            ]
            content["nlu"] = [group for group in content["nlu"] if group["examples"]]
            kept += sum(len(examples(group)) for group in content["nlu"])
            if content["nlu"]:
                (into / folder.name).mkdir(parents=True, exist_ok=True)
                text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
                (into / folder.name / file.name).write_text(text, encoding="utf-8")
    return kept


def examples(group: dict[str, Any]) -> list[Any]:
    """A group's examples, in either of Rasa's two ways to write them: a text with dashes, or a list."""
    listed = group["examples"]
    return listed.splitlines() if isinstance(listed, str) else list(listed)


def _name(group: dict[str, Any]) -> str:
    return next(str(value) for key, value in group.items() if key != "examples")


def _thinned(group: dict[str, Any], places: count[int], every: int) -> dict[str, Any]:
    if "intent" not in group:
        return group
    chosen = [example for example in examples(group) if next(places) % every == 0]
    return {
        **group,
        "examples": "".join(f"{e}\n" for e in chosen) if isinstance(group["examples"], str) else chosen,
    }
