"""Everything that the page of the reports shows, read in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup
from sqlmodel import Session

from handoff.charts.chart import Chart
from handoff.charts.drawing import draw
from handoff.console.reporting import asking, drawings
from handoff.console.reporting.asking import Asked
from handoff.console.reporting.comparing import NO_FIGURE, Attention, Row, attention
from handoff.console.reporting.drawings import Course
from handoff.console.reporting.figures import GROUPS, FigureWords
from handoff.console.settings import ConsoleSettings
from handoff.console.wording import wording
from handoff.console.words import tell
from handoff.reports.errors import BadPeriod
from handoff.reports.figures import Figure, Figures
from handoff.reports.filters import NOTHING, Filters
from handoff.reports.indicators import Day, find
from handoff.reports.measuring import By, measure, splits, trends
from handoff.reports.periods import Period
from handoff.reports.targets import load
from handoff.staff.agents import NotAllowed, Person

SPLITS: tuple[By, ...] = ("channel", "product", "category", "severity")
"""How an indicator is shown in detail."""

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
        """The one before."""
        try:
            return self.words.period(self.asked.period.before())
        except BadPeriod:
            return tell(self.words.language, "reports_none")

    @property
    def filters_said(self) -> list[str]:
        """The filters in words."""
        return filters_said(self.asked, self.words)

    @property
    def unfinished(self) -> bool:
        """Whether the period goes on after today."""
        return self.asked.period.last > self.today

    @property
    def periods(self) -> list[tuple[str, str]]:
        """What can be chosen: (value, name)."""
        return periods(self.asked, self.today, self.words)

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


def read(
    session: Session,
    person: Person,
    settings: ConsoleSettings,
    asked: Asked,
    language: str,
    now: datetime,
) -> View:
    """The page for somebody. Raises `ReportError`."""
    words = FigureWords(language)
    found = compare(session, asked.period, asked.filters, settings)
    courses = _courses(trends(session, asked.period, asked.filters, settings.time_zone))
    rows = [row for row in found if row.indicator.day is not Day.IMPROVED or asked.filters == Filters()]
    shown = next((row for row in rows if row.code == asked.of), rows[0])
    return View(
        person=person,
        settings=settings,
        asked=asked,
        words=words,
        rows=rows,
        groups=_groups(rows, courses, asked, words),
        attention=attention(rows, words),
        detail=_detail(session, shown, courses.get(shown.code, []), asked, settings, words),
        choices=_choices(session, asked, settings, words),
        today=now.astimezone(settings.time_zone).date(),
    )


def compare(session: Session, period: Period, filters: Filters, settings: ConsoleSettings) -> list[Row]:
    """All indicators beside the period before and their targets."""
    now = measure(session, period, filters, settings.time_zone)
    try:
        before = measure(session, period.before(), filters, settings.time_zone)
    except BadPeriod:
        before = {}
    targets = load(settings.targets_file)
    return [
        Row(code, now.get(code, NO_FIGURE), before.get(code, NO_FIGURE), targets.get(code))
        for code in _codes(now, before)
    ]


def _codes(now: Figures, before: Figures) -> list[str]:
    """Indicators in the order of the page, costs once for each currency."""
    found = []
    for code in (code for codes in GROUPS.values() for code in codes):
        currencies = sorted({key for key in (*now, *before) if key.startswith(f"{code}:")})
        found += currencies or [code]
    return found


def filters_said(asked: Asked, words: FigureWords) -> list[str]:
    """The filters in words: "Channel: SMS"."""
    said = asked.filters.as_query()
    names = {name: tell(words.language, f"reports_{name}") for name in said}
    return [f"{names[name]}: {value_said(name, value, words)}" for name, value in said.items()]


def value_said(name: str, value: str | None, words: FigureWords) -> str:
    """A value of a filter, or a part of a split, in words."""
    of_cases = wording(words.language)
    label = {"channel": of_cases.channel, "language": of_cases.language}.get(name, of_cases.label)
    return words.key(name, value, label)


def _courses(found: Sequence[tuple[date, Figures]]) -> dict[str, Course]:
    codes = {code for _, figures in found for code in figures}
    return {code: [(start, figures.get(code, NO_FIGURE)) for start, figures in found] for code in codes}


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


def _detail(
    session: Session, row: Row, course: Course, asked: Asked, settings: ConsoleSettings, words: FigureWords
) -> Detail:
    code = row.code
    steps = {step.start.isoformat(): str(step) for step in asked.period.steps()}
    over_time = drawings.trend(
        code,
        course,
        row.target.limit if row.target else None,
        words,
        lambda start: asked.address("/cases", code=code, period=steps[start]),
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
    parted = find(code)[0].day is not Day.IMPROVED and (row.indicator.unit != "money" or ":" in code)
    parts = [_split(session, code, by, asked, settings, words) for by in SPLITS] if parted else []
    return Detail(code, words.name(code), words.means(code), drawn, parts)


def _split(
    session: Session, code: str, by: By, asked: Asked, settings: ConsoleSettings, words: FigureWords
) -> Drawn:
    found = splits(session, by, asked.period, asked.filters, settings.time_zone, [code])
    parts = [(key, figures[code]) for key, figures in found if figures[code].of]
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


def _choices(
    session: Session, asked: Asked, settings: ConsoleSettings, words: FigureWords
) -> dict[str, list[tuple[str, str]]]:
    """What came in the period; what was chosen is always among it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for by in SPLITS:
        parts = splits(session, by, asked.period, Filters(), settings.time_zone, ["received"])
        values = [key or NOTHING for key, _ in parts[:_PRODUCTS]]
        if (chosen := asked.chosen(by)) and chosen not in values:
            values.append(chosen)
        named = [(value, value_said(by, value, words)) for value in values]
        found[by] = sorted(named, key=lambda pair: pair[1].casefold())
    return found


def svg(chart: Chart) -> Markup:
    """A chart, ready for a page: the drawing escapes every text in it."""
    return Markup(draw(chart))  # noqa: S704


def periods(asked: Asked, today: date, words: FigureWords) -> list[tuple[str, str]]:
    """Periods to choose from: (value, name); what was typed, too."""
    found = [(text, _period_said(text, today, words)) for text in asking.choices(today)]
    if asked.text not in dict(found):
        found.insert(0, (asked.text, words.period(asked.period)))
    return found


def _period_said(text: str, today: date, words: FigureWords) -> str:
    if text.startswith("last-"):
        return tell(words.language, "reports_last_days", count=int(text.split("-")[1]))
    return words.period(Period.parse(text, today))
