"""docs/privacy.md names every table, and what it says of each is so.

Mutation: take a row out of its table, or add a table to `bot.tables`.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlmodel import SQLModel

from bot import tables  # noqa: F401  (fills the metadata)
from bot.privacy import holdings

DOCUMENT = (Path(__file__).parents[2] / "docs/privacy.md").read_text(encoding="utf-8")


def rows() -> dict[str, str]:
    found = {}
    for line in DOCUMENT.splitlines():
        if line.startswith("| `") and line.count("|") == 5:
            names, *_, after = (cell.strip() for cell in line.strip("|").split("|"))
            found |= dict.fromkeys(re.findall(r"`(\w+)`", names), after)
    return found


def test_every_table_is_there() -> None:
    program = {name for name in SQLModel.metadata.tables if not name.startswith("test_")}
    assert set(rows()) == program


def test_what_goes_goes_and_what_stays_stays() -> None:
    told = rows()
    assert {name for name in holdings.DELETED if not told[name].startswith("goes")} == set()
    assert {name for name in holdings.KEPT if not told[name].startswith("stays")} == set()


def test_no_column_of_a_persons_table_is_forgotten() -> None:
    """What is emptied is every text that is neither a code nor a link."""
    kept = {
        f"{table.name}.{column.name}"
        for table in holdings.linked()
        if table.name not in holdings.DELETED | holdings.KEPT
        for column in table.columns
        if column.name
        in ("remark", "text", "comment", "body", "reasons", "title", "outcome", "reason", "name", "path")
        and column not in holdings.emptied(table).columns
    }
    assert kept == set()
