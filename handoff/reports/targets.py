"""Targets: what the operator wants of an indicator (ISO 10002, 6.2), from ``targets.yml`` or a file like it.

::

    acknowledged_late: at most 1 %
    time_to_resolve_median: at most 120 hours
    satisfaction: at least 4.0
    remedy_cost:EUR: at most 5000
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from handoff.reports.errors import BadTargets, UnknownIndicator
from handoff.reports.figures import Figure
from handoff.reports.indicators import Unit, find

Verdict = Literal["met", "missed", "none"]

OURS = Path(__file__).with_name("targets.yml")

_FORM = re.compile(
    r"at (?P<side>most|least) (?P<number>\d{1,12}(?:\.\d{1,6})?) ?(?:(?P<unit>hour|day)s?|(?P<percent>%))?"
)
_UNITS: dict[Unit, dict[str | None, Decimal]] = {
    "count": {None: Decimal(1)},
    "share": {"%": Decimal("0.01")},
    "hours": {"hour": Decimal(1), "day": Decimal(24)},
    "grade": {None: Decimal(1)},
    "money": {None: Decimal(1)},
}
_EXAMPLES: dict[Unit, str] = {
    "count": "at most 20",
    "share": "at most 1 %",
    "hours": "at most 24 hours",
    "grade": "at least 4.0",
    "money": "at most 5000",
}
_GRADES = (1, 5)


@dataclass(frozen=True)
class Target:
    """A limit in the indicator's unit (a share from 0 to 1). ``side`` is where the figure must be of it."""

    side: Literal["most", "least"]
    limit: float


def load(file: Path | None = None) -> Mapping[str, Target]:
    """The targets by code of a figure; without a file, ours. Raises `BadTargets`, naming file and remedy."""
    file = file or OURS
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise BadTargets(f"{file} cannot be read: {error.strerror}") from error


def verdict(figure: Figure, target: Target | None) -> Verdict:
    """Whether the figure meets its target; ``none`` where either is missing."""
    if target is None or figure.value is None:
        return "none"
    if target.side == "most":
        return "met" if figure.value <= target.limit else "missed"
    return "met" if figure.value >= target.limit else "missed"


@lru_cache(maxsize=8)
def _read(file: Path, changed: int) -> Mapping[str, Target]:
    """``changed`` makes a file that was edited be read anew."""
    del changed
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadTargets(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadTargets(f"{file}: lines such as 'resolved_late: at most 5 %' are expected")
    return {str(code): _target(file, str(code), said) for code, said in data.items()}


def _target(file: Path, code: str, said: Any) -> Target:
    try:
        indicator, currency = find(code)
    except UnknownIndicator as error:
        raise BadTargets(f"{file}: {error}") from error
    if indicator.unit == "money" and currency is None:
        raise BadTargets(f"{file}: name the currency: {code}:EUR")
    match = _FORM.fullmatch(" ".join(str(said).split()))
    scale = _UNITS[indicator.unit].get(match["unit"] or match["percent"]) if match else None
    if match is None or scale is None:
        raise BadTargets(
            f"{file}: {code}: {str(said)[:60]!r} is no target: write {_EXAMPLES[indicator.unit]!r}"
        )
    limit = float(Decimal(match["number"]) * scale)
    if indicator.unit == "share" and limit > 1:
        raise BadTargets(f"{file}: {code}: a share is at most 100 %")
    if indicator.unit == "grade" and not _GRADES[0] <= limit <= _GRADES[1]:
        raise BadTargets(f"{file}: {code}: grades go from {_GRADES[0]} to {_GRADES[1]}")
    return Target("most" if match["side"] == "most" else "least", limit)
