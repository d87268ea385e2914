"""How often the answers are right, and how long they took."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """The mean over the true classes of F1, the harmonic mean of precision and recall."""
    return statistics.fmean(_f1(truth, said, name) for name in sorted(set(truth)))


def _f1(truth: Sequence[str], said: Sequence[str], name: str) -> float:
    right = sum(t == s == name for t, s in zip(truth, said, strict=True))
    return 2 * right / (truth.count(name) + said.count(name))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` (0 to 1) of all values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(values: Sequence[float], digits: int = 1) -> str:
    """The median of several rounds, and the least and the greatest of them."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
