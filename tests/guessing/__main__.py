"""100,000 look-ups and guesses; docs/proof.md tells what was seen.

    make guess               three processes side by side, each with its own database
    make guess GUESSES=20000

Ends with status 1 if an answer or a time carries a signal, or a cap does not hold.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

from complaints import proof
from tests.end_to_end.running import ROOT
from tests.guessing.guessing import ASKED, WHERE, Found, Sent
from tests.guessing.processes import CASES, FLOOD, PER_HOUR, PROBES, flood, measure

DOCUMENT = ROOT / "docs/proof.md"
_BEGIN, _END = "<!-- made by `make guess` -->", "<!-- end of what `make guess` made -->"
_PROCESSES = 3


def main() -> None:
    """Guess, write down what was seen, and fail on what is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--guesses", type=int, default=100_000)
    options = parser.parse_args()
    capped = 2 * ASKED * PROBES
    each = max(0, options.guesses - capped) // _PROCESSES + 1
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
        parts = [pool.submit(measure, each, seed) for seed in range(_PROCESSES)]
        caps = pool.submit(flood)
        found, out = Found(), []
        for part in parts:
            seen, left = part.result()
            found.add(seen)
            out.append(left)
        under_caps, left = caps.result()
    found.add(under_caps, times=False)
    wrong = list(_wrong(found, out, left))
    lines = list(_told(found, out, left))
    _write(lines)
    print(*lines, *wrong, sep="\n")
    sys.exit(1 if wrong else 0)


def _wrong(found: Found, out: list[Sent], capped: Sent) -> Iterator[str]:
    if found.answers[True] != found.answers[False]:
        yield "answers differ"
    for what in ("look-up", "code"):
        times = found.compare(what)
        if not times.could_hear:
            yield f"{what}: the times are too coarse to tell anything"
        if times.heard:
            yield f"{what}: times carry a signal"
    if max(part.most_for_one for part in [*out, capped]) > proof.SENDS_PER_CASE:
        yield "a customer was sent too many codes"
    if capped.codes > PER_HOUR:
        yield "too many codes in an hour"
    if capped.most_asked_by_one > proof.ASKS_PER_ADDRESS:
        yield "somebody asked too often"
    if sum(part.proved for part in [*out, capped]) != found.by_chance:
        yield "something was proved without a code"


def _told(found: Found, out: list[Sent], capped: Sent) -> Iterator[str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    yield (
        f"Measured on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit `{commit.stdout.strip()}`, by "
        f"`make guess`, {_PROCESSES} processes on {os.cpu_count()} cores, in processor time, on SQLite."
    )
    yield ""
    lookups, same = found.asked // ASKED, found.answers[True] == found.answers[False]
    yield (
        f"**{found.asked:,} times asked**: {lookups:,} look-ups and {found.asked - lookups:,} codes, half of "
        f"them for references that exist. Different conversations heard: {len(found.answers[True])} about "
        f"those that exist and {len(found.answers[False])} about those that do not, one for each of "
        f"{len(WHERE)} ways to ask; {'the same ones, as often' if same else 'NOT the same ones'}. "
        f"Codes guessed by chance: {found.by_chance}."
    )
    yield ""
    yield "| what | where | pairs | median | existing slower by | chance | alike (K-S) | would be found |"
    yield "|---|---|---|---|---|---|---|---|"
    for what in ("look-up", "code"):
        for where in (None, *WHERE):
            times = found.compare(what, where)
            yield (
                f"| {what} | {where or '**all**'} | {len(times.existing):,} | {times.median * 1e3:.2f} ms "
                f"| {times.shift:+.2%} | {times.chance:.2g} | {times.apart:.2g} "
                f"| {'yes' if times.could_hear else 'no: too few'} |"
            )
    yield ""
    most = max(part.most_for_one for part in [*out, capped])
    yield (
        f"Sent: {sum(part.codes for part in out):,} codes (the cap in all lifted), never more than {most} to "
        f"one customer (cap: {proof.SENDS_PER_CASE} a day). Under the usual cap of {PER_HOUR} an hour, "
        f"{PROBES} look-ups of {CASES} cases sent {capped.codes}. Of {FLOOD} look-ups "
        f"from one conversation, and as many from one address, at most {capped.most_asked_by_one} were kept "
        f"(caps: {proof.ASKS_PER_CONVERSATION} a day and {proof.ASKS_PER_ADDRESS} an hour)."
    )


def _write(lines: list[str]) -> None:
    before, begun, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not begun or not ended:
        raise ValueError(f"docs/proof.md has lost its marks: {_BEGIN} and {_END}")
    DOCUMENT.write_text("\n".join([before + _BEGIN, "", *lines, "", _END]) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
