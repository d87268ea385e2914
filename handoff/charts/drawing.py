"""Charts as SVG: pygal lays them out, the stylesheet colours them, and each mark leads to its cases.

Pygal's own styles and script are left out: pages forbid them (their content security policy), and colours
must follow the reader's scheme. What is left is plain SVG with classes, so the same drawing serves the
page (``charts.css``, through variables), print, and the PDF (`on_paper`, with those variables' fallbacks).
"""

from __future__ import annotations

import math
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from pygal.style import Style

from handoff.charts.chart import Bars, Chart, Mark, Spark, Trend

# Pygal hangs a finder of its old kind of plug-ins, which we have none of, into all imports of the process.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

STYLESHEET = Path(__file__).parents[1] / "console" / "static" / "charts.css"

_FONT = 12  # in the drawing's own units: about pixels, for a chart is shown at about its size
_WIDTH, _WIDE, _NARROW = 460, 880, 400  # of a trend, of one that stands alone, of bars
_TALL = 210  # of a trend
_BAR, _EDGE = 30, 8  # what each bar across takes, and all of them together
_SPARK = (132, 36)
_ROOM = 1.22  # bars across leave place for their figures
_NOTHING = 1e-9  # below it an axis has no values
_LONGEST = 24  # characters of a bar's name; all of it is in its tooltip and in the table
_VARIABLE = re.compile(r"var\(--[\w-]+,\s*([^()]+)\)")

_STYLE = Style(
    font_family="sans-serif", label_font_size=_FONT, major_label_font_size=_FONT, value_font_size=_FONT
)  # only measured with: what is seen is in charts.css


def draw(chart: Chart) -> str:
    """A chart as an ``<svg>`` element, with classes and without colours."""
    match chart:
        case Trend():
            kind, root = ("columns" if chart.columns else "line"), _trend(chart)
        case Spark():
            kind, root = "spark", _spark(chart)
        case Bars():
            kind, root = "bars", _bars(chart)
    return _finish(root, chart, kind)


def on_paper(svg: str) -> bytes:
    """The same as a document of its own, in the colours of paper."""
    head, close, rest = svg.partition(">")
    return f"{head}{close}<style>{paper_styles()}</style>{rest}".encode()


@cache
def paper_styles() -> str:
    """``charts.css`` with the fallback of each variable in its place: Typst's SVG knows no variables."""
    return _VARIABLE.sub(r"\1", STYLESHEET.read_text(encoding="utf-8"))


def _trend(chart: Trend) -> ET.Element:
    values = [m.value for m in chart.marks if m.value is not None]
    top = max([*values, chart.target.value if chart.target else 0.0, 0.0])
    ticks = _ticks(top, whole=chart.whole)
    labels = [m.label for m in chart.marks]
    drawn = (pygal.Bar if chart.columns else pygal.Line)(
        **_plain(_WIDE if chart.wide else _WIDTH, _TALL),
        allow_interruptions=True,
        dots_size=4,
        range=(0, ticks[-1]),
        margin_top=12,
        margin_right=18,
        spacing=8,
    )
    every = math.ceil(len(labels) / (20 if chart.wide else 12))
    drawn.x_labels = [label if at % every == 0 else "" for at, label in enumerate(labels)]
    drawn.y_labels = [{"value": tick, "label": chart.tick(tick)} for tick in ticks]
    drawn.add("", _values(chart.marks))
    if chart.target is not None and not chart.columns:
        drawn.add("", [chart.target.value] * len(labels), show_dots=False)
    return _tree(drawn)


def _spark(chart: Spark) -> ET.Element:
    width, height = _SPARK
    drawn = pygal.Line(
        **_plain(width, height),
        allow_interruptions=True,
        dots_size=2.5,
        show_x_labels=False,
        show_y_labels=False,
        margin_bottom=5,
        margin_top=5,
    )
    known = [m.value for m in chart.marks if m.value is not None]
    line = [*known, chart.target.value] if chart.target else known
    drawn.range = (min(line, default=0), max(line, default=0) or 1)
    drawn.add("", _values(chart.marks))
    if chart.target is not None:
        drawn.add("", [chart.target.value] * len(chart.marks), show_dots=False)
    return _tree(drawn)


