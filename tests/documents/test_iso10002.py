"""The table of ISO 10002 is whole and true: every clause, no empty cell, every test that it names exists.

Mutation: take the row of 7.6 out of ``docs/iso10002.md``; or empty a cell; or rename a test that it names.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/iso10002.md").read_text(encoding="utf-8")

CLAUSES = [
    *(f"4.{n}" for n in range(1, 16)),
    *(f"5.{n}" for n in range(1, 5)),
    *(f"6.{n}" for n in range(1, 5)),
    *(f"7.{n}" for n in range(1, 10)),
    *(f"8.{n}" for n in range(1, 8)),
]
"""Of ISO 10002:2018, from its contents list."""

HONEST = re.compile(r"organisational|later|the rows below", re.IGNORECASE)
"""What a row may say instead of a test."""


def rows() -> list[list[str]]:
    """The cells of each row of each table."""
    found = []
    for line in TEXT.splitlines():
        if line.startswith("|") and not set(line) <= set("|- "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells[-1] not in ("shown by", "report"):
                found.append(cells)
    return found


def named() -> set[tuple[str, str]]:
    return set(re.findall(r"`((?:\w+/)+test_\w+\.py)(?:::(\w+))?`", TEXT))


def test_every_clause_has_one_row() -> None:
    """In the order of the standard, none twice."""
    assert [row[0].split()[0] for row in rows() if re.match(r"\d\.\d", row[0])] == CLAUSES


def test_no_cell_is_empty_and_each_row_shows_something() -> None:
    """A test, or a plain word that it is somebody else's to do or comes later."""
    for row in rows():
        assert len(row) == 3, row
        assert all(row), row
        assert "test_" in row[2] or HONEST.search(row[2]), row


def test_every_test_that_is_named_exists() -> None:
    """File and function; and there are many."""
    assert len(named()) > 50
    for file, function in named():
        path = ROOT / "tests" / file
        assert path.exists(), file
        if function:
            parsed = ast.parse(path.read_text(encoding="utf-8"))
            names = {
                n.name for n in ast.walk(parsed) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            assert function in names, f"{file}::{function}"


def test_the_process_is_followed_and_not_certified() -> None:
    """Nothing here claims more than the program can."""
    assert not re.search(r"\b(certified|compliant|conformant|conforms)\b", TEXT, re.IGNORECASE)
