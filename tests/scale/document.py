"""docs/scale.md: what is between two marks is replaced by the command, the words around are a person's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.scale.measuring import Figure

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/scale.md"


@dataclass(frozen=True)
class Comparison:
    """The same questions at two sizes; ``rows`` of tables and ``faults`` of plans at the large one."""

    small: list[Figure]
    large: list[Figure]
    rows: dict[str, int]
    faults: list[str]


def table(found: Comparison, small: int, large: int) -> list[str]:
    """The figures as Markdown."""
    counted = ", ".join(f"{name} {count:,}" for name, count in found.rows.items())
    return [
        f"Rows at {large:,} cases: {counted}.",
        "",
        f"| ms | {small:,} cases: p50 | p95 | {large:,} cases: p50 | p95 | p95, ratio |",
        "| --- | --: | --: | --: | --: | --: |",
        *figures(found.small, found.large),
        "",
        f"Plans at {large:,} cases: {_verdict(found.faults)}",
    ]


def figures(small: list[Figure], large: list[Figure]) -> Iterator[str]:
    """A line for each question."""
    for few, many in zip(small, large, strict=True):
        name = few.name if few.promised else f"{few.name} ¹"
        yield (
            f"| {name} | {few.p50:.1f} | {few.p95:.1f} | {many.p50:.1f} | {many.p95:.1f} "
            f"| {many.p95 / few.p95:.1f} |"
        )


def _verdict(faults: Sequence[str]) -> str:
    if not faults:
        return "no big table is read whole, and none is sorted for the sake of a few rows."
    return f"{len(faults)} faults, such as `{faults[0][:160]}`."


def circumstances() -> list[str]:
    """When, at which commit, on what machine, and how busy it was."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit `{commit}`"
    load = f"{os.cpu_count()} cores, load of the machine over the last 15 minutes {os.getloadavg()[2]:.1f}"
    return [f"Measured on {when}; {load}."]


def replace(part: str, lines: Sequence[str]) -> None:
    """Put the lines between the marks of a part of the document."""
    begin, end = f"<!-- {part}: made by `make scale` -->", f"<!-- end of {part} -->"
    before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"docs/scale.md has lost its marks: {begin} and {end}")
    text = "\n".join([before + begin, "", *lines, "", end + after])
    DOCUMENT.write_text(text, encoding="utf-8")
