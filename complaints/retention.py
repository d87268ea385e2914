"""How long what is held: periods from the policy preset, and what they come to on a day. Pure.

A preset says it under ``retention`` (`complaints/policies`), with its source; the operator may say otherwise
(``RECOURSE_RETENTION``). Periods are counted back from now, in years and months of the calendar, or days.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Self

import yaml

from complaints.clocks import PolicyError

_POLICIES = Path(__file__).with_name("policies")


@dataclass(frozen=True)
class Span:
    """``6 years``, ``18 months`` or ``90 days``."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a span. Raises `PolicyError`."""
        match = re.fullmatch(r"([1-9]\d{0,3}) (year|month|day)s?", " ".join(str(text).lower().split()))
        if match is None:
            raise PolicyError(f"{text!r} is no time to keep something: write 6 years, 18 months or 90 days")
        return cls(int(match[1]), match[2])

    def before(self, now: datetime) -> datetime:
        """The moment so long before ``now``; the last day of a shorter month stands for a later one."""
        if self.unit == "day":
            return now - timedelta(days=self.amount)
        months = self.amount * (12 if self.unit == "year" else 1)
        year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
        return now.replace(
            year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1])
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'s' if self.amount > 1 else ''}"


@dataclass(frozen=True)
class Retention:
    """How long the words of each kind are held; numbers that name nobody stay.

    ``cases`` after the last complaint of a conversation is closed, ``contacts`` after the last word of a
    conversation that led to no complaint, ``feedback`` after it was given.
    """

    cases: Span
    contacts: Span
    feedback: Span

    @classmethod
    def of(cls, terms: Mapping[str, str]) -> Self:
        """Raises `PolicyError` for a kind that there is not, or that is missing."""
        known = {one.name for one in fields(cls)}
        if unknown := terms.keys() - known:
            raise PolicyError(f"retention knows {', '.join(sorted(known))}, and not {min(unknown)!r}")
        if missing := known - terms.keys():
            raise PolicyError(f"retention lacks {min(missing)!r}")
        return cls(**{name: Span.parse(terms[name]) for name in known})


@cache
def load(policy: str, override: str = "") -> Retention:
    """The periods of a preset, and what ``override`` says instead: ``cases: 3 years; feedback: 90 days``.

    Raises `PolicyError`.
    """
    terms = dict(_of_preset(policy.partition("+")[0]))
    for part in filter(str.strip, override.split(";")):
        name, colon, span = part.partition(":")
        if not colon:
            raise PolicyError(f"{part.strip()!r} is no period: write cases: 3 years; feedback: 90 days")
        terms[name.strip()] = span.strip()
    return Retention.of(terms)


def source(policy: str) -> str:
    """Where a preset's periods come from."""
    return str(_data(policy.partition("+")[0]).get("source", ""))


def _of_preset(name: str) -> Mapping[str, str]:
    return {key: str(value) for key, value in _data(name).items() if key != "source"}


def _data(name: str) -> Mapping[str, str]:
    path = _POLICIES / f"{name}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    found: Mapping[str, str] | None = data.get("retention")
    if not found:
        raise PolicyError(f"policy {name!r} does not say how long to keep what: give it `retention`")
    return found
