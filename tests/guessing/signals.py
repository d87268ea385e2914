"""Whether two samples of times tell anything: statistics that also say what they could have found.

Every existing reference is asked for beside one that does not exist, so times come in pairs, and what
slows a machine down slows both. The test is Wilcoxon's signed ranks, in the normal approximation that is
good for hundreds of pairs; a shift is called a signal only if chance is out of the question and it is
large enough to matter. What a guesser could hear is as loud as `LOUD`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

CHANCE = 1e-6
"""How unlikely a difference must be by chance to be called one: no run in a lifetime fails by that."""
LEAST = 0.015
"""The part of a median below which a difference is called none, however sure: clocks, caches, memory."""
LOUD = 0.05, 1e-3
"""What must be found: 5 % of the median, and a millisecond."""


@dataclass(frozen=True)
class Comparison:
    """Times of pairs: for ``existing`` references and for ``unknown`` ones, in seconds of processor time."""

    existing: Times
    unknown: Times

    @property
    def median(self) -> float:
        """Of all of them, in seconds."""
        return float(np.median(np.concatenate([self.existing, self.unknown])))

    @property
    def shift(self) -> float:
        """The median of the pairs' differences, as a part of `median`: how much slower existing ones are."""
        return float(np.median(self.existing - self.unknown)) / self.median

    @property
    def chance(self) -> float:
        """How likely so large a difference is if there is none, by Wilcoxon's signed ranks (two-sided)."""
        return wilcoxon(self.existing - self.unknown)

    @property
    def apart(self) -> float:
        """How likely two shapes so different are, by Kolmogorov and Smirnov's test."""
        return kolmogorov(self.existing, self.unknown)

    @property
    def heard(self) -> bool:
        """Whether times tell which references exist."""
        return self.chance < CHANCE and abs(self.shift) > LEAST

    def slower_by(self, seconds: float) -> Comparison:
        """The same if existing ones took so much longer."""
        return Comparison(self.existing + seconds, self.unknown)

    @property
    def could_hear(self) -> bool:
        """Whether these very times, 5 % or a millisecond slower or faster, would be found out."""
        part, seconds = LOUD
        level = Comparison(self.existing - self.shift * self.median, self.unknown)  # as if there were nothing
        return all(level.slower_by(by).heard for by in (part * self.median, -part * self.median, seconds))


def wilcoxon(differences: Times) -> float:
    """The two-sided p of Wilcoxon's signed rank test, with the correction for ties."""
    differences = differences[differences != 0]
    count = len(differences)
    if count == 0:
        return 1.0
    ranks, ties = _ranks(np.abs(differences))
    positive = float(ranks[differences > 0].sum())
    mean, variance = count * (count + 1) / 4, count * (count + 1) * (2 * count + 1) / 24 - ties / 48
    return math.erfc(abs(positive - mean) / math.sqrt(2 * variance))


def kolmogorov(one: Times, other: Times) -> float:
    """The p of the two-sample Kolmogorov-Smirnov test, in its limit for large samples."""
    everything = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(s), everything, side="right") / len(s) for s in (one, other)]
    distance = float(np.max(np.abs(shares[0] - shares[1])))
    scaled = distance * math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    if scaled < 0.2:
        return 1.0
    series = sum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * series))


def _ranks(values: Times) -> tuple[Times, float]:
    """Ranks from 1, those of equal values averaged; and the sum of t³ - t over the ties."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    averages = ends - (counts - 1) / 2
    return averages[places].astype(np.float64), float((counts.astype(np.float64) ** 3 - counts).sum())
