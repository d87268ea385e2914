"""The effect of an action, against values counted by hand.

Mutation: in `handoff.improvement.binomial.rate_ratio` leave out ``* times``; in `effect.measure` count from
``done - span``; in `effect.judge` leave out ``counts.open_after``; in `effect._count` leave out ``< until``.
"""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from complaints import register
from complaints.complaint import Category, Kind
from handoff.improvement import binomial, effect
from handoff.improvement.effect import Counts, Target, Trend
from tests.improvement.conftest import DONE, complained

WEEK = timedelta(weeks=1)
KETTLES = Target(product="Kettle", category="defect")


def judged(before: int, after: int, *, weeks: int = 8, weeks_before: int = 8, **more: int) -> effect.Effect:
    since, until = DONE - weeks_before * WEEK, DONE + weeks * WEEK
    return effect.judge(Counts(before, after, **more), since, DONE, until, whole=True)


def test_the_chance_of_four_or_fewer_of_sixteen_is_that_of_the_binomial_table() -> None:
    """1 + 16 + 120 + 560 + 1820 = 2517 of 65536 ways."""
    assert binomial.at_most(4, 16, 0.5) == pytest.approx(2517 / 65536, abs=1e-12)
    assert binomial.at_most(11, 16, 0.5) == pytest.approx(1 - 2517 / 65536, abs=1e-12)
    assert binomial.at_most(0, 3, 0.2) == pytest.approx(0.8**3)
    assert (binomial.at_most(-1, 3, 0.2), binomial.at_most(3, 3, 0.2)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(4, 16, 0.0727, 0.5238), (1, 10, 0.0025, 0.4450), (0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0)],
)
def test_the_interval_is_that_of_published_tables(count: int, total: int, low: float, high: float) -> None:
    """Clopper and Pearson at 95 %, from tables: 0 of 10 is 1 - 0.025 to the power of 1/10."""
    found = binomial.share(count, total, tail=0.025)
    assert found == pytest.approx((low, high), abs=5e-5)


def test_many_events_cost_nothing_and_agree_with_the_normal_law() -> None:
    """50,000 events: the exact interval is within a thousandth of the approximate one."""
    found = binomial.rate_ratio(25_000, 25_000, 1, 1)
    half = 1.6449 * math.sqrt(0.25 / 50_000)
    assert found.low == pytest.approx((0.5 - half) / (0.5 + half), abs=1e-3)
    assert found.high == pytest.approx((0.5 + half) / (0.5 - half), abs=1e-3)


@pytest.mark.parametrize(
    ("before", "after", "trend"),
    [
        (12, 4, Trend.FELL),  # 0.0384
        (12, 5, Trend.NO_CHANGE),  # 9402 / 131072 = 0.0717
        (5, 0, Trend.FELL),  # 1 / 32
        (4, 0, Trend.TOO_FEW),  # 1 / 16, and nothing could be less
        (3, 1, Trend.TOO_FEW),
        (0, 0, Trend.TOO_FEW),
        (4, 12, Trend.ROSE),
        (10, 10, Trend.NO_CHANGE),
    ],
)
def test_plain_words_say_what_the_figures_say(before: int, after: int, trend: Trend) -> None:
    """ "It fell" if so few would come with a chance below 5 %."""
    assert judged(before, after).trend is trend


def test_the_ratio_has_its_interval() -> None:
    """4 against 12 over the same time: a third, and the upper end below one."""
    found = judged(12, 4)
    assert found.ratio == pytest.approx(1 / 3)
    assert found.low == pytest.approx(0.0992, abs=1e-4)
    assert found.high == pytest.approx(0.9395, abs=1e-4)
    assert judged(0, 6).as_data()["ratio"] is None  # infinitely many times: JSON has no word for it


def test_unequal_times_are_weighed() -> None:
    """6 in two weeks and 6 in eight weeks are no equal rates."""
    found = judged(6, 6, weeks_before=2)
    assert found.ratio == pytest.approx(0.25)
    assert found.trend is Trend.FELL
    assert judged(6, 6).trend is Trend.NO_CHANGE


def test_what_is_not_decided_yet_is_no_improvement() -> None:
    """Twelve of the cause before and four after, but three more nobody has decided yet."""
    assert judged(12, 4, open_after=3).trend is Trend.NO_CHANGE
    assert judged(4, 12, open_before=3).trend is Trend.NO_CHANGE


async def test_counted_over_equal_times(both_urls: str) -> None:
    """Eight weeks before and after, by receipt; others are counted beside it, feedback is not."""

    def fill(session: Session) -> None:
        complained(session, -200, product="lamp")
        for number in range(12):
            complained(session, -1 - number * 4, product="KETTLE")
        for number in range(4):
            complained(session, number * 10)
        for days in (-56.5, 56):  # a moment too early, a moment too late
            complained(session, days)
        for days in (-3, 3, 4):
            complained(session, days, product=None)
        complained(session, 5, category=Category.BILLING)
        register.find(session, complained(session, 6)).kind = Kind.FEEDBACK

    async with await Database.open(both_urls) as database:
        await database.run(fill)
        span = 8 * WEEK
        found = await database.read(effect.measure, KETTLES, DONE, span, DONE + 2 * span)
        half = await database.read(effect.measure, KETTLES, DONE, span, DONE + 2 * WEEK)
        nothing = await database.read(effect.measure, Target(), DONE, span, DONE + 2 * span)
        early = await database.read(effect.measure, KETTLES, DONE, span, DONE)
    assert found.counts == Counts(12, 4, others_before=1, others_after=3)
    assert (found.trend, found.whole, found.until) == (Trend.FELL, True, DONE + span)
    assert (half.counts.before, half.counts.after, half.whole) == (4, 2, False)  # two weeks on either side
    assert half.since == DONE - 2 * WEEK
    assert (nothing.counts.before, nothing.trend) == (0, Trend.TOO_FEW)
    assert early.trend is Trend.TOO_SOON


async def test_a_young_register_is_not_taken_for_a_quiet_time(database: Database) -> None:
    """The first complaint came two weeks before: those are the time that is compared with eight."""

    def fill(session: Session) -> None:
        for days in (-14, -10, -8, -6, -3, -1):
            complained(session, days)
        for days in (1, 9, 17, 25, 33, 41):
            complained(session, days)

    await database.run(fill)
    found = await database.read(effect.measure, KETTLES, DONE, 8 * WEEK, DONE + 9 * WEEK)
    assert (found.counts.before, found.counts.after) == (6, 6)
    assert found.since == DONE - 2 * WEEK
    assert found.trend is Trend.FELL


async def test_a_root_cause_counts_decided_and_open_apart(database: Database) -> None:
    """Whoever has no decision yet may be of that cause; who has another cause is not."""

    def fill(session: Session) -> None:
        for cause in ("carrier", "carrier", "packaging", None):
            complained(session, -5, cause=cause)
        for cause in ("carrier", None, None):
            complained(session, 5, cause=cause)

    await database.run(fill)
    found = await database.read(effect.measure, Target(cause="carrier"), DONE, 8 * WEEK, DONE + 9 * WEEK)
    assert found.counts == Counts(2, 1, open_before=1, open_after=2, others_before=1)
