"""A leak and a slow death are seen; noise is not.

Mutation: let `tests.soak.flatness.slope` leave out the warm-up, or `quarters` give the first one twice.
"""

from __future__ import annotations

import math
import random

from tests.soak.flatness import Sample, Timing, not_flat

SECONDS = 600.0


def samples(growth: float, warm_up: float = 40.0) -> list[Sample]:
    """A process that grows by so many megabytes a minute, after it has filled its caches, with some noise."""
    rng = random.Random(1)
    return [
        Sample(
            at,
            {
                "web": 150 + warm_up * (1 - math.exp(-at / 30)) + growth * at / 60 + rng.uniform(-2, 2),
                "engine": 300.0,
            },
            0,
        )
        for at in range(0, int(SECONDS) + 1, 5)
    ]


def timings(slower: float) -> list[Timing]:
    """Messages that take up to ``slower`` times as long at the end, and some that take ten times as long."""
    rng = random.Random(1)
    return [
        Timing(
            at, 4.0, rng.uniform(25, 35) * (1 + (slower - 1) * at / SECONDS) * rng.choice((1, 1, 1, 1, 10))
        )
        for at in range(int(SECONDS))
    ]


def test_flat() -> None:
    assert list(not_flat(samples(0.2), timings(1.1), SECONDS)) == []


def test_a_leak() -> None:
    (line,) = not_flat(samples(3), timings(1), SECONDS)
    assert line.startswith("web grows by 3")


def test_ever_slower() -> None:
    (line,) = not_flat(samples(0), timings(2.5), SECONDS)
    assert line.startswith("answered")
