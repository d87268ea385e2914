"""A hundred years of noise, and products whose complaints double, into docs/recurrence.md.

``python -m tests.signals`` (`make signal-check`) takes a quarter of an hour; ``--quick`` a tenth.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import comb

from tests.signals.measuring import PROMISE, Planted, alarms_in_a_year
from tests.suggesting.document import put

WEEKLY = (5, 8, 12, 15, 20, 25, 30, 40)
_SEED = 20_000  # of the seeds that the method was tried on while it was made: below 20,000


def main() -> None:
    read = argparse.ArgumentParser()
    read.add_argument("--quick", action="store_true")
    read.add_argument("--processes", type=int, default=2)
    asked = read.parse_args()
    years, runs = (10, 30) if asked.quick else (100, 200)
    with ProcessPoolExecutor(asked.processes) as pool:
        lines = [*_noise(pool, years), "", *_rises(pool, runs)]
    sys.stdout.write("\n".join(lines) + "\n")
    if not asked.quick:
        put("signals", lines)


def _noise(pool: ProcessPoolExecutor, years: int) -> list[str]:
    lines = [
        f"| {years} years, each of another operator | alarms | a year | most in a year | years with none |",
        "|---|---|---|---|---|",
    ]
    for name, lifelike in (("plain noise", False), ("lifelike noise", True)):
        seeds = range(_SEED, _SEED + years)
        alarms = list(pool.map(partial(alarms_in_a_year, lifelike=lifelike), seeds))
        lines.append(
            f"| {name} | {sum(alarms)} (promised: at most {PROMISE * years}) | {sum(alarms) / years:.2f} "
            f"| {max(alarms)} | {alarms.count(0)} |"
        )
    return lines


def _rises(pool: ProcessPoolExecutor, runs: int) -> list[str]:
    lines = [
        "| a week | in the first week | by the end of the second | at least | lifelike noise | threefold |",
        "|---|---|---|---|---|---|",
    ]
    for weekly in WEEKLY:
        plain, lifelike, threefold = (
            list(pool.map(planted.found_after, range(_SEED, _SEED + runs), chunksize=10))
            for planted in (Planted(weekly), Planted(weekly, lifelike=True), Planted(weekly, 3.0))
        )
        early = Counter(day is not None and day <= 7 for day in plain)[True]
        found = _found(plain)
        lines.append(
            f"| {weekly} | {early / runs:.0%} | {found / runs:.1%} | {at_least(found, runs):.1%} "
            f"| {_found(lifelike) / runs:.1%} | {_found(threefold) / runs:.1%} |"
        )
    return lines


def _found(days: list[int | None]) -> int:
    return sum(day is not None for day in days)


def at_least(found: int, runs: int, doubt: float = 0.05) -> float:
    """The lower end of the one-sided exact interval for a share (Clopper and Pearson, Biometrika 26)."""
    low, high = 0.0, found / runs
    for _ in range(60):
        middle = (low + high) / 2
        tail = sum(comb(runs, k) * middle**k * (1 - middle) ** (runs - k) for k in range(found, runs + 1))
        low, high = (middle, high) if tail < doubt else (low, middle)
    return low


if __name__ == "__main__":
    main()
