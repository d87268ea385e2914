"""Two counts compared: the ratio of two rates, with an exact interval.

Given their sum, the later of two Poisson counts is binomial; its share of the sum says how the rates
compare (Przyborowski and Wilenski, *Biometrika* 31, 1940: the conditional test). The interval of the share
is that of Clopper and Pearson (*Biometrika* 26, 1934), which is exact: it never promises more than it
keeps, however small the counts are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

TAIL = 0.05
"""Chance, on either side, of an interval that misses: 90 % within, and 5 % for "it fell" by chance alone."""

_HALVINGS = 60


@dataclass(frozen=True)
class Ratio:
    """How many times the earlier rate the later one is. ``high`` is infinite where nothing came before."""

    value: float
    low: float
    high: float


def rate_ratio(before: int, after: int, time_before: float, time_after: float) -> Ratio:
    """The later rate over the earlier one; the times in any one unit, both above 0.

    Raises `ValueError` where there is nothing to compare: no time, or no event at all.
    """
    if time_before <= 0 or time_after <= 0 or before + after == 0:
        raise ValueError("two times above zero and at least one event are needed")
    times = time_before / time_after
    low, high = share(after, before + after)
    value = after / before * times if before else math.inf
    return Ratio(value, _odds(low) * times, _odds(high) * times)


def share(count: int, total: int, tail: float = TAIL) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share of which ``count`` of ``total`` were seen."""
    low = 0.0 if count == 0 else _solve(lambda p: 1 - at_most(count - 1, total, p), tail, rising=True)
    high = 1.0 if count == total else _solve(lambda p: at_most(count, total, p), tail, rising=False)
    return low, high


def at_most(count: int, total: int, p: float) -> float:
    """The chance of ``count`` or fewer of ``total``, each with chance ``p``."""
    if count >= total or p <= 0:
        return 1.0
    if count < 0 or p >= 1:
        return 0.0
    # From the edge away from the middle: terms only get smaller, so that few are needed.
    if count < total * p:
        return _sum(count, total, p, step=-1)
    return 1 - _sum(count + 1, total, p, step=1)


def _sum(count: int, total: int, p: float, *, step: int) -> float:
    term = math.exp(
        math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
        + count * math.log(p) + (total - count) * math.log1p(-p)
    )  # fmt: skip
    odds, found = p / (1 - p), 0.0
    while 0 <= count <= total and term > found * 1e-17:
        found += term
        term *= (total - count) / (count + 1) * odds if step > 0 else count / (total - count + 1) / odds
        count += step
    return found


def _solve(chance: Callable[[float], float], wanted: float, *, rising: bool) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (chance(middle) < wanted) is rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _odds(p: float) -> float:
    return p / (1 - p) if p < 1 else math.inf
