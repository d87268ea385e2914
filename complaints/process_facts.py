"""How complaining works here, in words: the one source of the public page and of what the assistant says.

ISO 10002, 7.1: on every channel the customer is told the stages, the time limits and where else to turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale

from complaints import texts
from complaints.clocks import Period, Policy
from complaints.opening_hours import OpeningHours

_IN_WEEKS = 42  # days from which on one says weeks, as the rules themselves do: "8 weeks"


@dataclass(frozen=True)
class ProcessFacts:
    """What a policy promises, in one language.

    ``acknowledge`` is empty where receipt is confirmed at once, ``extend_to`` where an answer cannot be
    put off. ``update_by`` and ``respond_by`` are the dates of a complaint received now.
    """

    acknowledge: str
    update_within: str
    respond_within: str
    extend_to: str
    kinds: dict[str, str]
    update_by: str
    respond_by: str
    outside: str
    in_business_days: bool
    cut_off: str


def process_facts(policy: Policy, language: str, now: datetime) -> ProcessFacts:
    """The facts as they are at ``now`` (aware)."""
    clock = policy.start(now)
    zone = policy.time_zone
    periods = (policy.acknowledge, policy.update_every, policy.respond_by)
    return ProcessFacts(
        acknowledge=within(policy.acknowledge, language) if policy.acknowledge.amount else "",
        update_within=within(policy.update_every, language),
        respond_within=within(policy.respond_by, language),
        extend_to=within(policy.extend_to, language) if policy.extend_to else "",
        kinds={name: within(period, language) for name, period in policy.kinds.items()},
        update_by=texts.format_date(clock.update_by.astimezone(zone), language),
        respond_by=texts.format_date(clock.respond_by.astimezone(zone), language),
        outside=outside(policy.outside_body, language),
        in_business_days=any(p.unit == "business days" for p in periods),
        cut_off=texts.format_time(policy.cut_off, language) if policy.cut_off else "",
    )


def for_dialogue(policy: Policy, language: str, page: str) -> dict[str, str]:
    """What the dialogue may say of it (`complaints.facts.Facts.policy`); ``page`` is the page's address.

    Every turn asks this: it is worked out once. The dates are in `complaints.facts.Offer`.
    """
    return _for_dialogue(policy.update_every, policy.respond_by, policy.outside_body, language, page).copy()


@lru_cache(maxsize=256)
def _for_dialogue(update: Period, respond: Period, body: str, language: str, page: str) -> dict[str, str]:
    facts = {"update_within": within(update, language), "respond_within": within(respond, language)}
    if body:
        facts["outside_body"] = body
    if page:
        facts["page"] = page
    return facts


def within(period: Period, language: str) -> str:
    """A period as a promise: "within 10 business days"."""
    unit, count = period.unit.replace(" ", "_"), period.amount
    if unit == "days" and count >= _IN_WEEKS and count % 7 == 0:
        unit, count = "weeks", count // 7
    return texts.say(f"within_{unit}_{_form(count, language)}", language, count=count)


def outside(body: str, language: str) -> str:
    """Where else to turn: as the dialogue says it."""
    if body:
        return texts.say("process_outside", language, outside_body=body)
    return texts.say("process_outside_unknown", language)


def opening(hours: OpeningHours, language: str, now: datetime) -> str:
    """When people are there, as a sentence; nothing if nobody is there for weeks."""
    if (until := hours.closes_at(now)) is not None:
        if until - now > timedelta(days=1):
            return texts.say("opening_always", language)
        return texts.say("opening_now", language, time=texts.format_time(until, language))
    if (opens := hours.next_opening(now)) is None:
        return ""
    day, time = texts.format_date(opens, language), texts.format_time(opens, language)
    return texts.say("opening_later", language, day=day, time=time)


def _form(count: int, language: str) -> str:
    """The grammatical number that ``count`` takes (CLDR); those that read alike are one."""
    if count in (1, 2):
        return ("one", "two")[count - 1]
    category = str(Locale.parse(texts.spoken(language)).plural_form(count))
    return "few" if category == "few" else "other"
