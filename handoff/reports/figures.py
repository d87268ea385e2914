"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Figure:
    """A figure in its indicator's unit; ``None`` where there is nothing that it could rest on.

    ``of`` is how many cases it rests on: those of which a share is, or whose times, grades or costs it is of.
    ``counted`` is how many cases `handoff.reports.drilling.drill` lists: those that a count or share counts,
    else ``of``; 0 for improvements, which are no cases.
    """

    value: float | None
    of: int
    counted: int


@dataclass(frozen=True)
class Point:
    """A figure of the part of a period that begins on ``start``."""

    start: date
    figure: Figure


Figures = dict[str, Figure]
"""By code, in the order of `handoff.reports.indicators.INDICATORS`.

Costs are ``remedy_cost:EUR``, one for each currency.
"""
