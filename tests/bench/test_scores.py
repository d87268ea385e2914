"""The bench's arithmetic, against figures worked out by hand.

Mutation: let `scores.percentile` round down (``int`` for ``math.ceil``): the median of three is the least.
"""

from __future__ import annotations

import pytest

from tests.bench.scores import macro_f1, percentile, spread


def test_a_class_counts_as_much_as_any_other_however_rare() -> None:
    """F1 of a: 2*3/(3+4) = 6/7; of b, never said: 0."""
    assert macro_f1(["a", "a", "a", "b"], ["a", "a", "a", "a"]) == pytest.approx(3 / 7)


def test_what_is_said_but_never_true_costs_the_true_class() -> None:
    """F1 of a: 2*1/(2+1), precision 1 and recall a half."""
    assert macro_f1(["a", "a"], ["a", "c"]) == pytest.approx(2 / 3)


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([5, 1, 9], 0.5) == 5
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([4], 0.99) == 4


def test_the_spread_is_median_least_and_greatest() -> None:
    assert spread([3.0, 1.0, 2.0]) == "2.0 (1.0–3.0)"
