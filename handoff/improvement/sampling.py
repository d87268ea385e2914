"""A sample that nobody picked, and that anybody can draw again with a pencil and ``sha256sum``.

Each case has a place that only the seed decides: the SHA-256 of ``SEED:REFERENCE``. Those with the lowest
places are drawn. That is simple random sampling by permanent random numbers (E. Ohlsson, "Coordination of
samples using permanent random numbers", 1995): each set of that size is equally likely while the seed is not
known. A stratified sample draws so within each stratum, in proportion to its cases (whoever lacks most
of its share gets the next place), and from every stratum at least one where the size allows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence


def draw(references: Sequence[str], size: int, seed: str) -> list[str]:
    """``size`` of ``references``, or all if there are fewer, in the order of their places."""
    return sorted(set(references), key=lambda reference: place(reference, seed))[:size]


def draw_stratified(strata: Mapping[str, Sequence[str]], size: int, seed: str) -> list[tuple[str, str]]:
    """The same from several strata: (reference, stratum), by strata in their order."""
    shares = allocate({name: len(set(cases)) for name, cases in strata.items()}, size)
    return [
        (reference, name) for name, cases in strata.items() for reference in draw(cases, shares[name], seed)
    ]


def allocate(cases: Mapping[str, int], size: int) -> dict[str, int]:
    """How many to draw from each stratum: in proportion, at least one of each if ``size`` allows it."""
    total = sum(cases.values())
    size = min(size, total)
    filled = [name for name, number in cases.items() if number]
    shares = dict.fromkeys(cases, 0)
    if size >= len(filled):
        shares |= dict.fromkeys(filled, 1)
    for _ in range(size - sum(shares.values())):
        # Whoever lacks most of what is due to it gets the next one; the first named wins a tie.
        free = [name for name in filled if shares[name] < cases[name]]
        shares[max(free, key=lambda name: cases[name] * size / total - shares[name])] += 1
    return shares


def place(reference: str, seed: str) -> str:
    """Where a case stands in the order of drawing."""
    return hashlib.sha256(f"{seed}:{reference}".encode()).hexdigest()


def digest(references: Sequence[str]) -> str:
    """What tells whether a population is the same as it was: the SHA-256 of its sorted references."""
    return hashlib.sha256("\n".join(sorted(references)).encode()).hexdigest()
