"""The golden examples, which no model is trained on: what to ask both sides, and what is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.bench.subset import examples

COMPLAINTS = frozenset({"file_complaint", "reopen_complaint", "other_complaint", "abuse"})
"""The intents that state a dissatisfaction: those of `complaints` in bot/rasa/config.yml."""

_ENTITY = re.compile(r"\[([^\]]+)\]\([^)]+\)")  # [kettle](product)


@dataclass(frozen=True)
class Example:
    """A message and its intent."""

    text: str
    intent: str


def read(folder: Path) -> list[Example]:
    """All examples of a folder's files, in the order of the files."""
    return [example for file in sorted(folder.glob("*.yml")) for example in _of_file(file)]


def _of_file(file: Path) -> Iterator[Example]:
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
        for example in examples(group):
            text = example.removeprefix("- ") if isinstance(example, str) else example["text"]
            yield Example(_ENTITY.sub(r"\1", text).strip(), group["intent"])
