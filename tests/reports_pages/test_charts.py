"""Charts: the drawing says what the figures say, needs nothing that a page forbids, and leads to the cases.

Mutation: leave ``tabindex`` out of `handoff.charts.drawing._name`, or ``defs`` (with a script) in; let
`_ticks` end below the highest value.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.charts import drawing
from handoff.charts.chart import Bars, Chart, Mark, Spark, Target, Trend
from handoff.charts.drawing import draw, on_paper

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert(1)</script>" onload="x'


def marks(*values: float | None, href: str = "/cases?a=1&b=2") -> tuple[Mark, ...]:
    return tuple(Mark(f"{HOSTILE} {n}", v, f"{v} of them", href) for n, v in enumerate(values))


def columns(*values: float | None) -> Trend:
    return Trend(HOSTILE, marks(*values), str, columns=True, whole=True)


KINDS: list[Chart] = [
    columns(1, None, 3),
    Trend(HOSTILE, marks(0.1, None, 0.4), "{:.0%}".format, target=Target(0.2, "20 %")),
    Bars(HOSTILE, marks(9, 3, 0)),
    Spark(HOSTILE, marks(2, 1, 5), Target(3, "3")),
]


@pytest.mark.parametrize("chart", KINDS, ids=lambda c: type(c).__name__)
def test_nothing_that_a_page_forbids(chart: Chart) -> None:
    """No script, no style, no handler, nothing foreign; whatever is written in it stays text."""
    root = ET.fromstring(draw(chart))
    elements = [each.tag.removeprefix(SVG) for each in root.iter()]
    assert set(elements) <= {"svg", "g", "path", "rect", "circle", "text", "a", "title"}
    for each in root.iter():
        assert not {"style", "onload", "{http://www.w3.org/1999/xlink}href"} & set(each.attrib)
    assert root.get("aria-label") == HOSTILE


def test_bars_are_as_long_as_their_figures() -> None:
    root = ET.fromstring(draw(Bars("Parts", marks(8, 4, 2, 0))))
    lengths = [float(bar.get("width", 0)) for bar in root.iter(f"{SVG}rect")][::-1]
    assert lengths[1] / lengths[0] == pytest.approx(0.5, abs=0.01)
    assert lengths[2] / lengths[0] == pytest.approx(0.25, abs=0.01)


def test_each_mark_says_its_figure_and_leads_to_its_cases() -> None:
    """A gap has no mark; the keyboard goes through the table, so the marks are no stops of their own."""
    root = ET.fromstring(draw(columns(1, None, 3)))
    links = list(root.iter(f"{SVG}a"))
    assert [link.get("aria-label") for link in links] == [
        f"{HOSTILE} 0: 1 of them",
        f"{HOSTILE} 2: 3 of them",
    ]
    assert {link.get("href") for link in links} == {"/cases?a=1&b=2"}
    assert {link.get("tabindex") for link in links} == {"-1"}
    assert root.get("role") == "group"
    assert ET.fromstring(draw(KINDS[3])).get("role") == "group"
    assert ET.fromstring(draw(Spark("s", marks(1, 2, href="")))).get("role") == "img"


def test_on_paper_it_brings_its_colours_along() -> None:
    """Typst knows no variables: each has its fallback in its place."""
    said = on_paper(draw(KINDS[1])).decode()
    assert "<style>" in said
    assert "var(" not in said
    assert "#2f7f88" in said


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e9)), min_size=1, max_size=40), st.booleans(), st.booleans()
)
@settings(max_examples=40, deadline=None)
def test_whatever_the_figures_are(values: list[float | None], columns_: bool, whole: bool) -> None:
    """It can be drawn, and the axis reaches at least as high as the highest value."""
    root = ET.fromstring(draw(Trend("any", marks(*values), str, columns=columns_, whole=whole)))
    shown = sum(1 for each in root.iter(f"{SVG}a"))
    assert shown == sum(value is not None for value in values)
    top = max((value for value in values if value is not None), default=0)
    assert drawing._ticks(top, whole=whole)[-1] >= top * (1 - 1e-6) - 1e-9
    ET.fromstring(draw(Bars("any", marks(*(value or 0 for value in values)))))
    ET.fromstring(draw(Spark("any", marks(*values), Target(1, "1"))))
