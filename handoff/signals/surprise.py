"""How surprising a count is, given what the weeks before it lead one to expect. Pure.

The expected count is never known, only estimated from some weeks, and complaints come in bunches: their
counts scatter more than a Poisson distribution's. Both widen what is still chance. A count whose rate is
estimated from earlier counts is negative binomial (the Poisson-gamma predictive distribution; with the
Jeffreys prior, half a case, for a rate of which little is known). The scatter beyond that is the
quasi-Poisson dispersion that Farrington et al. use: "A statistical algorithm for the early detection of
outbreaks of infectious disease", J. R. Statist. Soc. A 159 (1996), and Noufaily et al., "An improved
algorithm for outbreak detection in multiple surveillance systems", Statist. Med. 32 (2013), who also
take the tail of the negative binomial in place of a normal one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log, log1p
from statistics import fmean, variance

PRIOR = 1
"""Cases added to those seen: makes the predictive tail that of the exact conditional test."""

_ENOUGH = 1e-13  # of the sum: what comes after is lost in rounding


@dataclass(frozen=True)
class Past:
    """Weeks before a window: the ``counts`` of a series, and of all the ``rest`` in the same weeks."""

    counts: Sequence[int]
    rest: Sequence[int]


@dataclass(frozen=True)
class Expected:
    """What a window should hold: ``mean`` cases, and how far chance may lead from there."""

    mean: float
    spread: float
    """The variance for a dispersion of 1; any other multiplies it."""

    def chance(self, count: int, dispersion: float) -> float:
        """How probable it is to see ``count`` or more where nothing has changed."""
        return tail(count, self.mean, self.spread * dispersion)


def expect(past: Past, rest: int, weeks: int) -> Expected:
    """What the next ``weeks`` weeks hold if nothing has changed, the rest having ``rest`` cases in them.

    A season moves all series at once, so it cancels against the rest; but a rest that scatters as chance
    does says nothing, and is let in only as far as its scatter is more than chance (`_shared`).
    """
    weekly = [*past.rest, *[rest / weeks] * weeks]
    share, level = _shared(weekly), fmean(past.rest)
    season = 1 + share * (rest / weeks / level - 1) if level else 1.0
    seen = sum(past.counts) + PRIOR
    mean = max(seen / len(past.counts) * weeks * season, 1e-9)
    spread = mean + mean * mean / seen
    if share and rest:
        spread += (share * mean) ** 2 / rest
    return Expected(mean, spread)


def scatter(past: Past) -> float:
    """Pearson's chi-square of the past weeks about their expectation: with ``len - 1`` degrees of freedom."""
    share, level = _shared(past.rest), fmean(past.rest)
    rate = fmean(past.counts)
    if not rate:
        return 0.0
    total = 0.0
    for count, rest in zip(past.counts, past.rest, strict=True):
        mean = rate * (1 + share * (rest - level) / level) if level else rate
        total += (count - mean) ** 2 / max(mean, 1e-9)
    return total


def tail(count: int, mean: float, variance: float) -> float:
    """P(X >= count) for the negative binomial with these moments; Poisson where the variance is no larger."""
    if count <= 0:
        return 1.0
    if count <= mean:
        return max(0.0, 1.0 - _sum_below(count, mean, variance))
    return _sum_from(count, mean, variance)


def _terms(mean: float, variance: float) -> tuple[float, float, float]:
    """The size ``r`` of a negative binomial, and the logarithms of its ``p`` and ``1 - p``."""
    extra = variance - mean
    if extra <= 1e-9 * mean:
        return inf, 0.0, 0.0
    return mean * mean / extra, -log1p(extra / mean), log(extra / variance)


def _log_pmf(k: int, mean: float, terms: tuple[float, float, float]) -> float:
    size, log_p, log_q = terms
    if size == inf:
        return k * log(mean) - mean - lgamma(k + 1)
    return lgamma(k + size) - lgamma(size) - lgamma(k + 1) + size * log_p + k * log_q


def _ratio(k: int, mean: float, terms: tuple[float, float, float]) -> float:
    """P(X = k + 1) by P(X = k)."""
    size, _, log_q = terms
    return mean / (k + 1) if size == inf else (k + size) / (k + 1) * exp(log_q)


def _sum_from(count: int, mean: float, variance: float) -> float:
    terms = _terms(mean, variance)
    term = exp(_log_pmf(count, mean, terms))
    total, k = term, count
    while term > _ENOUGH * total:
        term *= _ratio(k, mean, terms)
        total += term
        k += 1
    return min(total, 1.0)


def _sum_below(count: int, mean: float, variance: float) -> float:
    terms = _terms(mean, variance)
    return sum(exp(_log_pmf(k, mean, terms)) for k in range(count))


def _shared(weekly: Sequence[float]) -> float:
    """How much of the scatter of the rest's weeks is more than chance: 0 for none, near 1 for a season."""
    mean = fmean(weekly)
    seen = variance(weekly) if len(weekly) > 1 else 0.0
    return max(0.0, 1 - mean / seen) if seen > mean > 0 else 0.0
