"""What a report is asked for in an address: period, filters, and the indicator that is shown in detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from handoff.reports.errors import BadPeriod
from handoff.reports.filters import Filters
from handoff.reports.indicators import find
from handoff.reports.periods import Period

DEFAULT = "last-90-days"
DEFAULT_OF = "received"

_CHOICES = ("last-30-days", "last-90-days", "last-365-days")


@dataclass(frozen=True)
class Asked:
    """``text`` is the period as it was written, ``own`` what was typed instead of chosen."""

    period: Period
    text: str = DEFAULT
    own: str = ""
    filters: Filters = field(default_factory=Filters)
    of: str = DEFAULT_OF

    def chosen(self, name: str) -> str:
        """The value of a filter; empty if there is none."""
        value = getattr(self.filters, name)
        return "" if value is None else str(value)

    def kept(self) -> list[tuple[str, str]]:
        """Period and filters, as parameters."""
        return [("period", self.text), *self.filters.as_query().items()]

    def address(self, path: str = "", **more: str) -> str:
        """An address below ``/console/reports`` with the same period and filters; ``more`` overrules them."""
        parameters = dict(self.kept()) | more
        return f"/console/reports{path}?{urlencode({k: v for k, v in parameters.items() if v})}"


def read(query: Mapping[str, str], today: date) -> Asked:
    """What the parameters of a request ask for. Raises `ReportError`."""
    own = query.get("own", "").replace("\0", "").strip()[:40]
    text = own or query.get("period", "").strip() or DEFAULT
    of = query.get("of", "") or DEFAULT_OF
    find(of)
    return Asked(Period.parse(text, today), text, own, Filters.from_query(query), of)


def plain(today: date) -> Asked:
    """What is shown where nothing was asked for, or nothing that can be read."""
    return Asked(Period.parse(DEFAULT, today))


def choices(today: date) -> list[str]:
    """Periods to choose from, as `Period.parse` reads them: rolling ones, then this and the last of each."""
    found = [*_CHOICES]
    for text in (f"{today:%Y-%m}", f"{today.year}-Q{(today.month + 2) // 3}", f"{today.year}"):
        found += [text, _before(Period.parse(text, today))]
    return [text for text in found if text]


def _before(period: Period) -> str:
    try:
        return str(period.before())
    except BadPeriod:
        return ""
