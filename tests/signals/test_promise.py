"""Few false alarms, doublings found within their second week, and the arithmetic beneath.

Mutation: leave ``len(WINDOWS)`` and ``_YEAR`` out of `Watch.threshold`, or let the past of `_past` end a week
later, so that a rise is held against itself.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from handoff.signals import surprise
from handoff.signals.series import History, Kind, Series, of, product_key
from handoff.signals.surprise import Past
from tests.signals.invented import START, Operator, tallies
from tests.signals.measuring import PROMISE, Planted, alarms_in_a_year

YEARS = 2
SEED = 30_000


@pytest.mark.parametrize("lifelike", [False, True])
def test_few_false_alarms(lifelike: bool) -> None:
    """Years of noise, each of another operator: no more alarms than promised. (`make signal-check`: 100.)"""
    alarms = [alarms_in_a_year(SEED + year, lifelike=lifelike) for year in range(YEARS)]
    assert sum(alarms) <= PROMISE * YEARS


def test_a_doubling_is_found_in_its_second_week() -> None:
    """Of a product with forty complaints a week, at any operator, whatever the day it begins on."""
    days = [Planted(40).found_after(SEED + run) for run in range(15)]
    assert None not in days
    assert all(1 <= day <= 14 for day in days if day is not None)


def test_invented_sums_are_those_of_their_tallies() -> None:
    """What is simulated is what a register would have been read as."""
    operator = Operator.some(np.random.default_rng(SEED), lifelike=True)
    counts, causes = operator.counts(40, np.random.default_rng(1))
    made = operator.history(40, np.random.default_rng(1))
    assert History.of(tallies(counts, causes), START, 40).sums == made.sums


def test_more_is_found_sooner() -> None:
    """Five times as many of a rare thing within the two weeks, mostly in the first."""
    days = [Planted(12, 5.0).found_after(SEED + run) for run in range(7)]
    found = [day for day in days if day is not None]
    assert len(found) == len(days)
    assert sorted(found)[3] <= 7


@pytest.mark.parametrize(("count", "mean"), [(0, 3.0), (1, 0.2), (10, 4.0), (3, 7.5), (60, 30.0)])
def test_tail_is_that_of_poisson(count: int, mean: float) -> None:
    """Summed the other way round."""
    below = math.fsum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count))
    assert surprise.tail(count, mean, mean) == pytest.approx(1 - below, rel=1e-6)


@pytest.mark.parametrize(("now", "before", "weeks"), [(7, 0, 26), (9, 26, 26), (30, 104, 13), (14, 200, 26)])
def test_tail_is_that_of_the_exact_test(now: int, before: int, weeks: int) -> None:
    """P(a binomial of all cases puts so many into the last of the weeks), by its definition."""
    counts = [before // weeks + (week < before % weeks) for week in range(weeks)]
    chance = surprise.expect(Past(counts, [0] * weeks), 0, 1).chance(now, 1.0)
    total, share = now + before, 1 / (weeks + 1)
    exact = math.fsum(
        math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(now, total + 1)
    )
    assert chance == pytest.approx(exact, rel=1e-6)


def test_a_season_is_no_rise() -> None:
    """When the rest has doubled, twice as many are expected; where it only scatters, it says nothing."""
    still = Past([10] * 26, [100, 90, 110, 95, 105, 100] * 4 + [98, 102])
    assert surprise.expect(still, 100, 1).mean == pytest.approx(10, rel=0.05)
    season = Past([10] * 13 + [20] * 13, [100] * 13 + [200] * 13)
    assert surprise.expect(season, 200, 1).mean == pytest.approx(20, rel=0.1)


def test_bunches_widen_what_is_chance() -> None:
    """The same mean, more scatter: less surprise."""
    even, bunched = Past([10] * 26, [0] * 26), Past([2, 18] * 13, [0] * 26)
    assert surprise.scatter(bunched) > 100 > surprise.scatter(even)
    expected = surprise.expect(even, 0, 1)
    assert expected.chance(25, 3.0) > 10 * expected.chance(25, 1.0)


def test_series_meet_in_their_common_cases() -> None:
    """A product and a category in both; two products nowhere; causes are counted apart."""
    assert of("k200", "").meets(of("", "defect")) == of("k200", "defect")
    assert of("k200", "").meets(of("lamp", "")) is None
    assert Series(Kind.ALL).meets(of("lamp", "")) == of("lamp", "")
    assert Series(Kind.CAUSE, cause="carrier").meets(of("lamp", "")) is None
    assert product_key("K-200 Kettle") == product_key("k200 kettle") != product_key("K300 kettle")
