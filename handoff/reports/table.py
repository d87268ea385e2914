"""A report as rows: for CSV (RFC 4180), and for reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from handoff.reports.figures import Figures
from handoff.reports.indicators import Unit, find
from handoff.reports.targets import Target, verdict

COLUMNS = ("code", "part", "value", "unit", "of", "counted", "target", "verdict")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SIGNS = {"most": "<=", "least": ">="}


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
    if not cell.startswith(_FORMULA) or _is_number(cell):
        return cell
    return f"'{cell}"


def said(value: float | None, unit: Unit, currency: str | None = None) -> str:
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
