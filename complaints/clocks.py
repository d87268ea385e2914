"""Due dates: when a case must be acknowledged, when the customer hears from us, when it is answered.

A policy is data (``complaints/policies/<name>.yml``, read by `complaints.presets`); this file only
counts. Clocks run from the moment of receipt. A policy that is changed later never rewrites a clock
that has started: a case keeps its dates, and what they were counted with (`Policy.terms`).

Counting (ISO 10002, clause 7.3, asks for "preset deadlines"; the rest is the usual reading of
such periods): the day of receipt is day 0. What comes in on a day off, or after the policy's
cut-off hour, counts as received on the next business day. A period in days or weeks ends with the
last second of its last day, in the policy's time zone; a period in hours is exact.
Backwards ("two business days before") a day counts from its first second.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import holidays

from complaints.complaint import ComplaintError

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

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

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
    """The dates of a case, in UTC, set once, at receipt; and by which policy they were counted.

    ``stages`` are further dates by name, ``terms`` what every later date is counted with.
    """

    acknowledge_by: datetime.datetime
    update_by: datetime.datetime
    respond_by: datetime.datetime
    policy: str = ""
    version: str = ""
    stages: dict[str, datetime.datetime] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """One preset: how long each step may take, and what the customer must be told.

    ``country`` (ISO 3166, with an optional subdivision as ``AU-NSW``) chooses the public holidays;
    without one only the weekend is off. ``stages`` are further deadlines by name, for example an
    internal ombudsman's. ``kinds`` are kinds of complaint whose answer has a period of its own.
    ``pauses`` names what may stop the clock, ``extend_to`` how far the answer may be put off at most,
    counted from receipt. ``warn`` is how long before a date the desk is warned, ``delay_notice`` how
    long before an answer's date the customer is told that it will be late, ``overdue_notice`` how
    long after it. ``notes`` are texts for operators: what a letter must carry, and the like.
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
    kinds: dict[str, Period] = field(default_factory=dict)
    pauses: tuple[str, ...] = ()
    extend_to: Period | None = None
    warn: Period = Period(1, "business days")
    delay_notice: Period | None = None
    overdue_notice: Period = Period(0, "hours")
    outside_body: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    def at(self, *, time_zone: str | None = None, country: str | None = None) -> Policy:
        """The same policy as an operator elsewhere runs it."""
        zone = ZoneInfo(time_zone) if time_zone else self.time_zone
        return replace(self, time_zone=zone, country=country or self.country)

    def start(self, received: datetime.datetime) -> Clock:
        """The dates of a case received at ``received`` (aware)."""
        respond_by = self.due(self.respond_by, received)
        return Clock(
            acknowledge_by=self.due(self.acknowledge, received),
            update_by=min(self.due(self.update_every, received), respond_by),
            respond_by=respond_by,
            policy=self.name,
            version=self.version,
            stages={name: self.due(period, received) for name, period in self.stages.items()},
            terms=self.terms,
        )

    @cached_property
    def terms(self) -> dict[str, Any]:
        """All that dates are counted with, as a case keeps it; `complaints.presets.of_terms` reads it."""
        return {
            "name": self.name,
            "version": self.version,
            "time_zone": self.time_zone.key,
            **({"country": self.country} if self.country else {}),
            **({"cut_off": self.cut_off.isoformat()} if self.cut_off else {}),
            "weekend": sorted(self.weekend),
            "acknowledge": str(self.acknowledge),
            "update_every": str(self.update_every),
            "respond_by": str(self.respond_by),
            "stages": {name: str(period) for name, period in self.stages.items()},
            "kinds": {name: str(period) for name, period in self.kinds.items()},
            "pauses": list(self.pauses),
            **({"extend_to": str(self.extend_to)} if self.extend_to else {}),
            "warn": str(self.warn),
            **({"delay_notice": str(self.delay_notice)} if self.delay_notice else {}),
            "overdue_notice": str(self.overdue_notice),
            "outside_body": self.outside_body,
        }

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
        if period.unit == "days":
            return self.end_of(local.date() + _ONE_DAY * period.amount)
        return self.end_of(self._business_days_after(self._day_of_receipt(local), period.amount))

    def before(self, period: Period, due: datetime.datetime) -> datetime.datetime:
        """The moment so long before ``due``, in UTC: with days, the first second of that day."""
        if period.unit == "hours":
            return due.astimezone(datetime.UTC) - datetime.timedelta(hours=period.amount)
        day = due.astimezone(self.time_zone).date()
        if period.unit == "days":
            return self.start_of(day - _ONE_DAY * period.amount)
        return self.start_of(self._business_days_after(day, period.amount, -_ONE_DAY))

    def after(self, period: Period, due: datetime.datetime) -> datetime.datetime:
        """The moment so long after ``due``, in UTC: with days, the first second of that day."""
        if period.unit == "hours":
            return due.astimezone(datetime.UTC) + datetime.timedelta(hours=period.amount)
        day = due.astimezone(self.time_zone).date()
        if period.unit == "days":
            return self.start_of(day + _ONE_DAY * period.amount)
        return self.start_of(self._business_days_after(day, period.amount))

    def moved(
        self, due: datetime.datetime, period: Period, since: datetime.datetime, until: datetime.datetime
    ) -> datetime.datetime:
        """``due``, which ends ``period``, after the clock stood still from ``since`` to ``until``; in UTC.

        It moves by what passed meanwhile in the period's own unit: a period in business days by the
        business days that began, one in days by the midnights, one in hours by the exact time.
        """
        if period.unit == "hours":
            return due.astimezone(datetime.UTC) + (until - since)
        day = due.astimezone(self.time_zone).date()
        start, end = since.astimezone(self.time_zone), until.astimezone(self.time_zone)
        if period.unit == "days":
            return self.end_of(day + (end.date() - start.date()))
        first, last = self._day_of_receipt(start), self._day_of_receipt(end)
        passed = sum(self.is_business_day(first + _ONE_DAY * n) for n in range(1, (last - first).days + 1))
        return self.end_of(self._business_days_after(day, passed))

    def start_of(self, day: datetime.date) -> datetime.datetime:
        """The first second of ``day``, in UTC."""
        return datetime.datetime.combine(day, datetime.time(), self.time_zone).astimezone(datetime.UTC)

    def end_of(self, day: datetime.date) -> datetime.datetime:
        """The last second of ``day``, in UTC."""
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

    def _business_days_after(
        self, day: datetime.date, amount: int, step: datetime.timedelta = _ONE_DAY
    ) -> datetime.date:
        while amount:
            day += step
            amount -= self.is_business_day(day)
        return day
