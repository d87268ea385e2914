"""A report as rows for CSV (RFC 4180), as data for JSON, and as text for reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from handoff.reports.figures import Figures
from handoff.reports.filters import NOTHING, Filters
from handoff.reports.indicators import Unit, find
from handoff.reports.periods import Period
from handoff.reports.targets import Target, verdict

Parts = list[tuple[str, Figures]]
"""Figures by the name of their part; the whole is a part without a name, and comes first."""

COLUMNS = ("code", "part", "value", "unit", "of", "counted", "target", "verdict")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SIGNS = {"most": "<=", "least": ">="}


@dataclass(frozen=True)
class Report:
    """The figures of a period, and what they are about. ``by`` is what it is split by, if anything."""

    period: Period
    zone: ZoneInfo
    filters: Filters
    by: str | None
    parts: Parts


def data(report: Report, targets: Mapping[str, Target]) -> dict[str, Any]:
    """The report as JSON has it: ``figures`` of the whole by code, and ``parts`` if it is split."""
    (_, whole), *parts = report.parts
    return {
        "period": str(report.period),
        "first_day": report.period.start.isoformat(),
        "last_day": report.period.last.isoformat(),
        "time_zone": report.zone.key,
        "filters": report.filters.as_query(),
        "figures": _data_of(whole, targets),
        **(
            {"by": report.by, "parts": [{"part": name, "figures": _data_of(f, targets)} for name, f in parts]}
            if report.by
            else {}
        ),
    }


def text(report: Report, targets: Mapping[str, Target]) -> str:
    """The report for reading, in English."""
    about = ", ".join(f"{name} {value}" for name, value in report.filters.as_query().items())
    title = f"{report.period}: {report.period.start} to {report.period.last}, {report.zone.key}"
    said = [f"{title}; {about}" if about else title]
    for name, figures in report.parts:
        lines = [("", "", "cases", "target", "")]
        for code, figure in figures.items():
            indicator, currency = find(code)
            target = targets.get(code)
            limit = (
                f"{_SIGNS[target.side]} {spoken(target.limit, indicator.unit, currency)}" if target else ""
            )
            judged = verdict(figure, target)
            lines.append((code, spoken(figure.value, indicator.unit, currency), str(figure.of), limit,
                          "" if judged == "none" else judged))  # fmt: skip
        said += ["", *([f"{report.by} {name}"] if name else []), *_aligned(lines)]
    return "\n".join(said) + "\n"


def rows(parts: Iterable[tuple[str, Figures]], targets: Mapping[str, Target]) -> list[tuple[str, ...]]:
    """A row of `COLUMNS` for each figure of each part; the whole is a part without a name.

    Numbers have a point and no unit; a share is from 0 to 1; an empty value rests on nothing.
    """
    found: list[tuple[str, ...]] = []
    for name, figures in parts:
        for code, figure in figures.items():
            indicator, currency = find(code)
            target = targets.get(code)
            found.append((
                code, name, "" if figure.value is None else number(figure.value), currency or indicator.unit,
                str(figure.of), str(figure.counted),
                f"{_SIGNS[target.side]} {number(target.limit)}" if target else "", verdict(figure, target),
            ))  # fmt: skip
    return found


def csv_of(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Lines as CSV with CRLF, ready for a spreadsheet: a text that it would take for a formula is quoted.

    By a leading apostrophe, as OWASP advises against CSV injection; numbers stay as they are.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return out.getvalue()


def harmless(cell: str) -> str:
    """``cell`` so that no spreadsheet reads a formula in it."""
    if not cell.startswith(_FORMULA) or cell == NOTHING or _is_number(cell):
        return cell
    return f"'{cell}"


def spoken(value: float | None, unit: Unit, currency: str | None = None) -> str:
    """A figure for reading, in English: ``4.2 %``, ``3 h 20 min``, ``4.31``, ``1,204.50 EUR``."""
    if value is None:
        return "–"
    match unit:
        case "share":
            return f"{value:.1%}".replace("%", " %")
        case "hours":
            return _hours(value)
        case "grade":
            return f"{value:.2f}"
        case "money":
            return f"{value:,.2f} {currency or ''}".rstrip()
        case "count":
            return f"{value:,.0f}"


def number(value: float) -> str:
    """A number as CSV has it: with a point, without an exponent, at most six places."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _data_of(figures: Figures, targets: Mapping[str, Target]) -> dict[str, Any]:
    found = {}
    for code, figure in figures.items():
        indicator, currency = find(code)
        target = targets.get(code)
        found[code] = {
            "value": figure.value,
            "unit": currency or indicator.unit,
            "of": figure.of,
            "counted": figure.counted,
            "target": {f"at_{target.side}": target.limit} if target else None,
            "verdict": verdict(figure, target),
        }
    return found


def _aligned(lines: Sequence[tuple[str, ...]]) -> list[str]:
    """Names to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if 0 < place < len(line) - 1 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def _hours(value: float) -> str:
    seconds = round(value * 3600)
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{value / 24:.1f} days"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
