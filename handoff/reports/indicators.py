"""The indicators of the process (ISO 10002, 8.4), each with its definition.

Only complaints are counted, never enquiries, compliments or contacts; those of people who have been erased
are counted still. Each case falls into one period, by one day (`Day`), in the operator's time zone. Figures
are of how things stand now: a case that is opened again leaves the period in which it had been answered.

Times count in whole seconds. A median or 90th percentile between two cases is interpolated linearly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from handoff.case_documents.promises import AT_ONCE
from handoff.reports.errors import UnknownIndicator

Unit = Literal["count", "share", "hours", "grade", "money"]
"""``share`` is from 0 to 1, ``hours`` go by the clock (not working hours), ``grade`` is from 1 to 5."""

SITTING = timedelta(hours=1)
"""A decision at most this long after a person first wrote to the customer is of the first contact."""


class Day(StrEnum):
    """The day by which a case falls into a period."""

    RECEIVED = "received"  # of its receipt
    RESOLVED = "resolved"  # of its answer; of the last one, if it was opened again
    ESCALATED = "escalated"  # on which the customer first turned to an outside body
    ASKED = "asked"  # on which the customer was asked about the handling, for the last grade that they gave
    IMPROVED = "improved"  # on which an improvement was carried out: no day of a case


@dataclass(frozen=True)
class Indicator:
    """One figure of the process. ``better`` is the direction of improvement, ``None`` where there is none."""

    code: str
    unit: Unit
    better: Literal["up", "down"] | None
    day: Day
    definition: str


_MINUTE = f"{AT_ONCE.total_seconds():.0f} seconds"
_HOUR = f"{SITTING.total_seconds() / 60:.0f} minutes"
_RECEIVED = "complaints received in the period"
_RESOLVED = "complaints answered in the period, by an answer that stands"

INDICATORS: dict[str, Indicator] = {
    each.code: each
    for each in (
        Indicator(
            "received", "count", None, Day.RECEIVED,
            f"C{_RECEIVED[1:]}.",
        ),
        Indicator(
            "acknowledged_late", "share", "down", Day.RECEIVED,
            f"Of the {_RECEIVED}, those whose receipt was confirmed more than {_MINUTE} after the date "
            "promised for it, or not at all.",
        ),
        Indicator(
            "time_to_acknowledge_median", "hours", "down", Day.RECEIVED,
            "Hours from receipt to its confirmation, at most so many for half of the "
            f"{_RECEIVED} and confirmed.",
        ),
        Indicator(
            "time_to_acknowledge_p90", "hours", "down", Day.RECEIVED,
            "Hours from receipt to its confirmation, at most so many for 90 percent of the "
            f"{_RECEIVED} and confirmed.",
        ),
        Indicator(
            "time_to_answer_median", "hours", "down", Day.RECEIVED,
            f"Hours from receipt to the first reply or letter by a person, at most so many for half of the "
            f"{_RECEIVED} and written to by a person since.",
        ),
        Indicator(
            "time_to_answer_p90", "hours", "down", Day.RECEIVED,
            "Hours from receipt to the first reply or letter by a person, at most so many for 90 percent of "
            f"the {_RECEIVED} and written to by a person since.",
        ),
        Indicator(
            "wrongly_prioritised", "share", "down", Day.RECEIVED,
            f"Of the {_RECEIVED}, those whose severity a person has changed since.",
        ),
        Indicator(
            "withdrawn", "share", None, Day.RECEIVED,
            f"Of the {_RECEIVED}, those that their customers have withdrawn since.",
        ),
        Indicator(
            "reopened", "share", "down", Day.RECEIVED,
            f"Of the {_RECEIVED}, those that were opened again since: after an answer that the customer "
            "contested, that did not arrive or that was to be reviewed, or after a withdrawal.",
        ),
        Indicator(
            "repeats", "share", "down", Day.RECEIVED,
            f"Of the {_RECEIVED}, those that the customer called recurring, or that are linked or merged "
            "with a complaint that came before.",
        ),
        Indicator(
            "resolved", "count", None, Day.RESOLVED,
            f"C{_RESOLVED[1:]}.",
        ),
        Indicator(
            "first_contact", "share", "up", Day.RESOLVED,
            f"Of the {_RESOLVED}, those never opened again in between and answered at most {_HOUR} after "
            "a person first wrote to the customer.",
        ),
        Indicator(
            "resolved_late", "share", "down", Day.RESOLVED,
            f"Of the {_RESOLVED}, those answered more than {_MINUTE} after the date promised for it, "
            "extensions and pauses included.",
        ),
        Indicator(
            "time_to_resolve_median", "hours", "down", Day.RESOLVED,
            f"Hours from receipt to the last answer, at most so many for half of the {_RESOLVED}.",
        ),
        Indicator(
            "time_to_resolve_p90", "hours", "down", Day.RESOLVED,
            f"Hours from receipt to the last answer, at most so many for 90 percent of the {_RESOLVED}.",
        ),
        Indicator(
            "upheld", "share", None, Day.RESOLVED,
            f"Of the {_RESOLVED}, those upheld wholly or partly.",
        ),
        Indicator(
            "remedies", "count", None, Day.RESOLVED,
            f"The {_RESOLVED} and with a remedy granted, and not merged into another, "
            "which has it then.",
        ),
        Indicator(
            "remedy_cost", "money", "down", Day.RESOLVED,
            f"What remedies cost, summed by currency over the {_RESOLVED} and with a cost on record, and "
            "not merged into another.",
        ),
        Indicator(
            "outside", "count", "down", Day.ESCALATED,
            "Complaints whose customers turned to an outside body, by the first day on which they did.",
        ),
        Indicator(
            "satisfaction", "grade", "up", Day.ASKED,
            "Mean of the grades from 1 to 5 for the handling, the last one of each complaint, by the day on "
            "which the customer was asked for it.",
        ),
        Indicator(
            "improvements", "count", "up", Day.IMPROVED,
            "Corrective and preventive actions carried out in the period, by the day on which that was done, "
            "and not found to be without effect since; they are counted over all complaints only.",
        ),
    )
}  # fmt: skip
"""By code, in the order of a report."""


def find(code: str) -> tuple[Indicator, str | None]:
    """The indicator of a figure, and its currency: ``remedy_cost:EUR`` is a figure of ``remedy_cost``.

    Raises `UnknownIndicator`.
    """
    name, colon, currency = code.partition(":")
    known = INDICATORS.get(name)
    is_currency = len(currency) == 3 and currency.isascii() and currency.isupper()
    if known is None or bool(colon) != is_currency or (currency and known.unit != "money"):
        raise UnknownIndicator(f"no indicator is called {code[:60]!r}: there are {', '.join(INDICATORS)}")
    return known, currency or None
