"""The charts of a report: what each shows, in words, and where its marks lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from handoff.charts.chart import Bars, Mark, Spark, Target, Trend
from handoff.console.reporting.figures import FigureWords
from handoff.console.words import tell
from handoff.reports.figures import Figure
from handoff.reports.indicators import find

MOST_BARS = 8
"""Parts that a chart of bars shows; the table has them all."""

Course = Sequence[tuple[date, Figure]]
"""A figure over time, by the first day of each step."""

Lead = Callable[[str], str]
"""The address of the cases of a step or part, by its key; empty for none."""


def spark(code: str, course: Course, target: float | None, words: FigureWords) -> Spark | None:
    """A small chart for a row; ``None`` if there is too little to draw."""
    known = [figure for _, figure in course if figure.value is not None]
    if len(known) < 2:
        return None
    said = tell(
        words.language,
        "spark_of",
        name=words.name(code),
        first=words.shown(code, known[0]),
        last=words.shown(code, known[-1]),
    )
    marks = tuple(Mark(words.day(start), figure.value, words.shown(code, figure)) for start, figure in course)
    return Spark(said, marks, None if target is None else Target(target, ""))


def trend(
    code: str, course: Course, target: float | None, words: FigureWords, lead: Lead, *, wide: bool = False
) -> Trend:
    """A figure over time with its target."""
    indicator, _ = find(code)
    values = [figure.value for _, figure in course if figure.value is not None]
    scale = words.scale(code, max([*values, target or 0.0], default=0.0))
    step = course[1][0] - course[0][0] if len(course) > 1 else timedelta(days=1)
    if len(course) > 2:
        step = course[2][0] - course[1][0]  # the first one may be cut
    title = tell(words.language, "reports_over_time", name=words.name(code))
    return Trend(
        title=tell(words.language, "chart_of", title=title),
        marks=tuple(
            Mark(
                words.step(start, step),
                None if figure.value is None else figure.value / scale.by,
                words.shown(code, figure),
                lead(start.isoformat()) if figure.counted else "",
            )
            for start, figure in course
        ),
        tick=scale.tick,
        columns=indicator.unit in ("count", "money"),
        whole=indicator.unit == "count",
        target=None if target is None else Target(target / scale.by, words.said(code, target)),
        wide=wide,
    )


def bars(
    code: str,
    title: str,
    parts: Sequence[tuple[str, str, Figure]],
    words: FigureWords,
) -> Bars:
    """A figure's parts: (name, address of the cases, figure)."""
    return Bars(
        title=tell(words.language, "chart_of", title=title),
        marks=tuple(
            Mark(name, figure.value or 0.0, words.shown(code, figure), href if figure.counted else "")
            for name, href, figure in parts[:MOST_BARS]
        ),
    )
