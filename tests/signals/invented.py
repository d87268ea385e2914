"""Invented operators: the counts of their complaints by day, product, category and root cause.

*Plain noise* is what the promise is about: each product and category has a rate of its own that stays as it
is, a week has its days, chance does the rest. *Lifelike noise* adds what the method has to bear: complaints
that come in bunches, a season that moves everything, growth, and products that slowly come and go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from handoff.signals.series import DAYS, History, Kind, Series, Tally, of, product_key

START = date(2024, 1, 1)
_WEEKDAYS = np.array([1.25, 1.2, 1.1, 1.05, 1.0, 0.75, 0.65])  # Monday to Sunday
WARM_UP = DAYS
"""Days before the first look: a whole past."""

_DECIDED_AFTER = 6  # days until a case's root cause is known


@dataclass(frozen=True)
class Operator:
    """``rates``: complaints a week by product and category. ``lifelike``: not only chance is at work."""

    rates: np.ndarray
    lifelike: bool = False
    causes: int = 10

    @classmethod
    def some(cls, chance: np.random.Generator, *, lifelike: bool = False) -> Operator:
        """Between 40 and 600 complaints a week, 8 to 40 products, 6 to 12 categories, all unlike."""
        week = 40 * (15 ** chance.random())
        products = 1 / np.arange(1, chance.integers(8, 41)) ** 0.9
        categories = 1 / np.arange(1, chance.integers(6, 13)) ** 0.8
        mixed = np.outer(products, categories) * chance.gamma(2, 0.5, (len(products), len(categories)))
        return cls(week * mixed / mixed.sum(), lifelike)

    def counts(
        self, days: int, chance: np.random.Generator, factor: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Complaints by day, product and category, and by the day of the decision and root cause.

        ``factor`` by day and product is the truth that is to be found.
        """
        weights = np.roll(_WEEKDAYS, -START.weekday()) / 7
        daily = np.tile(weights, days // 7 + 1)[:days, None, None] * self.rates
        if self.lifelike:
            daily = daily * self._life(days, chance)
        if factor is not None:
            daily = daily * factor[:, :, None]
        counts = chance.poisson(daily)
        shares = 1 / np.arange(1, self.causes + 1)
        causes = chance.multinomial(counts.sum((1, 2)), shares / shares.sum())
        late = np.zeros_like(causes)
        late[_DECIDED_AFTER:] = causes[:-_DECIDED_AFTER]
        return counts, late

    def history(self, days: int, chance: np.random.Generator, factor: np.ndarray | None = None) -> History:
        """The same as running sums; as `History.of` would have them, and many times as fast."""
        counts, causes = self.counts(days, chance, factor)
        daily = {Series(Kind.ALL): counts.sum((1, 2)), Series(Kind.CAUSE): causes.sum(1)}
        for product in range(counts.shape[1]):
            daily[of(_product(product), "")] = counts[:, product].sum(1)
            for category in range(counts.shape[2]):
                daily[of(_product(product), _category(category))] = counts[:, product, category]
        for category in range(counts.shape[2]):
            daily[of("", _category(category))] = counts[:, :, category].sum(1)
        for cause in range(self.causes):
            daily[Series(Kind.CAUSE, cause=f"c{cause}")] = causes[:, cause]
        sums = {s: [0, *np.cumsum(each).tolist()] for s, each in daily.items() if each.any()}
        return History(START, days, sums)

    def _life(self, days: int, chance: np.random.Generator) -> np.ndarray:
        """Season of all (+-30 %), growth (10 % a year), drift of each product, bunches (dispersion to 2)."""
        products, categories = self.rates.shape
        at = np.arange(days)[:, None, None]
        season = 1 + 0.3 * np.sin(2 * np.pi * (at / 365 + chance.random()))
        growth = 1.1 ** (at / 365)
        drift = np.exp(chance.normal(0, 0.25, (1, products, 1)) * (at - days / 2) / 365)
        weeks = days // 7 + 1
        rate = np.maximum(self.rates.sum(1), 0.1)
        shape = rate / chance.uniform(0.2, 1.0, products)  # variance of a week: rate * (1 + rate / shape)
        bunches = np.repeat(chance.gamma(shape, 1 / shape, (weeks, products)), 7, axis=0)[:days, :, None]
        return np.broadcast_to(season * growth * drift * bunches, (days, products, categories))


def tallies(counts: np.ndarray, causes: np.ndarray) -> Iterator[Tally]:
    """The same counts one by one, as a register tells them."""
    for at, product, category in zip(*counts.nonzero(), strict=True):
        day, count = START + timedelta(days=int(at)), int(counts[at, product, category])
        yield Tally(day, count, _product(product), _category(category))
    for at, cause in zip(*causes.nonzero(), strict=True):
        yield Tally(START + timedelta(days=int(at)), int(causes[at, cause]), cause=f"c{cause}")


def _product(number: int) -> str:
    return product_key(f"product {number}")


def _category(number: int) -> str:
    return f"category {number}"
