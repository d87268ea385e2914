"""The statistics hear what is there and nothing else. Mutation: let `wilcoxon` leave the signs out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.guessing.signals import Comparison, kolmogorov, wilcoxon


def times(seed: int, count: int = 1000) -> np.ndarray:
    """Times as they are: skewed, with a long tail, and slow at times."""
    random = np.random.default_rng(seed)
    return 0.005 * random.lognormal(0, 0.15, count)


def test_nothing_is_heard_where_there_is_nothing():
    pairs = [Comparison(times(2 * seed), times(2 * seed + 1)) for seed in range(200)]
    assert not any(pair.heard for pair in pairs)
    assert 0.01 < np.mean([pair.chance < 0.05 for pair in pairs]) < 0.12, "p is what it says"
    assert 0.01 < np.mean([pair.apart < 0.05 for pair in pairs]) < 0.12
    assert np.mean([pair.could_hear for pair in pairs]) > 0.8


@pytest.mark.parametrize("slower", [0.05 * 0.005, 0.001, -0.001])
def test_five_per_cent_and_a_millisecond_are_heard(slower):
    pairs = [Comparison(times(2 * seed, 3000), times(2 * seed + 1, 3000)) for seed in range(50)]
    assert all(pair.slower_by(slower).heard for pair in pairs)


def test_too_few_times_could_hear_nothing():
    assert not Comparison(times(1, 20), times(2, 20)).could_hear


def test_the_figures_are_those_of_the_books():
    """Wilcoxon's own data on plants (Darwin's, 15 pairs): T- = 24, p about 0.041; and equal samples."""
    darwin = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=float)
    assert wilcoxon(darwin) == pytest.approx(0.041, abs=0.001)
    assert wilcoxon(np.zeros(5)) == 1.0
    assert kolmogorov(times(1), times(1)) == 1.0
    assert kolmogorov(times(1), times(2) * 2) < 1e-9
