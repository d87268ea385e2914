"""How good the suggestions of repeats and duplicates are, into docs/recurrence.md: `make suggesting-figures`.

The tuning corpus is what the weights were tried on; the held-out one has other matters, products, people and
languages, and nothing was tried on it. ``--tuning`` measures the first alone and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bot.db import Database
from tests.conftest import create_tables
from tests.suggesting.document import put
from tests.suggesting.measuring import HEAD, Figures, measure
from tests.suggesting.seeds import Corpus

TUNING, HELD_OUT = ("tuning", 1), ("held_out", 20_000)


async def figures(name: str, seed: int, *, ordinary: int = 5000, planted: int = 300) -> Figures:
    """Of a corpus of this file and seed, on SQLite."""
    corpus = Corpus(name, seed, ordinary, planted)
    with tempfile.TemporaryDirectory() as folder:
        async with await Database.open(f"sqlite:///{Path(folder)}/suggesting.db") as database:
            await database.run(create_tables)
            await database.run(corpus.fill)
            return await database.read(measure, corpus, 2 * planted if planted > 100 else planted)


def main() -> None:
    read = argparse.ArgumentParser()
    read.add_argument("--tuning", action="store_true")
    asked = read.parse_args()
    lines = list(HEAD)
    for name, seed in (TUNING,) if asked.tuning else (TUNING, HELD_OUT):
        found = asyncio.run(figures(name, seed))
        lines.append(found.line(name.replace("_", "-")))
        sys.stderr.write(f"{name}: {found.milliseconds:.1f} ms a case\n")
    sys.stdout.write("\n".join(lines) + "\n")
    if not asked.tuning:
        put("suggestions", lines)


if __name__ == "__main__":
    main()
