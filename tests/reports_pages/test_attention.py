"""What needs attention: computed from figures, honest about chance and few cases; all are said.

Mutation: let `_differ` answer ``one != two`` for shares; leave an indicator out of ``GROUPS``.
"""

from __future__ import annotations

import pytest

from handoff.console.reporting.comparing import Change, Row, attention, compare
from handoff.console.reporting.figures import GROUPS, FigureWords
from handoff.console.words import LANGUAGES, catalogue
from handoff.reports.figures import Figure
from handoff.reports.indicators import INDICATORS
from handoff.reports.periods import Period
from handoff.reports.targets import Target
from tests.reports_pages.conftest import TODAY

ENGLISH, SPANISH = FigureWords("en"), FigureWords("es")
AT_MOST_5 = Target("most", 0.05)


def share(counted: int, of: int) -> Figure:
    return Figure(counted / of, of, counted)


def late(now: Figure, before: Figure, target: Target | None = AT_MOST_5) -> Row:
    return Row("resolved_late", now, before, target)


def test_missed_targets_come_first_the_farthest_on_top() -> None:
    rows = [
        Row("received", Figure(1000, 1000, 1000), Figure(1000, 1000, 1000), None),
        late(share(90, 1000), share(40, 1000)),
        Row("reopened", share(300, 1000), share(290, 1000), Target("most", 0.10)),
        Row("upheld", share(10, 1000), share(10, 1000), None),
    ]
    told = attention(rows, ENGLISH)
    assert told.headline == "2 of 2 targets are missed."
    assert [code for code, _ in told.points] == ["reopened", "resolved_late"]
    assert told.points[1][1] == "Resolved late rose from 4% to 9%; the target is at most 5%."
    assert told.points[0][1] == "Reopened is 30%, about as before (29%); the target is at most 10%."
    assert not told.calm


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (share(9, 100), share(4, 100), Change.SAME),  # chance makes as much of a hundred
        (share(90, 1000), share(40, 1000), Change.WORSE),
        (share(40, 1000), share(90, 1000), Change.BETTER),
        (Figure(None, 0, 0), share(4, 100), Change.NONE),
        (share(0, 5), share(0, 5), Change.SAME),
    ],
)
def test_a_change_is_told_from_chance(now: Figure, before: Figure, change: Change) -> None:
    assert late(now, before).change is change


def test_a_figure_of_few_says_so() -> None:
    told = attention([late(share(2, 12), share(1, 12))], ENGLISH)
    assert told.points[0][1].endswith("It stands on 12 complaints only.")
    assert attention([late(share(1, 1), share(0, 1))], SPANISH).points[0][1].endswith("una sola queja.")


def test_calm_is_said_only_when_it_is() -> None:
    received = Row("received", Figure(50, 50, 50), Figure(50, 50, 50), None)
    assert attention([received, late(share(1, 100), share(1, 100))], ENGLISH).calm
    assert attention([received], ENGLISH).headline == "No target can be judged in this period."
    nothing = attention([Row("received", Figure(0, 0, 0), Figure(9, 9, 9), None)], ENGLISH)
    assert nothing.headline == "No complaint was received in this period."
    assert not nothing.calm


def test_every_indicator_has_a_place_and_words() -> None:
    """On the page, in both languages; costs have a row for each currency."""
    placed = [code for codes in GROUPS.values() for code in codes]
    assert sorted(placed) == sorted(INDICATORS)
    for language in LANGUAGES:
        assert {f"indicator_{c}" for c in INDICATORS} | {f"means_{c}" for c in INDICATORS} <= set(
            catalogue(language)
        )
    costs = {"remedy_cost:EUR": Figure(5, 1, 1), "remedy_cost:GBP": Figure(6, 1, 1)}
    rows = compare(costs, {"remedy_cost:USD": Figure(7, 1, 1)}, {"remedy_cost:GBP": Target("most", 5)})
    of_costs = {row.code: row.verdict for row in rows if row.code.startswith("remedy_cost")}
    assert of_costs == {"remedy_cost:EUR": "none", "remedy_cost:GBP": "missed", "remedy_cost:USD": "none"}


@pytest.mark.parametrize(
    ("code", "value", "english", "spanish"),
    [
        ("received", 5499, "5,499", "5.499"),
        ("resolved_late", 0.0869, "8.7%", "8,7\u00a0%"),
        ("time_to_acknowledge_p90", 0.5, "30 min", "30 min"),
        ("time_to_answer_median", 1.0, "1 h", "1 h"),
        ("time_to_resolve_median", 100.8, "4.2 days", "4,2 días"),
        ("satisfaction", 3.5, "3.5 of 5", "3,5 de 5"),
        ("remedy_cost:EUR", 1204.5, "€1,204.50", "1.204,50\u00a0€"),
        ("upheld", None, "–", "–"),
    ],
)
def test_figures_in_words(code: str, value: float | None, english: str, spanish: str) -> None:
    assert (ENGLISH.said(code, value), SPANISH.said(code, value)) == (english, spanish)


@pytest.mark.parametrize(
    ("period", "english", "spanish"),
    [
        ("2026", "2026", "2026"),
        ("2026-Q3", "Q3 2026", "T3 2026"),
        ("2026-11", "November 2026", "Noviembre de 2026"),
        ("2026-W47", "16 Nov 2026 – 22 Nov 2026", "16 nov 2026 – 22 nov 2026"),
    ],
)
def test_periods_in_words(period: str, english: str, spanish: str) -> None:
    parsed = Period.parse(period, TODAY)
    assert (ENGLISH.period(parsed), SPANISH.period(parsed)) == (english, spanish)
