"""An indicator of this period beside the one before and its target, and what of that needs attention.

A change is called better or worse only if it is more than chance would make of figures of this size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handoff.console.reporting.figures import GROUPS, FigureWords
from handoff.console.words import tell
from handoff.reports.figures import Figure, Figures
from handoff.reports.indicators import Indicator, find
from handoff.reports.targets import Target, Verdict, verdict

FEW = 20
"""Cases under which a share or a time is said to stand on few."""

_SURE = 1.96
"""Standard errors by which two figures must differ: so far apart, chance brings them once in twenty times."""

_MARKED = 0.1  # of a time or a grade, whose spread is not known here: the relative change that counts
_ENOUGH = 30  # cases that such a figure must stand on
_NAMED = 3  # indicators that are spelt out
NO_FIGURE = Figure(None, 0, 0)


class Change(StrEnum):
    """What became of a figure since the period before."""

    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"
    SAME = "same"
    NONE = "none"


@dataclass(frozen=True)
class Row:
    """One indicator; ``code`` may name a currency."""

    code: str
    now: Figure
    before: Figure
    target: Target | None

    @property
    def indicator(self) -> Indicator:
        """Its definition."""
        return find(self.code)[0]

    @property
    def verdict(self) -> Verdict:
        """Whether it meets its target."""
        return verdict(self.now, self.target)

    @property
    def change(self) -> Change:
        """What became of it."""
        now, before = self.now.value, self.before.value
        if now is None or before is None:
            return Change.NONE
        if not _differ(self.indicator, self.now, self.before):
            return Change.SAME
        if self.indicator.better is None:
            return Change.CHANGED
        return Change.BETTER if (now > before) == (self.indicator.better == "up") else Change.WORSE

    @property
    def distance(self) -> float:
        """How far from its target, in parts of the target (or of the figure, if the target is nothing)."""
        if self.now.value is None or self.target is None:
            return 0.0
        limit = self.target.limit
        return abs(self.now.value - limit) / (abs(limit) or abs(self.now.value) or 1.0)


def _differ(indicator: Indicator, now: Figure, before: Figure) -> bool:
    """Whether two figures differ by more than chance (two-sided, 5 percent; normal approximation)."""
    one, two = now.value or 0.0, before.value or 0.0
    match indicator.unit:
        case "share":
            if not now.of or not before.of:
                return False
            both = (now.counted + before.counted) / (now.of + before.of)
            error = math.sqrt(both * (1 - both) * (1 / now.of + 1 / before.of))
            return error > 0 and abs(one - two) > _SURE * error
        case "count":
            return abs(one - two) > _SURE * math.sqrt(one + two)
        case "grade" | "hours" | "money":
            enough = min(now.of, before.of) >= _ENOUGH
            return enough and abs(one - two) > _MARKED * max(abs(two), 1e-9)


def compare(now: Figures, before: Figures, targets: Mapping[str, Target]) -> list[Row]:
    """All indicators beside the period before and their targets, in the order of the page.

    Costs have a row for each currency, one without a figure if there are none.
    """
    rows = []
    for code in (code for codes in GROUPS.values() for code in codes):
        currencies = sorted({key for key in (*now, *before) if key.startswith(f"{code}:")})
        rows += [
            Row(each, now.get(each, NO_FIGURE), before.get(each, NO_FIGURE), targets.get(each))
            for each in currencies or [code]
        ]
    return rows


@dataclass(frozen=True)
class Attention:
    """What a reader should see first. ``headline`` is one sentence; ``points`` name (code, sentence)."""

    headline: str
    calm: bool
    points: Sequence[tuple[str, str]]
    more: str
    worse: Sequence[tuple[str, str]]


def attention(rows: Sequence[Row], words: FigureWords) -> Attention:
    """What needs attention, in sentences that are computed from the figures alone."""
    received = next((row.now.value for row in rows if row.code == "received"), None)
    judged = [row for row in rows if row.verdict in ("met", "missed")]
    missed = sorted(
        (row for row in rows if row.verdict == "missed"), key=lambda row: row.distance, reverse=True
    )
    worse = [row for row in rows if row.change is Change.WORSE and row not in missed]
    rest = len(missed) - _NAMED
    return Attention(
        headline=_headline(len(judged), len(missed), received, words),
        calm=not missed and not worse and bool(received),
        points=[(row.code, sentence(row, words)) for row in missed[:_NAMED]],
        more=tell(words.language, "attention_more", count=rest) if rest > 0 else "",
        worse=[(row.code, sentence(row, words)) for row in worse[:_NAMED]],
    )


def _headline(judged: int, missed: int, received: float | None, words: FigureWords) -> str:
    if not judged and not received:
        return tell(words.language, "attention_no_cases")
    if not judged:
        return tell(words.language, "attention_no_targets")
    if missed:
        return tell(words.language, "attention_missed", missed=missed, measured=judged)
    return tell(words.language, "attention_met", count=judged)


def sentence(row: Row, words: FigureWords) -> str:
    """How an indicator stands, in a sentence."""
    now, before = words.shown(row.code, row.now), words.shown(row.code, row.before)
    if row.now.value is None or row.before.value is None:
        key = "attention_is"
    elif now == before:
        key = "attention_stayed"
    elif row.change is Change.SAME:
        key = "attention_about"
    else:
        key = "attention_rose" if row.now.value > row.before.value else "attention_fell"
    said = tell(words.language, key, name=words.name(row.code), now=now, before=before)
    if row.target is None:
        whole = tell(words.language, "attention_plain", said=said)
    else:
        target = words.target(row.code, row.target)
        whole = tell(words.language, "attention_target", said=said, target=target)
    few = row.indicator.unit in ("share", "hours", "grade") and 0 < row.now.of < FEW
    return f"{whole} {tell(words.language, 'attention_few', count=row.now.of)}" if few else whole
