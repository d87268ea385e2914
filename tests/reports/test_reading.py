"""Filters, targets and tables: what is refused says why, and what is written can be read.

Mutation: let `harmless` pass "-" on; compare with ``<`` in `verdict`; take percents as they stand.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from bot.settings import Settings
from handoff.reports import table, targets
from handoff.reports.errors import BadFilter, BadTargets, UnknownIndicator
from handoff.reports.figures import Figure
from handoff.reports.filters import Filters
from handoff.reports.indicators import INDICATORS, find
from tests.reports.document import DOCUMENT, definitions


def test_filters_there_and_back() -> None:
    filters = Filters.from_query({"channel": "sms", "product": " Kettle ", "severity": "", "page": "2"})
    assert filters == Filters(channel="sms", product="Kettle")
    assert Filters.from_query(filters.as_query()) == filters


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"severity": "huge"}, "severity 'huge' does not exist: it is one of low, medium, high, critical"),
        ({"category": "Defect"}, "category 'Defect' does not exist"),
        ({"product": "x" * 201}, "product has at most 200 characters"),
        ({"channel": "a\x00b"}, "channel has at most 200 characters, all of them printable"),
    ],
)
def test_filters_refused(query: dict[str, str], said: str) -> None:
    with pytest.raises(BadFilter, match=said):
        Filters.from_query(query)


def test_our_targets_are_good() -> None:
    ours = targets.load()
    assert ours["acknowledged_late"] == targets.Target("most", 0.01)
    assert ours["satisfaction"] == targets.Target("least", 4.0)
    assert ours["time_to_resolve_median"].limit == 240


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("resolved_lat: at most 5 %", "no indicator is called 'resolved_lat'"),
        ("resolved_late: 5", "'5' is no target: write 'at most 1 %'"),
        ("resolved_late: at most 5", "is no target"),
        ("resolved_late: at most 5 hours", "is no target"),
        ("resolved_late: at most 101 %", "a share is at most 100 %"),
        ("satisfaction: at least 6", "grades go from 1 to 5"),
        ("remedy_cost: at most 5", "name the currency: remedy_cost:EUR"),
        ("- resolved_late", "lines such as 'resolved_late: at most 5 %'"),
        ("resolved_late: [", "is no YAML"),
    ],
)
def test_targets_refused(tmp_path: Path, line: str, said: str) -> None:
    """A wrong file stops the start, with a line that says what to do."""
    file = tmp_path / "targets.yml"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(BadTargets, match=said):
        targets.load(file)
    with pytest.raises(ValueError, match="RECOURSE_TARGETS"):
        Settings(_env_file=None, RECOURSE_TARGETS=str(file), RECOURSE_DATA_DIR=str(tmp_path))


def test_targets_are_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "targets.yml"
    file.write_text("", encoding="utf-8")
    assert targets.load(file) == {}
    file.write_text("remedy_cost:EUR: at most 5000.50\ntime_to_resolve_p90: at most 1 day", encoding="utf-8")
    assert targets.load(file) == {
        "remedy_cost:EUR": targets.Target("most", 5000.5),
        "time_to_resolve_p90": targets.Target("most", 24),
    }


@pytest.mark.parametrize(
    ("value", "side", "verdict"),
    [(0.05, "most", "met"), (0.051, "most", "missed"), (4.0, "least", "met"), (None, "most", "none")],
)
def test_verdict(value: float | None, side: str, verdict: str) -> None:
    limit = 0.05 if side == "most" else 4.0
    assert targets.verdict(Figure(value, 9, 1), targets.Target(side, limit)) == verdict  # type: ignore[arg-type]
    assert targets.verdict(Figure(value, 9, 1), None) == "none"


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x")', "+1 234", "-x", "@SUM(1)", "\t=1", "\r=1"])
def test_no_formula_in_a_spreadsheet(cell: str) -> None:
    """And the rest of the text is as it was."""
    assert table.harmless(cell) == f"'{cell}"


def test_csv_is_read_as_it_was() -> None:
    """Quotes, commas, lines; numbers stay numbers."""
    lines = [("a", 'say "x", twice', "two\r\nlines"), ("-5.25", "", "ü")]
    text = table.csv_of(("one", "two", "three"), lines)
    assert text.startswith("one,two,three\r\n")
    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))][1:] == lines


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(None, "share", "–"), (0.0421, "share", "4.2 %"), (0.01, "hours", "36 s"), (0.5, "hours", "30 min"),
     (3.34, "hours", "3 h 20 min"), (60, "hours", "2.5 days"), (4.314, "grade", "4.31"),
     (12345, "count", "12,345"), (1204.5, "money", "1,204.50 EUR"), (0.9999, "hours", "1 h 0 min")],
)  # fmt: skip
def test_spoken(value: float | None, unit: str, said: str) -> None:
    assert table.spoken(value, unit, "EUR" if unit == "money" else None) == said  # type: ignore[arg-type]


def test_every_indicator_is_documented() -> None:
    """The table in docs/reports.md is the one that the definitions make."""
    assert "\n".join(definitions()) in DOCUMENT.read_text(encoding="utf-8")
    assert all(each.definition.endswith(".") for each in INDICATORS.values())


@pytest.mark.parametrize("code", ["", "receive", "received:EUR", "remedy_cost:", "x" * 100])
def test_unknown_indicator(code: str) -> None:
    with pytest.raises(UnknownIndicator, match="there are received,"):
        find(code)
