"""The reports: indicators against targets, their course and parts, and the cases behind each figure.

For whoever leads the desk or audits it. All of it is plain GET: an address is a report, to be kept or sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from complaints.complaint import UnknownReference
from complaints.record import Complaint
from handoff.case_file import subject
from handoff.console import problems
from handoff.console.cookies import cookie_of
from handoff.console.doors import Door
from handoff.console.look import look_of
from handoff.console.looking import now
from handoff.console.rendering import HEADERS, page
from handoff.console.reporting import asking, naming, reading
from handoff.console.reporting.asking import Asked
from handoff.console.reporting.collecting import Collector
from handoff.console.reporting.figures import FigureWords
from handoff.console.settings import ConsoleSettings
from handoff.database import Database
from handoff.reports.drilling import drill
from handoff.reports.errors import ReportError
from handoff.reports.figures import Figure
from handoff.reports.measuring import measure
from handoff.reports.table import COLUMNS, csv_of, rows
from handoff.reports.targets import load
from handoff.staff import agents
from handoff.staff.agents import Person

LISTED = 100
"""Cases on a page of those behind a figure."""


@dataclass(frozen=True)
class Behind:
    """A case behind a figure."""

    reference: str
    about: str
    severity: str
    status: str
    received_at: datetime


@dataclass(frozen=True)
class Cases:
    """The page of the cases behind a figure."""

    person: Person
    settings: ConsoleSettings
    asked: Asked
    words: FigureWords
    figure: Figure
    cases: Sequence[Behind]
    more: str

    @property
    def name(self) -> str:
        """Which figure."""
        return self.words.name(self.asked.of)

    @property
    def means(self) -> str:
        """What it counts."""
        return self.words.means(self.asked.of)

    @property
    def figure_said(self) -> str:
        """The figure itself."""
        return self.words.shown(self.asked.of, self.figure)

    @property
    def count(self) -> int:
        """How many cases there are in all."""
        return self.figure.counted

    @property
    def period_said(self) -> str:
        """The period in words."""
        return self.words.period(self.asked.period)

    @property
    def filters_said(self) -> list[str]:
        """The filters in words."""
        return naming.filters_said(self.asked, self.words)

    @property
    def back_href(self) -> str:
        """The report about the same period and cases."""
        return f"{self.asked.address(of=self.asked.of)}"

    @property
    def more_href(self) -> str:
        """The next cases; empty behind the last."""
        return self.asked.address("/cases", code=self.asked.of, after=self.more) if self.more else ""


def routes(database: Database, settings: ConsoleSettings) -> APIRouter:
    """``/console/reports``, its cases and its CSV."""
    pages = _Pages(database, settings, Collector(database))
    router = APIRouter(prefix="/reports", route_class=Door)
    router.get("")(pages.show)
    router.get("/cases")(pages.cases)
    router.get("/figures.csv")(pages.csv)
    return router


@dataclass(frozen=True)
class _Pages:
    """The pages over a database."""

    database: Database
    settings: ConsoleSettings
    collector: Collector

    async def show(self, request: Request) -> Response:
        """The report; what cannot be read is said, above the report that is shown when nothing is asked."""
        look, problem = look_of(request), ""
        today = _today(self.settings.time_zone)
        try:
            asked = asking.read(request.query_params, today)
        except ReportError as error:
            problem, asked = problems.said(error, look.language), asking.plain(today)
        who = await self.database.read(_overseer, cookie_of(request), now())
        found = await self.collector.collect(asked, self.settings.time_zone, today)
        # Thirty drawings take a quarter of a second: the loop has others to serve.
        view = await asyncio.to_thread(reading.view, who, self.settings, asked, found, look.language, now())
        return page("reports.html", status=422 if problem else 200, look=look, view=view, problem=problem)

    async def cases(self, request: Request, code: str = "", after: str = "") -> Response:
        """The cases that a figure counts."""
        look = look_of(request)
        asked = asking.read(
            {**request.query_params, "of": code or asking.DEFAULT_OF}, _today(self.settings.time_zone)
        )
        view = await self.database.read(
            _cases, cookie_of(request), self.settings, asked, after, look.language, now()
        )
        return page("report_cases.html", look=look, view=view, problem="")

    async def csv(self, request: Request) -> Response:
        """The figures of the page for a spreadsheet."""
        asked = asking.read(request.query_params, _today(self.settings.time_zone))
        text = await self.database.read(_csv, cookie_of(request), self.settings, asked, now())
        name = f"recourse-report-{asked.period}.csv"
        return Response(
            text,
            media_type="text/csv; charset=utf-8",
            headers=HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _today(zone: ZoneInfo) -> date:
    return now().astimezone(zone).date()


def _overseer(session: Session, cookie: str, at: datetime) -> Person:
    return reading.oversees(agents.by_session(session, cookie, at))


def _cases(
    session: Session,
    cookie: str,
    settings: ConsoleSettings,
    asked: Asked,
    after: str,
    language: str,
    at: datetime,
) -> Cases:
    who = _overseer(session, cookie, at)
    figures = measure(session, asked.period, asked.filters, settings.time_zone, [asked.of])
    figure = _whole([*figures.values()]) if asked.of not in figures else figures[asked.of]
    try:
        found = drill(
            session, asked.of, asked.period, asked.filters, settings.time_zone, LISTED + 1, after or None
        )
    except UnknownReference as error:
        raise ReportError("write the reference of a case of this list") from error
    shown = [_behind(case) for case in found[:LISTED]]
    more = shown[-1].reference if len(found) > LISTED else ""
    return Cases(who, settings, asked, FigureWords(language), figure, shown, more)


def _whole(figures: Sequence[Figure]) -> Figure:
    """Costs of all currencies: their cases are those of each, and no sum is meant."""
    counted = sum(figure.counted for figure in figures)
    return Figure(None, counted, counted)


def _behind(case: Complaint) -> Behind:
    return Behind(case.reference, subject(case), case.severity, case.status, case.received_at)


def _csv(session: Session, cookie: str, settings: ConsoleSettings, asked: Asked, at: datetime) -> str:
    _overseer(session, cookie, at)
    figures = measure(session, asked.period, asked.filters, settings.time_zone)
    return csv_of(COLUMNS, rows([("", figures)], load(settings.targets_file)))
