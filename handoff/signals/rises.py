"""Which series have risen by a day, told from noise. Pure.

Each day looks back at each series over one week and over two, whole weeks, so that the days of the week
weigh alike. A rise is a count that chance alone would bring so rarely that all looks at all series
together, day after day, give no more false alarms in a year than the operator will bear: by Boole's
inequality the chances add up, however the series and the days depend on each other. So the promise needs
neither independent looks nor a simulation; a simulation shows that it holds (``python -m tests.signals``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handoff.signals.series import LONGEST, PAST_WEEKS, History, Kind, Series
from handoff.signals.surprise import Expected, Past, expect, scatter

WINDOWS = (7, LONGEST)
"""Days of the two windows: one finds a steep rise early, the other a doubling of what is rare."""

LEAST_WEEKS = 8
"""Weeks of the past without which nothing is said: a rate of fewer is a guess."""

LEAST_CASES = 5
"""In a window: fewer are no pattern that somebody should be called for, however rare they were."""

LEAST_GROWTH = 1.4
"""Times what was expected, and times what was usual: less is not worth a person's look, however sure. It
also keeps a slow drift, or a product's own season, from becoming sure merely because its counts are large."""

_YEAR = 365  # looks
_REACH = PAST_WEEKS * 7 + LONGEST  # days
_SHARED_BY = 25  # weeks: what the scatter of all series weighs beside a series' own, some two dozen weeks
_HALF = 0.5  # of a series' growth that another one explains
_MORE = 1.5  # times as much as the whole has grown, and a part of it is news of its own


@dataclass(frozen=True)
class Memory:
    """What earlier signals say of a series, in positions of the history.

    The past begins at ``begins``; ``risen`` are spans that were a rise, so no guide to what is usual.
    """

    begins: int = 0
    risen: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Rise:
    """``count`` cases of a series in the ``days`` before the look, where ``expected`` were expected."""

    series: Series
    days: int
    count: int
    expected: float
    chance: float


@dataclass(frozen=True)
class Look:
    """What a day's look found, the least probable first, and how many ``series`` it looked at."""

    series: int
    rises: tuple[Rise, ...]


_NOTHING = Memory()


class Watch:
    """One day's look at a history: ``end`` is the position of the first day not looked at."""

    def __init__(
        self, history: History, end: int, alarms: float, memories: Mapping[Series, Memory] | None = None
    ) -> None:
        self.history, self.end = history, end
        self.memories = memories or {}
        begins = max(0, end - _REACH)
        self.series = [
            s for s in history.sums if s != Series(Kind.CAUSE) and history.window(s, end, end - begins) > 0
        ]
        self.threshold = alarms / (_YEAR * len(WINDOWS) * max(len(self.series), 1))
        self._shared: float | None = None

    def look(self, leave_out: Iterable[Series] = (), dismissed: Iterable[Series] = ()) -> Look:
        """All that has risen, but for what another rise explains, or one that is known.

        ``leave_out`` are the series of the signals that are open; those of ``dismissed`` ones may rise again.
        """
        known, explaining = set(leave_out), {*leave_out, *dismissed}
        found = []
        for series in self.series:
            if series not in known:
                best = min(self._measured(series, self.threshold), key=lambda r: r.chance, default=None)
                if best is not None and best.chance <= self.threshold:
                    found.append(best)
        kept: list[Rise] = []
        for rise in sorted(found, key=lambda r: (r.chance, r.series)):
            others = {*explaining, *(r.series for r in kept)} - {rise.series}
            if not any(self._explains(other, rise) for other in others):
                kept.append(rise)
        return Look(len(self.series), tuple(kept))

    def measure(self, series: Series, days: int = WINDOWS[0]) -> Rise | None:
        """How a series stands, risen or not; ``None`` where its past is too short to say."""
        past = self._past(series)
        return None if past is None else self._judge(series, days, past)

    def _measured(self, series: Series, threshold: float) -> Iterable[Rise]:
        """The windows that may be a rise. Most are not, which is seen without knowing the dispersion."""
        history, end = self.history, self.end
        past: Past | None = None
        whole = series not in self.memories and history.opened <= end - _REACH <= end
        usually = (
            history.window(series, end - LONGEST, _REACH - LONGEST) / (_REACH - LONGEST) if whole else 0.0
        )
        for days in WINDOWS:
            count = history.window(series, end, days)
            if count < LEAST_CASES or (whole and count < LEAST_GROWTH * usually * days):
                continue
            past = past or self._past(series)
            if past is None:
                return
            usual = sum(past.counts) / len(past.counts) * days / 7
            if count < LEAST_GROWTH * usual:
                continue
            expected = expect(past, history.rest(series, end, days), days // 7)
            if count < LEAST_GROWTH * expected.mean or expected.chance(count, 1.0) > threshold:
                continue
            yield self._judge(series, days, past, expected)

    def _judge(self, series: Series, days: int, past: Past, expected: Expected | None = None) -> Rise:
        count = self.history.window(series, self.end, days)
        expected = expected or expect(past, self.history.rest(series, self.end, days), days // 7)
        return Rise(series, days, count, expected.mean, expected.chance(count, self._dispersion(past)))

    def _past(self, series: Series, *, from_start: bool = False) -> Past | None:
        """The weeks before the longest window that are a guide to it; ``from_start`` also those dismissed."""
        history, memory = self.history, self.memories.get(series, _NOTHING)
        counts, rest = [], []
        for week in range(PAST_WEEKS):
            end = self.end - LONGEST - 7 * week
            if end - 7 < max(0 if from_start else memory.begins, history.opened):
                break
            if any(start < end and end - 7 < stop for start, stop in memory.risen):
                continue
            counts.append(history.window(series, end, 7))
            rest.append(history.rest(series, end, 7))
        return Past(counts, rest) if len(counts) >= LEAST_WEEKS else None

    def _dispersion(self, past: Past) -> float:
        """How much more a series scatters than chance: its own weeks, steadied by those of all series."""
        weeks = len(past.counts) - 1
        own = scatter(past)
        return max(1.0, (own + _SHARED_BY * self._of_all()) / (weeks + _SHARED_BY))

    def _of_all(self) -> float:
        """The dispersion that all series share; found once for a look, and only if it is needed."""
        if self._shared is None:
            total = weeks = 0.0
            for series in self.series:
                if series.kind is Kind.PRODUCT_CATEGORY:
                    continue  # the same cases once more
                past = self._past(series)
                if past is not None and sum(past.counts) >= len(past.counts):
                    total += scatter(past)
                    weeks += len(past.counts) - 1
            self._shared = max(1.0, total / weeks) if weeks else 1.0
        return self._shared

    def _explains(self, main: Series, other: Rise) -> bool:
        """Whether most of another series' growth is the growth of the cases that ``main`` shares with it."""
        common = main.meets(other.series)
        if common is None:
            return False
        series = main if common == other.series else common
        past = self._past(series, from_start=True)
        if past is None:
            return False
        measured = self._judge(series, other.days, past)
        growth, of_main = other.count - other.expected, measured.count - measured.expected
        if common != other.series:
            return of_main >= _HALF * growth
        if other.series.product and not main.product and growth >= _HALF * of_main:
            return False  # it is the product that is behind the rise of the whole
        return other.count / other.expected <= _MORE * measured.count / measured.expected
