"""Of a management review: how complaints were handled, against targets, and what customers say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from babel.numbers import format_percent

from complaints.surveying import GRADES, Figures
from handoff.case_documents.parts import Cell, Part, cell, heading, table, text
from handoff.charts.chart import Bars, Chart, Mark
from handoff.charts.drawing import draw
from handoff.console.reporting import drawings
from handoff.console.reporting.comparing import Row
from handoff.console.reporting.naming import value_said
from handoff.console.words import tell
from handoff.management_review.gathering import Inputs
from handoff.management_review.speech import Speech

_COURSES = ("received", "resolved_late", "time_to_resolve_median", "satisfaction")
"""The indicators whose course is drawn; the table has all of them."""


def performance(inputs: Inputs, speech: Speech) -> list[Part]:
    """All indicators with targets, the course of some, and the parts of what came."""
    words, say = speech.figures, speech.say
    head = [tell(speech.language, f"reports_{name}") for name in ("indicator", "now", "before", "target")]
    rows = [_performed(row, speech) for row in inputs.rows]
    parts: list[Part] = [table([*head, say("verdict")], [9, 4, 4, 4, 4], rows)]
    courses: list[Chart] = []
    by_code = {row.code: row for row in inputs.rows}
    for code in _COURSES:
        course, row = inputs.courses.get(code, []), by_code[code]
        if any(figure.value is not None for _, figure in course):
            limit = row.target.limit if row.target else None
            courses.append(drawings.trend(code, course, limit, words, lambda _: ""))
    parts += _drawn(courses, [_caption(c, by_code, speech) for c in _COURSES if _has(inputs, c)], "trend")
    bars: list[Chart] = []
    names = []
    for by, found in inputs.parts.items():
        if found:
            title = tell(speech.language, f"reports_by_{by}")
            shown = [(value_said(by, key, words), "", figure) for key, figure in found]
            bars.append(drawings.bars("received", title, shown, words))
            names.append(title)
    if bars:
        parts.append(heading(say("received_by")))
        parts += _drawn(bars, names, "part")
    return parts


def _performed(row: Row, speech: Speech) -> tuple[Cell, ...]:
    words = speech.figures
    missed = row.verdict == "missed"
    verdict = "" if row.verdict == "none" else tell(speech.language, f"verdict_{row.verdict}")
    change = "" if row.change == "none" else tell(speech.language, f"reports_{row.change}")
    before = words.shown(row.code, row.before)
    return (
        cell(words.name(row.code)),
        cell(words.shown(row.code, row.now), "strong"),
        cell(f"{before} ({change})" if change and row.change != "same" else before),
        cell(words.target(row.code, row.target) if row.target else "–", "" if row.target else "soft"),
        cell(verdict or "–", "alarm" if missed else "" if verdict else "soft"),
    )


def _has(inputs: Inputs, code: str) -> bool:
    return any(figure.value is not None for _, figure in inputs.courses.get(code, []))


def _caption(code: str, rows: Mapping[str, Row], speech: Speech) -> str:
    words, row = speech.figures, rows[code]
    said = tell(speech.language, "reports_over_time", name=words.name(code))
    if row.target is None:
        return said
    line = tell(speech.language, "reports_target_line", target=words.target(code, row.target))
    return f"{said}. {line}"


def _drawn(drawn: Sequence[Chart], captions: Sequence[str], name: str) -> list[Part]:
    if not drawn:
        return []
    rows = [
        {"file": f"{name}-{number}.svg", "svg": draw(chart), "alt": chart.title, "caption": caption}
        for number, (chart, caption) in enumerate(zip(drawn, captions, strict=True), 1)
    ]
    return [{"kind": "charts", "rows": rows}]


def survey(inputs: Inputs, speech: Speech) -> list[Part]:
    """What customers say about how their complaints were handled (ISO 10002, 8.3)."""
    say, total = speech.say, inputs.survey.total
    if not total.asked:
        return [text(say("survey_none"))]
    rate, mean = _rate(total, speech), _mean(total, speech)
    parts = [
        text(
            say(
                "survey_said",
                answered=speech.number(total.answered),
                asked=speech.number(total.asked),
                rate=rate,
                mean=mean,
                comments=speech.number(total.comments),
            )
        )
    ]
    if total.answered:
        marks = tuple(
            Mark(say("grade", grade=grade), float(total.grades[grade]), speech.number(total.grades[grade]))
            for grade in reversed(GRADES)
        )
        parts += _drawn([Bars(say("grades"), marks)], [say("grades")], "grades")
    head = [
        tell(speech.language, "reports_channel"), say("asked"), say("answered"), say("rate"), say("mean"),
    ]  # fmt: skip
    rows = [
        (
            cell(speech.of_cases.channel(channel)),
            cell(speech.number(figures.asked)),
            cell(speech.number(figures.answered)),
            cell(_rate(figures, speech)),
            cell(_mean(figures, speech)),
        )
        for channel, figures in inputs.survey.by_channel.items()
    ]
    return [*parts, table(head, [5, 3, 3, 3, 3], rows)]


def _rate(figures: Figures, speech: Speech) -> str:
    rate = figures.response_rate
    return "–" if rate is None else format_percent(rate, locale=speech.figures.locale)


def _mean(figures: Figures, speech: Speech) -> str:
    return "–" if figures.mean is None else speech.number(round(figures.mean, 2))
