"""The measured parts of docs/recurrence.md, each between two marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "recurrence.md"


def put(name: str, lines: Sequence[str]) -> None:
    """Put a measured part in place of the one before."""
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->"
    before, _, rest = _PAGE.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    body = "\n".join(lines)
    _PAGE.write_text(f"{before}{begin}\n{body}\n\n{end}{after}", encoding="utf-8")
