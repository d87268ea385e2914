"""Which complaints a report is about: all, or those of one channel, product, category, severity, language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement
from sqlmodel import col

from complaints.complaint import Category, Severity
from complaints.record import Complaint
from handoff.reports.errors import BadFilter

NOTHING = "-"
"""As a product: those that name none."""

_LONGEST = 200  # characters of a value


@dataclass(frozen=True)
class Filters:
    """What a complaint must be to be counted; ``None`` leaves that open. A product is meant as it is written.

    Raises `BadFilter`.
    """

    channel: str | None = None
    product: str | None = None
    category: str | None = None
    severity: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        _check("category", self.category, [str(c) for c in Category])
        _check("severity", self.severity, [str(s) for s in Severity])
        for name in NAMES:
            value = getattr(self, name)
            if value is not None and (len(value) > _LONGEST or not value.isprintable()):
                raise BadFilter(f"{name} has at most {_LONGEST} characters, all of them printable")

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Filters:
        """The filters among the parameters of a request; what is empty, or called otherwise, is left out."""
        return cls(**{name: query[name].strip() for name in NAMES if query.get(name, "").strip()})

    def as_query(self) -> dict[str, str]:
        """What `from_query` reads."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for a statement about `Complaint`."""
        found: list[ColumnElement[bool]] = []
        for name, value in self.as_query().items():
            column = col(getattr(Complaint, name))
            found.append(column.is_(None) if name == "product" and value == NOTHING else column == value)
        return found


def _check(name: str, value: str | None, known: list[str]) -> None:
    if value is not None and value not in known:
        raise BadFilter(f"{name} {value[:40]!r} does not exist: it is one of {', '.join(known)}")


NAMES: tuple[str, ...] = tuple(each.name for each in fields(Filters))
"""What can be filtered by."""
