"""What a chart shows, before anybody draws it: one definition for page, print and PDF.

`handoff.charts.drawing` makes SVG of it. A chart stands beside a table with the same figures: that is its
text alternative, and the way through it by keyboard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """One bar or point: ``value`` places it (``None`` leaves a gap), ``shown`` says it in words.

    ``href`` leads to the cases behind it, where there are any.
    """

    label: str
    value: float | None
    shown: str
    href: str = ""


@dataclass(frozen=True)
class Target:
    """A line across a trend, with its words."""

    value: float
    shown: str


@dataclass(frozen=True)
class Trend:
    """Figures over time, the earliest first: columns for counts, a line for shares, grades and durations.

    ``tick`` says a value of the axis in words. ``whole`` values are counts: their axis has no fractions.
    ``wide`` is for a chart that stands alone.
    """

    title: str
    marks: tuple[Mark, ...]
    tick: Callable[[float], str]
    columns: bool = False
    whole: bool = False
    target: Target | None = None
    wide: bool = False


@dataclass(frozen=True)
class Spark:
    """The same without axes, as small as a word: which way it goes, not how much it is."""

    title: str
    marks: tuple[Mark, ...]
    target: Target | None = None


@dataclass(frozen=True)
class Bars:
    """Shares of a whole beside each other: a bar across for each, the first on top."""

    title: str
    marks: tuple[Mark, ...]


Chart = Trend | Spark | Bars
