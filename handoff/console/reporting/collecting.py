"""The figures of the reports page, read with as little work as they need, several at a time.

A year of 50,000 cases takes the database some seconds if it counts one thing after the other. So what can
be added up is counted once, along the period, and the statements run beside each other. Each of them
sees the register as it is then: cases that change in that second may be in one figure and not in another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from handoff.console.reporting.asking import Asked
from handoff.console.reporting.comparing import NO_FIGURE
from handoff.console.reporting.drawings import Course
from handoff.database import Database
from handoff.reports.errors import BadPeriod
from handoff.reports.figures import Figure, Figures
from handoff.reports.filters import Filters
from handoff.reports.indicators import INDICATORS, Day, Indicator, find
from handoff.reports.measuring import By, measure, splits, times_along, trends

SPLITS: tuple[By, ...] = ("channel", "product", "category", "severity")
"""How an indicator is shown in detail, and what can be filtered by."""

_TIMES = [code for code, each in INDICATORS.items() if each.unit == "hours"]
_RECEIVED = [c for c, each in INDICATORS.items() if each.day is Day.RECEIVED and c not in _TIMES]
_OTHERS = [code for code in INDICATORS if code not in (*_TIMES, *_RECEIVED)]

_BESIDE = 3  # statements at once, in each process: agents' reads need room, too

Parts = Mapping[By, Sequence[tuple[str | None, Figure]]]
"""A figure by its parts, the largest first."""


@dataclass(frozen=True)
class Found:
    """The figures of a page. ``came`` are the complaints received in the period without any filter."""

    now: Figures
    before: Figures
    courses: Mapping[str, Course]
    parts: Parts
    came: Parts


class Collector:
    """Reads for all who look at reports in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._room = asyncio.Semaphore(_BESIDE)

    async def collect(self, asked: Asked, zone: ZoneInfo, today: date) -> Found:
        """All figures that a page asks for. Raises `UnknownIndicator`."""
        period, filters = asked.period, asked.filters
        along = [self._read(trends, period, filters, zone, codes) for codes in (_RECEIVED, _OTHERS)]
        times = [
            self._read(times_along, period, filters, zone, codes)
            for codes in (_TIMES[: len(_TIMES) // 2], _TIMES[len(_TIMES) // 2 :])
        ]
        wholes = []
        with suppress(BadPeriod):
            before_it = period.compared(today)
            wholes = [self._read(measure, before_it, filters, zone, c) for c in (_RECEIVED, _OTHERS, _TIMES)]
        parts = self._read(_parts, asked, zone)
        came = self._read(_came, asked, zone)
        steps, passed, before, parted, unfiltered = await asyncio.gather(
            asyncio.gather(*along), asyncio.gather(*times), asyncio.gather(*wholes), parts, came
        )
        courses = _courses([*steps, *(course for _, course in passed)])
        durations = dict.fromkeys(_TIMES, NO_FIGURE) | {k: v for whole, _ in passed for k, v in whole.items()}
        return Found(
            now=_whole(courses) | durations,
            before={code: figure for each in before for code, figure in each.items()},
            courses=courses,
            parts=parted,
            came=unfiltered,
        )

    async def _read(self, unit: Callable[..., Any], *args: Any) -> Any:
        async with self._room:
            return await self._database.read(unit, *args)


def can_be_parted(code: str) -> bool:
    """Whether a figure has parts: improvements are no cases, and costs have a currency."""
    indicator, currency = find(code)
    return indicator.day is not Day.IMPROVED and (indicator.unit != "money" or currency is not None)


def _parts(session: Session, asked: Asked, zone: ZoneInfo) -> Parts:
    if not can_be_parted(asked.of):
        return {}
    return {by: _split(session, by, asked, asked.filters, zone, asked.of) for by in SPLITS}


def _came(session: Session, asked: Asked, zone: ZoneInfo) -> Parts:
    """What can be filtered by; of the vocabularies that do not grow all words are there anyway."""
    return {by: _split(session, by, asked, Filters(), zone, "received") for by in ("channel", "product")}


def _split(
    session: Session, by: By, asked: Asked, filters: Filters, zone: ZoneInfo, code: str
) -> list[tuple[str | None, Figure]]:
    return [(key, found[code]) for key, found in splits(session, by, asked.period, filters, zone, [code])]


def _courses(steps: Collection[Sequence[tuple[date, Figures]]]) -> dict[str, Course]:
    found: dict[str, Course] = {}
    for along in steps:
        for code in dict.fromkeys(code for _, figures in along for code in figures):
            found[code] = [(start, figures.get(code, NO_FIGURE)) for start, figures in along]
    return found


def _whole(courses: Mapping[str, Course]) -> Figures:
    """The period as the sum of its steps: every case is in one of them. Times cannot be added up."""
    return {
        code: _sum(find(code)[0], [figure for _, figure in course])
        for code, course in courses.items()
        if code not in _TIMES
    }


def _sum(indicator: Indicator, figures: Sequence[Figure]) -> Figure:
    of, counted = sum(each.of for each in figures), sum(each.counted for each in figures)
    match indicator.unit:
        case "count" | "money":
            return Figure(round(sum(each.value or 0.0 for each in figures), 2), of, counted)
        case "share":
            return Figure(counted / of if of else None, of, counted)
        case _:
            total = sum(round((each.value or 0.0) * each.of) for each in figures)
            return Figure(total / of if of else None, of, counted)
