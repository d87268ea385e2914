"""A sample that nobody picked, and that anybody can draw again.

Mutation: in `handoff.improvement.sampling.place` leave out the seed; in `allocate` leave out the line that
gives each stratum one; in `draw` sort by the reference.
"""

from __future__ import annotations

import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from handoff.improvement import sampling

CASES = [f"RC-{number:04}" for number in range(1000)]


def test_anybody_can_draw_it_again_with_sha256sum() -> None:
    """The lowest digests of SEED:REFERENCE, and nothing else."""
    by_hand = sorted((hashlib.sha256(f"autumn:{one}".encode()).hexdigest(), one) for one in CASES)
    assert sampling.draw(CASES, 20, "autumn") == [one for _, one in by_hand[:20]]
    assert sampling.draw(list(reversed(CASES)), 20, "autumn") == [one for _, one in by_hand[:20]]
    assert sampling.draw(CASES, 20, "winter") != sampling.draw(CASES, 20, "autumn")


def test_a_larger_sample_holds_the_smaller_one() -> None:
    """So nobody gains by asking for more."""
    assert sampling.draw(CASES, 50, "autumn")[:20] == sampling.draw(CASES, 20, "autumn")
    assert len(sampling.draw(CASES[:7], 20, "autumn")) == 7


def test_every_case_is_drawn_equally_often() -> None:
    """Chi-square over 50 cases in 4,000 draws of 5, expected 400 each: 49 degrees, 99.9 % below 85.4."""
    cases = CASES[:50]
    drawn = Counter(one for seed in range(4000) for one in sampling.draw(cases, 5, f"seed {seed}"))
    # Drawing without replacement narrows the spread by (N - n) / (N - 1).
    chi_square = sum((drawn[one] - 400) ** 2 / 400 for one in cases) * 49 / 45
    assert chi_square < 85.4


def test_in_proportion_and_at_least_one() -> None:
    """Ten of a thousand: the five that are critical take their one from the others."""
    shares = sampling.allocate({"critical": 5, "high": 95, "medium": 700, "low": 200}, 10)
    assert shares == {"critical": 1, "high": 1, "medium": 7, "low": 1}
    assert sampling.allocate({"a": 0, "b": 3}, 10) == {"a": 0, "b": 3}
    assert sampling.allocate({"a": 50, "b": 40, "c": 10}, 2) == {"a": 1, "b": 1, "c": 0}


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=6), st.integers(1, 80))
def test_never_more_than_there_are(cases: dict[str, int], size: int) -> None:
    shares = sampling.allocate(cases, size)
    assert sum(shares.values()) == min(size, sum(cases.values()))
    assert all(0 <= shares[name] <= number for name, number in cases.items())


def test_strata_in_their_order() -> None:
    strata = {"high": CASES[:100], "low": CASES[100:1000]}
    found = sampling.draw_stratified(strata, 20, "autumn")
    assert [name for _, name in found] == ["high"] * 2 + ["low"] * 18
    assert [one for one, _ in found[:2]] == sampling.draw(CASES[:100], 2, "autumn")
