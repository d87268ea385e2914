"""Everything that the page of the reports shows, in words and drawings, made of figures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from complaints.complaint import Category
from handoff.charts.chart import Chart
from handoff.charts.drawing import draw
from handoff.console.reporting import drawings, naming
from handoff.console.reporting.asking import Asked
from handoff.console.reporting.collecting import Found
from handoff.console.reporting.comparing import NO_FIGURE, Attention, Row, attention, compare
from handoff.console.reporting.drawings import Course
from handoff.console.reporting.figures import GROUPS, FigureWords
from handoff.console.reporting.naming import value_said
from handoff.console.settings import ConsoleSettings
from handoff.console.words import tell
from handoff.reports.errors import BadPeriod
from handoff.reports.figures import Figure
from handoff.reports.filters import NOTHING, Filters
from handoff.reports.indicators import Day, find
from handoff.reports.measuring import By
from handoff.reports.targets import load
from handoff.staff.agents import NotAllowed, Person

_PRODUCTS = 200  # that can be chosen
_SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Line:
    """A row of a table of indicators, in words. ``href`` leads to the cases."""

    row: Row
    name: str
    means: str
    now: str
    before: str
    share: str
    target: str
    href: str
    spark: Markup


@dataclass(frozen=True)
class Entry:
    """A row of the table beside a chart."""

    name: str
    shown: str
    href: str


@dataclass(frozen=True)
class Drawn:
    """A chart and the same as a table: ``what`` its rows are, ``head`` what their figures are."""

    title: str
    svg: Markup
    what: str
    head: str
    rows: Sequence[Entry]
    note: str = ""


@dataclass(frozen=True)
class Detail:
    """One indicator in detail."""

    code: str
    name: str
    means: str
    trend: Drawn
    splits: Sequence[Drawn]


@dataclass(frozen=True)
class View:
    """The page. ``choices`` are what can be filtered by: (value, name)."""

    person: Person
    settings: ConsoleSettings
    asked: Asked
    words: FigureWords
    rows: Sequence[Row]
    groups: Sequence[tuple[str, Sequence[Line]]]
    attention: Attention
    detail: Detail
    choices: Mapping[str, Sequence[tuple[str, str]]]
    today: date

    @property
    def period_said(self) -> str:
        """The period in words."""
        return self.words.period(self.asked.period)

    @property
    def before_said(self) -> str:
        """What it is compared with."""
        try:
            return self.words.period(self.asked.period.compared(self.today))
        except BadPeriod:
            return tell(self.words.language, "reports_none")

    @property
    def filters_said(self) -> list[str]:
        """The filters in words."""
        return naming.filters_said(self.asked, self.words)

    @property
    def unfinished(self) -> bool:
        """Whether the period goes on after today."""
        return self.asked.period.last > self.today

    @property
    def periods(self) -> list[tuple[str, str]]:
        """What can be chosen: (value, name)."""
        return naming.periods(self.asked, self.today, self.words)

    @property
    def codes(self) -> list[tuple[str, str]]:
        """What can be looked at in detail."""
        return [(row.code, self.words.name(row.code)) for row in self.rows]

    def detail_href(self, code: str) -> str:
        """The same page with another indicator in detail."""
        return f"{self.asked.address(of=code)}#detail"

    @property
    def csv_href(self) -> str:
        """The same figures as CSV."""
        return self.asked.address("/figures.csv")

    @property
    def review_href(self) -> str:
        """The management review of the period."""
        return self.asked.address("/review", **dict.fromkeys(self.asked.filters.as_query(), ""))

    @property
    def plain_href(self) -> str:
        """The same without filters."""
        return self.asked.address(**dict.fromkeys(self.asked.filters.as_query(), ""), of=self.asked.of)


def oversees(person: Person) -> Person:
    """Somebody who may see the reports. Raises `NotAllowed`."""
    if not (person.role.supervises or person.role.inspects):
        raise NotAllowed(f"the role {person.role} neither leads the desk nor audits it")
    return person


def view(
    person: Person, settings: ConsoleSettings, asked: Asked, found: Found, language: str, now: datetime
) -> View:
    """The page for somebody. Raises `BadTargets`."""
    words = FigureWords(language)
    compared = compare(found.now, found.before, load(settings.targets_file))
    rows = [row for row in compared if row.indicator.day is not Day.IMPROVED or asked.filters == Filters()]
    shown = next((r for r in rows if r.code == asked.of), Row(asked.of, NO_FIGURE, NO_FIGURE, None))
    return View(
        person=person,
        settings=settings,
        asked=asked,
        words=words,
        rows=rows,
        groups=_groups(rows, found.courses, asked, words),
        attention=attention(rows, words),
        detail=_detail(shown, found, asked, words),
        choices=_choices(asked, found, words),
        today=now.astimezone(settings.time_zone).date(),
    )


def _groups(
    rows: Sequence[Row], courses: Mapping[str, Course], asked: Asked, words: FigureWords
) -> list[tuple[str, list[Line]]]:
    found = []
    for group, codes in GROUPS.items():
        lines = [
            line(row, courses.get(row.code, []), asked, words) for row in rows if row.indicator.code in codes
        ]
        found.append((group, lines))
    return [(group, lines) for group, lines in found if lines]


def line(row: Row, course: Course, asked: Asked, words: FigureWords) -> Line:
    """A row of the table."""
    now = row.now
    share = ""
    if row.indicator.unit == "share" and now.of:
        share = tell(
            words.language,
            "reports_of",
            part=words.said("received", now.counted),
            whole=words.said("received", now.of),
        )
    small = drawings.spark(row.code, course, row.target.limit if row.target else None, words)
    return Line(
        row=row,
        name=words.name(row.code),
        means=words.means(row.code),
        now=words.shown(row.code, now),
        before=words.shown(row.code, row.before),
        share=share,
        target=words.target(row.code, row.target) if row.target else "",
        href=asked.address("/cases", code=row.code) if now.counted else "",
        spark=svg(small) if small else Markup(),
    )


def _detail(row: Row, found: Found, asked: Asked, words: FigureWords) -> Detail:
    code, course = row.code, found.courses.get(row.code, [])
    steps = {step.start.isoformat(): str(step) for step in asked.period.steps()}
    over_time = drawings.trend(
        code,
        course,
        row.target.limit if row.target else None,
        words,
        lambda start: asked.address("/cases", code=code, period=steps[start]),
        wide=True,
    )
    note = ""
    if row.target and not over_time.columns:
        note = tell(words.language, "reports_target_line", target=words.target(code, row.target))
    entries = [
        Entry(words.day(start), words.shown(code, figure), mark.href)
        for (start, figure), mark in zip(course, over_time.marks, strict=True)
    ]
    title = tell(words.language, "reports_over_time", name=words.name(code))
    drawn = Drawn(
        title, svg(over_time), tell(words.language, "reports_from"), words.name(code), entries, note
    )
    parts = [_split(code, by, parts, asked, words) for by, parts in found.parts.items()]
    return Detail(code, words.name(code), words.means(code), drawn, parts)


def _split(
    code: str, by: By, found: Sequence[tuple[str | None, Figure]], asked: Asked, words: FigureWords
) -> Drawn:
    parts = [(key, figure) for key, figure in found if figure.of]
    if by == "severity":
        parts.sort(key=lambda part: _SEVERITIES.index(part[0] or "low"))
    shown = [
        (value_said(by, key, words), asked.address("/cases", **{"code": code, by: key or NOTHING}), figure)
        for key, figure in parts
    ]
    title = tell(words.language, f"reports_by_{by}")
    chart = drawings.bars(code, title, shown, words)
    entries = [
        Entry(name, _with_size(code, figure, words), href if figure.counted else "")
        for name, href, figure in shown
    ]
    return Drawn(title, svg(chart), tell(words.language, f"reports_{by}"), words.name(code), entries)


def _with_size(code: str, figure: Figure, words: FigureWords) -> str:
    """A figure; for a share also of how many, so that 100 % of one case is seen as that."""
    said = words.shown(code, figure)
    if find(code)[0].unit != "share" or not figure.of:
        return said
    of = tell(words.language, "reports_of", part=figure.counted, whole=figure.of)
    return f"{said} ({of})"


def _choices(asked: Asked, found: Found, words: FigureWords) -> dict[str, list[tuple[str, str]]]:
    """Channels and products that came in the period, all categories and severities; and what was chosen."""
    came = {by: [key or NOTHING for key, _ in parts] for by, parts in found.came.items()}
    values: dict[str, list[str]] = {
        "channel": came["channel"],
        "product": came["product"][:_PRODUCTS],
        "category": [str(category) for category in Category],
        "severity": list(_SEVERITIES),
    }
    choices = {}
    for by, known in values.items():
        chosen = asked.chosen(by)
        named = [(v, value_said(by, v, words)) for v in dict.fromkeys([*known, *filter(None, [chosen])])]
        choices[by] = named if by == "severity" else sorted(named, key=lambda pair: pair[1].casefold())
    return choices


def svg(chart: Chart) -> Markup:
    """A chart, ready for a page: the drawing escapes every text in it."""
    return Markup(draw(chart))  # noqa: S704
