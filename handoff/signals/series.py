"""What is counted: series of complaints by product, category, both, or root cause, day by day. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate

_PIECES = re.compile(r"[^\W\d_]+|\d+")

PAST_WEEKS = 26
"""Weeks that a window is held against: long enough for a rate to be known, short enough to be today's."""

LONGEST = 14
"""Days of the longest window. The past ends before it, so that a rise is not held against itself."""

DAYS = PAST_WEEKS * 7 + LONGEST


class Kind(StrEnum):
    """What a series is of."""

    ALL = "all"
    PRODUCT = "product"
    CATEGORY = "category"
    PRODUCT_CATEGORY = "product_category"
    CAUSE = "cause"
    """A root cause, counted by the day of the decision that named it."""


@dataclass(frozen=True, order=True)
class Series:
    """``product`` is a `product_key`, ``cause`` a code of `complaints.causes`; empty where of any."""

    kind: Kind
    product: str = ""
    category: str = ""
    cause: str = ""

    def meets(self, other: Series) -> Series | None:
        """The series of the cases that both have; ``None`` where they are counted apart."""
        if Kind.CAUSE in (self.kind, other.kind):
            return self if self == other else None
        product, category = self.product or other.product, self.category or other.category
        if {self.product, other.product} - {"", product} or {self.category, other.category} - {"", category}:
            return None
        return of(product, category)


@dataclass(frozen=True)
class Tally:
    """``count`` cases of one ``day``. A case without a product has an empty one."""

    day: date
    count: int
    product: str = ""
    category: str = ""
    cause: str = ""


@dataclass(frozen=True)
class History:
    """Counts of all series by day, as running sums; ``first`` is the day that the sums begin with.

    ``opened`` is the position of the first day of all: before it nobody could complain here.
    """

    first: date
    days: int
    sums: Mapping[Series, list[int]] = field(repr=False)
    opened: int = 0

    @classmethod
    def of(cls, tallies: Iterable[Tally], first: date, days: int, opened: int = 0) -> History:
        """Add up what happened from ``first`` on; what was outside of the ``days`` is left out."""
        counts: dict[Series, list[int]] = {}
        for tally in tallies:
            at = (tally.day - first).days
            if 0 <= at < days:
                for series in _counted_in(tally):
                    counts.setdefault(series, [0] * days)[at] += tally.count
        return cls(first, days, {s: [0, *accumulate(daily)] for s, daily in counts.items()}, opened)

    def window(self, series: Series, end: int, length: int) -> int:
        """Cases in the ``length`` days before day ``end``, counted from ``first``."""
        sums = self.sums.get(series)
        return sums[end] - sums[end - length] if sums else 0

    def rest(self, series: Series, end: int, length: int) -> int:
        """Cases of the same window that are not of the series. Of everything there is no rest."""
        return self.window(_whole(series), end, length) - self.window(series, end, length)

    def position(self, day: date) -> int:
        """``day`` as counted from ``first``."""
        return (day - self.first).days

    def day(self, position: int) -> date:
        """The day at a position."""
        return self.first + timedelta(days=position)


def of(product: str, category: str) -> Series:
    """The series of a product's and a category's cases."""
    kinds = {(True, True): Kind.PRODUCT_CATEGORY, (True, False): Kind.PRODUCT, (False, True): Kind.CATEGORY}
    return Series(kinds.get((bool(product), bool(category)), Kind.ALL), product, category)


def product_key(named: str | None) -> str:
    """What tells a product from others however it is written: "K-200 Kettle" and "kettle k200" are one."""
    plain = unicodedata.normalize("NFKD", named or "").casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(sorted(set(_PIECES.findall(plain))))


def _counted_in(tally: Tally) -> list[Series]:
    if tally.cause:
        return [Series(Kind.CAUSE, cause=tally.cause), _CAUSED]
    named = [(tally.product, ""), ("", tally.category), (tally.product, tally.category)]
    found = [of(*pair) for pair in named if any(pair)]
    return [Series(Kind.ALL), *dict.fromkeys(found)]


def _whole(series: Series) -> Series:
    return _CAUSED if series.kind is Kind.CAUSE else Series(Kind.ALL)


_CAUSED = Series(Kind.CAUSE)
"""All cases whose root cause was named."""
