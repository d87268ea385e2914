"""Measures what is read from labelled turns of conversations: precision and recall of each detail.

    .venv/bin/python -m tests.offline_triage.details FILE [--halves] [--errors]

FILE has JSON lines: {"id", "language", "country", "now", "turns": [{"text", "asked", "expect": {...}}]}.
A value expected is a text or a list of texts any of which will do; "*" stands for what people may see either
way, and counts for nothing. What is not expected must not be found. `--halves` splits the conversations in
two by a digest of their id, so that whoever mends looks at the errors of one half only (`--errors` lists
those of half A) and the other still says how much was learnt.

No model is asked: products are those that are well known, as they are found where the model marks none.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from actions.details import as_name, as_product, find_details, find_product

KINDS = ("order", "amount", "currency", "date", "product", "name", "phone", "email", "remedy")
_EITHER_WAY = "*"


@dataclass
class Counts:
    """How often a detail was found as expected, was found otherwise, and was missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The part of what was found that is true; 1 if nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The part of what was said that was found; 1 if nothing was said."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass
class Measure:
    """The counts of each detail, and each error as (id, turn, detail, expected, found)."""

    turns: int = 0
    of: dict[str, Counts] = field(default_factory=lambda: {kind: Counts() for kind in KINDS})
    errors: list[tuple[str, int, str, Any, str | None]] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    parser.add_argument("--halves", action="store_true", help="a table for each half of the conversations")
    parser.add_argument("--errors", action="store_true", help="list the errors, with --halves of half A only")
    options = parser.parse_args()
    conversations = list(read(options.file))
    groups: dict[str, list[Mapping[str, Any]]] = {"all": conversations}
    if options.halves:
        groups = {name: [c for c in conversations if half(c["id"]) == name] for name in "AB"}
    for name, group in groups.items():
        measured = measure(group)
        heading = f"\n{name}: {len(group)} conversations, {measured.turns} turns\n"
        sys.stdout.write("\n".join([heading, *table(measured)]) + "\n")
        if options.errors and name != "B":
            sys.stderr.writelines(" | ".join(map(str, error)) + "\n" for error in measured.errors)


def read(file: Path) -> Iterator[Mapping[str, Any]]:
    """The conversations of a file of JSON lines."""
    with file.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def half(identity: str) -> str:
    """``A`` or ``B``, always the same for the same conversation."""
    return "AB"[hashlib.sha256(identity.encode()).digest()[-1] % 2]


def measure(conversations: Iterable[Mapping[str, Any]]) -> Measure:
    """Read every turn as the dialogue would, and compare."""
    result = Measure()
    for conversation in conversations:
        now = datetime.datetime.fromisoformat(conversation["now"])
        for number, turn in enumerate(conversation["turns"]):
            result.turns += 1
            found = said(
                turn["text"], conversation["language"], now, conversation["country"], turn.get("asked")
            )
            expect = turn.get("expect", {})
            for kind in KINDS:
                outcome = _compare(kind, expect.get(kind), found.get(kind))
                result.of[kind].right += outcome["right"]
                result.of[kind].wrong += outcome["wrong"]
                result.of[kind].missed += outcome["missed"]
                if outcome["wrong"] or outcome["missed"]:
                    result.errors.append(
                        (conversation["id"], number, kind, expect.get(kind), found.get(kind))
                    )
    return result


def said(text: str, language: str, now: datetime.datetime, country: str, asked: str | None) -> dict[str, str]:
    """What the dialogue takes from a turn, as texts."""
    details = find_details(text, language, now, country, asked)
    found = {kind: str(value) for kind, value in details.said().items()}
    if product := find_product(text, language) or (
        as_product(text, language) if asked == "product" else None
    ):
        found["product"] = product
    name_too = asked == "contact" and "name" not in found and not details.remedy
    if name_too and (name := as_name(text, language, country)):
        found["name"] = name
    return found


def table(measured: Measure) -> Iterator[str]:
    """The counts as rows of Markdown."""
    yield "| detail | said | found right | found wrong | precision | recall |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for kind, count in measured.of.items():
        yield (
            f"| {kind} | {count.right + count.missed} | {count.right} | {count.wrong} "
            f"| {count.precision:.3f} | {count.recall:.3f} |"
        )


def _compare(kind: str, expected: Any, found: str | None) -> Counter[str]:
    if expected == _EITHER_WAY:
        return Counter()
    accepted = [expected] if isinstance(expected, str) else expected or []
    if found is not None and any(_same(kind, value, found) for value in accepted):
        return Counter(right=1)
    return Counter(wrong=int(found is not None), missed=int(bool(accepted)))


def _same(kind: str, expected: str, found: str) -> bool:
    """Whether both name the same: of a product either may say more, of a phone number the country."""
    match kind:
        case "amount":
            return Decimal(expected) == Decimal(found)
        case "phone":
            return found.endswith(re.sub(r"\D", "", expected))
        case "product":
            one, other = (f" {' '.join(text.casefold().split())} " for text in (expected, found))
            return one in other or other in one
        case "order":
            one, other = (re.sub(r"[\W_]", "", text).casefold() for text in (expected, found))
            return one == other
        case _:
            return expected.casefold() == found.casefold()


if __name__ == "__main__":
    main()
