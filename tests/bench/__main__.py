"""Measures this pipeline and program beside stock Rasa, and writes the figures into docs/bench.md.

    make bench            turns: both sides have all examples, and stock Rasa five epochs, for how long a
                          turn takes does not depend on how often the examples were gone through
    make bench QUICK=1    turns and understanding: every tenth example, and 20 epochs
    make bench WHOLE=1    turns and understanding: all examples, and the 100 epochs that Rasa proposes: hours
    .venv/bin/python -m tests.bench --keep --only turns     one part, with the models of the last run
    .venv/bin/python -m tests.bench --only cpu              the processor's time for one of our messages,
                                                            with the models in service; not written down

Both sides have the same examples, rules and texts, run one after the other on the same cores, several times
in turn; a figure is the median of the rounds, with the least and the greatest.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import responses
from tests.bench import document, golden, subset
from tests.bench.cpu import spent
from tests.bench.document import row, table
from tests.bench.scores import spread
from tests.bench.sides import ROOT, WORK, Trained, train_ours, train_stock
from tests.bench.turns import compare
from tests.bench.understanding import Understanding, measure, serve_ours, serve_stock

ROUNDS = 3
TURNS = {"every": 1, "epochs": 5}
QUICK = {"every": 10, "epochs": 20}
WHOLE = {"every": 1, "epochs": 100}


def main() -> None:
    """Train both, measure both, print and write down."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="learn less, on both sides; understanding, too")
    size.add_argument("--whole", action="store_true", help="learn everything; understanding, too")
    parser.add_argument("--keep", action="store_true", help="the models of the last run, not trained again")
    parser.add_argument("--only", choices=("understanding", "turns", "cpu"), help="one part")
    options = parser.parse_args()
    suffix = ", quick" * options.quick
    WORK.mkdir(parents=True, exist_ok=True)
    if options.only == "cpu":
        print("\n".join(spent(ROOT / "bot/rasa/models")), flush=True)
        return
    amount = QUICK if options.quick else WHOLE if options.whole else TURNS
    models = Models.read() if options.keep else train_both(**amount)
    if options.only == "understanding" or (amount is not TURNS and options.only is None):
        conclude(f"understanding{suffix}", models, understanding(models))
    if options.only != "understanding":
        conclude(f"turns{suffix}", models, compare(models.ours.model.parent, models.stock.model, ROUNDS))


@dataclass(frozen=True)
class Models:
    """What both sides have learnt from, and what came of it."""

    examples: int
    every: int
    epochs: int
    ours: Trained
    stock: Trained

    def __str__(self) -> str:
        share = "all there are" if self.every == 1 else f"every {self.every}th"
        return f"Both learnt from {self.examples:,} examples ({share}), stock Rasa in {self.epochs} epochs."

    def write(self) -> None:
        """Keep the figures beside the models."""
        _KEPT.write_text(json.dumps(asdict(self), default=str), encoding="utf-8")

    @classmethod
    def read(cls) -> Models:
        """Those of the last run."""
        kept = json.loads(_KEPT.read_text(encoding="utf-8"))
        for side in ("ours", "stock"):
            kept[side] = Trained(**kept[side] | {"model": Path(kept[side]["model"])})
        return cls(**kept)


_KEPT = WORK / "models.json"


def conclude(part: str, models: Models, lines: Iterable[str]) -> None:
    """Print, and write into the document."""
    found = [str(models), *lines]
    document.replace(part, [*document.circumstances(), "", *found])
    print("\n".join(found), flush=True)


def train_both(every: int, epochs: int) -> Models:
    """Ours first: if it fails, it does so within a minute."""
    kept, texts = subset.thin(ROOT / "nlu_data", WORK / "data", every), WORK / "responses.yml"
    responses.generate(texts)
    print("training ours", flush=True)
    ours = train_ours(WORK / "data", texts)
    print(f"  {ours.seconds:.0f} s; training stock", flush=True)
    stock = train_stock(WORK / "data", texts, epochs)
    print(f"  {stock.seconds:.0f} s", flush=True)
    models = Models(kept, every, epochs, ours, stock)
    models.write()
    return models


def understanding(models: Models) -> Iterator[str]:
    """The table of part one."""
    examples = golden.read(ROOT / "nlu_data/golden")
    we, they = Understanding(models.ours), Understanding(models.stock)
    for number in range(ROUNDS):
        print(f"understanding, round {number + 1} of {ROUNDS}", flush=True)
        measure(they, lambda: serve_stock(models.stock.model), examples)
        measure(we, lambda: serve_ours(models.ours.model.parent), examples)
    yield from table(f"{len(examples)} golden examples, {ROUNDS} rounds", "stock Rasa", "ours")
    yield row("intents, macro-F1 of the first guess", f"{they.intents:.3f}", f"{we.intents:.3f}")
    yield row("complaint or not, macro-F1", f"{they.complaints:.3f}", f"{we.complaints:.3f}")
    yield row("not sure enough to say (`nlu_fallback`)", f"{they.fallbacks:.1%}", f"{we.fallbacks:.1%}")
    for what, theirs, mine, digits in (
        ("training, s", [they.trained.seconds], [we.trained.seconds], 0),
        ("memory in training, MB", [they.trained.megabytes], [we.trained.megabytes], 0),
        ("start until the first message is parsed, s", they.start, we.start, 1),
        ("parsing a message over HTTP, median, ms", they.median, we.median, 1),
        ("parsing a message over HTTP, p95, ms", they.p95, we.p95, 1),
        ("resident memory of the server afterwards, MB", they.megabytes, we.megabytes, 0),
    ):
        yield row(what, spread(theirs, digits), spread(mine, digits))


if __name__ == "__main__":
    main()
