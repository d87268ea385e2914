"""Reads the test sentences: ``<language>.tsv`` with severity, kind and text; ``calm`` is no danger."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sentence:
    expected: str  # critical, high or calm
    kind: str
    text: str


def languages():
    return sorted(path.stem for path in HERE.glob("*.tsv"))


def sentences(language):
    lines = (HERE / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [Sentence(*line.split("\t")) for line in lines if line and not line.startswith("#")]