def _bars(chart: Bars) -> ET.Element:
    marks = chart.marks[::-1]  # pygal begins below
    drawn = pygal.HorizontalBar(
        **_plain(_NARROW, _BAR * max(1, len(marks)) + _EDGE),
        print_values=True,
        print_values_position="top",
        show_x_labels=False,
        spacing=6,
    )
    drawn.range = (0, max((m.value or 0 for m in marks), default=0) * _ROOM or 1)
    drawn.x_labels = [_cut(m.label) for m in marks]
    drawn.add("", _values(marks))
    return _tree(drawn)


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1].rstrip() + "…"


def _tree(drawn: Any) -> ET.Element:
    """What pygal, which has no types, has drawn."""
    root: ET.Element = drawn.render_tree()
    return root


def _plain(width: int, height: int) -> dict[str, object]:
    return {
        "width": width,
        "height": height,
        "style": _STYLE,
        "js": [],
        "show_legend": False,
        "show_x_guides": False,
        "margin": 4,
        "truncate_label": -1,
        "no_data_text": "",
    }


def _values(marks: tuple[Mark, ...]) -> list[dict[str, object] | None]:
    """What pygal draws; its ``label`` carries the number of the mark through to `_finish`."""
    found: list[dict[str, object] | None] = []
    for number, mark in enumerate(marks):
        value: dict[str, object] = {"value": mark.value, "label": str(number), "formatter": _Say(mark.shown)}
        if mark.href:
            value["xlink"] = {"href": mark.href}
        found.append(None if mark.value is None else value)
    return found


class _Say:
    """A formatter that says one mark's words."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __call__(self, *_: object) -> str:
        return self._shown


def _ticks(top: float, *, whole: bool) -> list[float]:
    """About four round values from 0 to ``top`` or just above it."""
    if top < _NOTHING:
        return [0.0, 1.0]
    rough = top / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= rough - 1e-9)
    if whole:
        step = max(1.0, math.ceil(step))
    return [step * n for n in range(math.ceil(top / step - 1e-9) + 1)]


def _finish(root: ET.Element, chart: Chart, kind: str) -> str:
    """Take out what pages forbid and readers need not hear, name what is left."""
    marks = chart.marks[::-1] if isinstance(chart, Bars) else chart.marks
    linked = any(m.href for m in marks)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib |= {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "class": f"chart chart-{kind}",
                    "role": "group" if linked else "img", "aria-label": chart.title}  # fmt: skip
    for parent in list(root.iter()):
        for child in [c for c in parent if _is_left_out(c)]:
            parent.remove(child)
    for group in root.iter("g"):
        if group.get("class") in ("bar", "dots"):
            group.set("class", "mark")  # the console has bars of its own
            _name(group, marks)
        elif (group.get("class") or "").startswith(("axis", "plot text-overlay")):
            group.set("aria-hidden", "true")
    if kind == "bars":
        _figures_beside(root)
    for parent in root.iter():
        for told in parent.findall("desc"):
            parent.remove(told)
    return ET.tostring(root, encoding="unicode")


def _figures_beside(root: ET.Element) -> None:
    """Pygal centres a bar's figure on its end; beside the end it can be read."""
    for number in root.iter("text"):
        if number.get("class") == "value":
            number.set("text-anchor", "start")
            number.set("x", str(float(number.get("x", "0")) + 7))


def _is_left_out(child: ET.Element) -> bool:
    if not isinstance(child.tag, str):
        return True  # a comment
    if child.tag in ("defs", "title"):
        return True
    return child.get("class") in ("plot tooltip-overlay", "titles", "background")


def _name(group: ET.Element, marks: tuple[Mark, ...]) -> None:
    """Give a bar or a dot its words, and its link a plain address; the table's links are for the keyboard."""
    number = next(d.text for d in group.iter("desc") if d.get("class") == "label")
    mark = marks[int(number or 0)]
    words = f"{mark.label}: {mark.shown}"
    for link in group.iter("a"):
        link.attrib.clear()
        link.attrib |= {"href": mark.href, "tabindex": "-1", "aria-label": words}
    for shape in (*group.iter("rect"), *group.iter("circle")):
        shape.attrib.pop("rx", None)
        shape.attrib.pop("ry", None)
        ET.SubElement(shape, "title").text = words
