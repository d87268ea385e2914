"""Due dates: when a case must be acknowledged, when the customer hears from us, when it is answered.

A policy is data (``complaints/policies/<name>.yml``); this file only counts. Clocks run from the
moment of receipt. A policy that is changed later never rewrites a clock that has started: the
caller stores the dates, not the policy.

Counting (ISO 10002, clause 7.3, asks for "preset deadlines"; the rest is the usual reading of
such periods): the day of receipt is day 0. What comes in on a day off, or after the policy's
cut-off hour, counts as received on the next business day. A period in days or weeks ends with the
last second of its last day, in the policy's time zone; a period in hours is exact.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

import holidays
import yaml

from complaints.complaint import ComplaintError

_POLICIES = Path(__file__).with_name("policies")
_ONE_DAY = datetime.timedelta(days=1)
_LAST_SECOND = datetime.time(23, 59, 59)


class PolicyError(ComplaintError):
    """No policy has this name, or its file says something that cannot be counted."""


class UnreadableHours(ComplaintError):
    """Opening hours that are not in the notation that `complaints.opening_hours` reads."""


@dataclass(frozen=True)
class Period:
    """How long something may take: ``10 business days``, ``8 weeks``, ``24 hours``, ``immediately``."""

    amount: int
    unit: Literal["hours", "days", "business days"]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a period as policies write it. Raises `PolicyError`."""
        if text.strip().lower() == "immediately":
            return cls(0, "hours")
        match = re.fullmatch(r"(\d+) (hour|day|business day|week)s?", text.strip().lower())
        if match is None:
            raise PolicyError(f"not a period: {text!r}")
        amount = int(match[1])
        match match[2]:
            case "hour":
                return cls(amount, "hours")
            case "day":
                return cls(amount, "days")
            case "week":
                return cls(amount * 7, "days")
            case _:
                return cls(amount, "business days")


@dataclass(frozen=True)
class Clock:
    """The three dates of a case, in UTC. They are set once, at receipt."""

    acknowledge_by: datetime.datetime
    update_by: datetime.datetime
    respond_by: datetime.datetime


@dataclass(frozen=True)
class Policy:
    """One preset: how long each step may take, and what the customer must be told.

    ``country`` (ISO 3166, with an optional subdivision as ``AU-NSW``) chooses the public holidays;
    without one only the weekend is off. ``stages`` are further deadlines by name, for example an
    ombudsman's ``final``. ``notes`` are texts for operators: what pauses the clock, what a letter
    must carry, retention.
    """

    name: str
    version: str
    source: str
    acknowledge: Period
    update_every: Period
    respond_by: Period
    time_zone: ZoneInfo
    country: str | None = None
    cut_off: datetime.time | None = None
    weekend: frozenset[int] = frozenset({5, 6})  # Monday is 0
    stages: dict[str, Period] = field(default_factory=dict)
    outside_body: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    def at(self, *, time_zone: str | None = None, country: str | None = None) -> Policy:
        """The same policy as an operator elsewhere runs it."""
        zone = ZoneInfo(time_zone) if time_zone else self.time_zone
        return replace(self, time_zone=zone, country=country or self.country)

    def start(self, received: datetime.datetime) -> Clock:
        """The dates of a case received at ``received`` (aware)."""
        return Clock(
            acknowledge_by=self.due(self.acknowledge, received),
            update_by=min(self.due(self.update_every, received), self.due(self.respond_by, received)),
            respond_by=self.due(self.respond_by, received),
        )

    def next_update(self, told: datetime.datetime) -> datetime.datetime:
        """When the customer must hear again, if they were told something at ``told``; in UTC."""
        return self.due(self.update_every, told)

    def due(self, period: Period, since: datetime.datetime) -> datetime.datetime:
        """The end of ``period`` counted from ``since`` (aware), in UTC. Raises ValueError if naive."""
        if since.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        if period.unit == "hours":
            return since.astimezone(datetime.UTC) + datetime.timedelta(hours=period.amount)
        local = since.astimezone(self.time_zone)
        day = local.date()
        if period.unit == "days":
            day += _ONE_DAY * period.amount
        else:
            day = self._business_days_after(self._day_of_receipt(local), period.amount)
        return datetime.datetime.combine(day, _LAST_SECOND, self.time_zone).astimezone(datetime.UTC)

    def is_business_day(self, day: datetime.date) -> bool:
        """Whether ``day`` is neither weekend nor public holiday."""
        return day.weekday() not in self.weekend and day not in self.holidays

    @cached_property
    def holidays(self) -> holidays.HolidayBase | frozenset[datetime.date]:
        """Public holidays of the policy's country, by the ``holidays`` library."""
        if self.country is None:
            return frozenset()
        country, _, subdivision = self.country.partition("-")
        try:
            return holidays.country_holidays(country, subdiv=subdivision or None)
        except NotImplementedError as error:
            raise PolicyError(f"no holiday calendar for {self.country!r}") from error

    def _day_of_receipt(self, local: datetime.datetime) -> datetime.date:
        day = local.date()
        if self.cut_off is not None and local.time() >= self.cut_off:
            day += _ONE_DAY
        while not self.is_business_day(day):
            day += _ONE_DAY
        return day

    def _business_days_after(self, day: datetime.date, amount: int) -> datetime.date:
        while amount:
            day += _ONE_DAY
            amount -= self.is_business_day(day)
        return day


@cache
def load(name: str = "iso_generic") -> Policy:
    """The preset ``name``. Raises `PolicyError`."""
    path = _POLICIES / f"{name}.yml"
    if not re.fullmatch(r"\w+", name) or not path.exists():
        raise PolicyError(f"no policy {name!r}; there are {', '.join(names())}")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        cut_off = data.get("cut_off")
        return Policy(
            name=name,
            version=str(data["version"]),
            source=data["source"],
            acknowledge=Period.parse(data["acknowledge"]),
            update_every=Period.parse(data["update_every"]),
            respond_by=Period.parse(data["respond_by"]),
            time_zone=ZoneInfo(data.get("time_zone", "UTC")),
            country=data.get("country"),
            cut_off=datetime.time.fromisoformat(cut_off) if cut_off else None,
            weekend=frozenset(data.get("weekend", (5, 6))),
            stages={k: Period.parse(v) for k, v in data.get("stages", {}).items()},
            outside_body=data.get("outside_body", ""),
            notes=data.get("notes", {}),
        )
    except KeyError as error:
        raise PolicyError(f"policy {name!r} lacks {error}") from error


def names() -> list[str]:
    """Every preset there is."""
    return sorted(p.stem for p in _POLICIES.glob("*.yml"))
