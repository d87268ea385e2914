"""docs/reports.md: what is between two marks is replaced by the command, the words around are a person's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from handoff.reports.indicators import INDICATORS
from tests.reports.comparing import Compared
from tests.scale.document import circumstances

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/reports.md"


def definitions() -> list[str]:
    """Every indicator as a row."""
    return [
        "| indicator | unit | better | day of | what it is |",
        "|---|---|---|---|---|",
        *(
            f"| `{each.code}` | {each.unit} | {each.better or ''} | {each.day} | {each.definition} |"
            for each in INDICATORS.values()
        ),
    ]


def results(cases: int, found: dict[str, Sequence[Compared]], times: dict[str, Sequence[str]]) -> list[str]:
    """The year's figures of each database beside the counts, and how long they took."""
    lines = [*circumstances(), ""]
    for database, compared in found.items():
        equal = sum(each.equal for each in compared)
        lines.append(
            f"- {database}, {cases:,} cases: {equal:,} of {len(compared):,} figures equal their counts. "
            f"{'; '.join(times[database])}."
        )
    first = next(iter(found.values()))
    whole = [each for each in first if each.part == first[0].part]
    lines += ["", "| indicator | of the year | counted | rests on |", "|---|--:|--:|--:|"]
    lines += [f"| `{c.code}` | {_plain(c.ours)} | {_plain(c.counted)} | {c.of:,} |" for c in whole]
    return lines


def replace(part: str, lines: Iterable[str]) -> None:
    """Put the lines between the marks of a part of the document."""
    begin, end = f"<!-- {part}: made by `make report-check` -->", f"<!-- end of {part} -->"
    before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"docs/reports.md has lost its marks: {begin} and {end}")
    DOCUMENT.write_text("\n".join([before + begin, "", *lines, "", end]) + after, encoding="utf-8")


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")
