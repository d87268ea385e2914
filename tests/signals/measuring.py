"""What the promise of `handoff.signals` comes to on invented operators: false alarms, and rises found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

import numpy as np

from handoff.signals import keeping, reading
from handoff.signals.record import Signal
from handoff.signals.series import History, product_key
from tests.signals.invented import WARM_UP, Operator

PROMISE = 6
"""Alarms a year: the default of RECOURSE_SIGNAL_ALARMS_PER_YEAR."""

Stop = Callable[[Signal], bool]


def watch(history: History, first: int, days: int, stop: Stop = lambda _: False) -> list[Signal]:
    """Look at each of so many days from position ``first`` on, as the program does; all signals.

    Ends early with the first signal that ``stop`` wants.
    """
    signals: list[Signal] = []
    for position in range(first, first + days):
        day = history.day(position)
        at = datetime.combine(day, time(), UTC)
        seen = reading.judge(history, signals, day, PROMISE, {})
        for signal in signals:
            if signal.is_active and signal.id is not None:
                keeping.go_on(signal, *seen.standing[signal.id], day, at)
        for rise in seen.look.rises:
            signals.append(keeping.opening(rise, seen, at))
            signals[-1].id = len(signals)
            if stop(signals[-1]):
                return signals
    return signals


def alarms_in_a_year(seed: int, *, lifelike: bool) -> int:
    """How many signals one invented operator gets in a year in which nothing happens."""
    chance = np.random.default_rng(seed)
    operator = Operator.some(chance, lifelike=lifelike)
    history = operator.history(WARM_UP + 365, chance)
    return len(watch(history, WARM_UP, 365))


@dataclass(frozen=True)
class Planted:
    """A product with ``weekly`` complaints a week that become ``times`` as many."""

    weekly: float
    times: float = 2.0
    lifelike: bool = False

    def found_after(self, seed: int) -> int | None:
        """On which day of the rise it was found, of the first fourteen; ``None``: not in its second week."""
        chance = np.random.default_rng(seed)
        operator = Operator.some(chance, lifelike=self.lifelike)
        product = int(chance.integers(operator.rates.shape[0]))
        rates = operator.rates.copy()
        rates[product] *= self.weekly / rates[product].sum()
        operator = replace(operator, rates=rates)
        begins = WARM_UP + int(chance.integers(7))
        factor = np.ones((begins + 14, rates.shape[0]))
        factor[begins:, product] = self.times
        history = operator.history(begins + 14, chance, factor)
        mine = product_key(f"product {product}")
        found = watch(history, begins + 1, 14, lambda signal: signal.product == mine)
        hit = next((s for s in found if s.product == mine), None)
        return history.position(hit.looked_at.date()) - begins if hit else None
