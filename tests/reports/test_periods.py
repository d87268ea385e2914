"""Periods: how they are written, what comes before them, into what they fall, and where their days begin.

Mutation: let `Period.before` always count days; leave the last day out of ``..``; begin weeks on Sunday.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.reports.errors import BadPeriod
from handoff.reports.periods import LONGEST, Period

TODAY = date(2026, 11, 22)


def parse(text: str) -> Period:
    return Period.parse(text, TODAY)


@pytest.mark.parametrize(
    ("text", "start", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-q4", "2026-10-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-W47", "2026-11-16", "2026-11-22"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2026-01-01..2026-03-31", "2026-01-01", "2026-03-31"),
        ("2026-05-05..2026-05-05", "2026-05-05", "2026-05-05"),
        ("last-30-days", "2026-10-24", "2026-11-22"),
        (" last-1-days ", "2026-11-22", "2026-11-22"),
    ],
)
def test_written(text: str, start: str, last: str) -> None:
    found = parse(text)
    assert (str(found.start), str(found.last)) == (start, last)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-Q5", "2026-13", "2026-W54", "0000", "2026-02-30..2026-03-01", "last-0-days",
     "2026-03-02..2026-03-01", "9999", "last-9999-days", "2026-1", "٢٠٢٦-13"],
)  # fmt: skip
def test_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(BadPeriod, match=r"write 2026, 2026-Q3|ends after it begins|ten years"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2026", "2025"),
        ("2026-Q1", "2025-Q4"),
        ("2026-03", "2026-02"),
        ("2026-W01", "2025-W52"),
        ("2026-01-01..2026-06-30", "2025-07-01..2025-12-31"),
        ("2026-03-02..2026-03-11", "2026-02-20..2026-03-01"),
    ],
)
def test_before(text: str, before: str) -> None:
    """As many months, or as many days; and both are written as they are read."""
    assert parse(text).before() == parse(before)
    assert str(parse(text)) == text
    assert str(parse(text).before()) == before


@pytest.mark.parametrize(
    ("text", "today", "compared"),
    [
        ("2026-11", "2026-11-22", "2026-10-01..2026-10-22"),
        ("2026-11", "2026-11-30", "2026-10"),  # its last day: nothing of it is to come
        ("2026-11", "2027-02-01", "2026-10"),
        ("2026-11", "2026-10-31", "2026-10"),  # nothing of it has been
        ("2026-03", "2026-03-30", "2026-02"),  # which has no thirtieth
        ("2026", "2026-07-01", "2025-01-01..2025-07-01"),
    ],
)
def test_as_much_of_the_one_before(text: str, today: str, compared: str) -> None:
    """Half a month is not compared with a whole one."""
    assert parse(text).compared(date.fromisoformat(today)) == parse(compared)


@pytest.mark.parametrize("text", ["0001", "0002", "1899-12", "0001-01-01..0001-02-01"])
def test_nothing_before_the_calendar(text: str) -> None:
    """There the first midnight of a zone east of Greenwich would be no day at all."""
    with pytest.raises(BadPeriod, match="1900 or later"):
        parse(text)
    with pytest.raises(BadPeriod, match="1900 or later"):
        parse("1900").before()


days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(days, st.integers(1, LONGEST))
def test_steps_are_the_whole(start: date, length: int) -> None:
    """Without a gap or a day twice; weeks from Monday; written and read it is the same."""
    period = Period(start, start + timedelta(days=length))
    for steps in (period.steps(), period.months()):
        assert steps[0].start == period.start
        assert steps[-1].end == period.end
        assert all(one.end == two.start for one, two in pairwise(steps))
    steps = period.steps()
    unit = {1} if length <= 31 else set(range(1, 8)) if length <= 190 else set(range(1, 32))
    assert {step.days for step in steps} <= unit
    if 31 < length <= 190:
        assert all(step.start.weekday() == 0 for step in steps[1:])
    assert parse(str(period)) == period


def test_days_are_the_operators() -> None:
    """Also on the days on which the clocks change."""
    start, end = parse("2026-03-29..2026-03-29").bounds(ZoneInfo("Europe/Berlin"))
    assert start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end == datetime(2026, 3, 29, 22, tzinfo=UTC)
