"""The console's own words: what is stored, as a person reads it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from complaints.texts import language_name

_LOCALE = "en_GB"

_DELIVERY = {
    "queued": "Waiting to be sent",
    "sending": "Being sent",
    "sent": "Sent",
    "delivered": "Delivered",
    "read": "Read",
    "failed": "Not delivered",
}

_NEEDED = {
    "complaint": "New complaint",
    "asked": "Asked for a person",
    "distress": "Distress",
    "legal": "Legal steps",
    "danger": "Danger",
    "misunderstood": "Not understood",
    "unsupported_language": "Language not spoken",
    "reopened": "Reopened",
    "due": "Due soon",
}

_CHANNELS = {"webchat": "Web chat", "sms": "SMS", "whatsapp": "WhatsApp"}

_EVENTS = {
    "received": "Received",
    "acknowledged": "Receipt confirmed to the customer",
    "assessed": "Assessed",
    "reassessed": "Assessment changed",
    "detail_added": "Details added",
    "confirmed": "Summary confirmed by the customer",
    "queued": "Put in the queue",
    "claimed": "Claimed",
    "investigating": "Investigation begun",
    "replied": "Answered the customer",
    "note": "Note",
    "released": "Put back in the queue",
    "handed_back": "Handed back to the assistant",
    "responded": "Decided",
    "decision_changed": "Decision changed",
    "informed": "Told the customer the decision",
    "became_feedback": "No complaint after all",
}


def label(word: str | None) -> str:
    """A word of a vocabulary: ``late_delivery`` is "Late delivery"."""
    return (word or "").replace("_", " ").capitalize()


def heading(text: str) -> str:
    """Somebody's words as a heading: with a capital first letter."""
    return text[:1].upper() + text[1:]


def channel(name: str) -> str:
    """What a channel is called."""
    return _CHANNELS.get(name, name.capitalize())


def language(code: str) -> str:
    """What a language is called."""
    return language_name(code, "en")


def needed(reason: str) -> str:
    """Why a person is needed."""
    return _NEEDED.get(reason, label(reason))


def delivery(state: str) -> str:
    """How far a message got."""
    return _DELIVERY.get(state, label(state))


def actor(name: str) -> str:
    """Who did something."""
    return {"bot": "Assistant"}.get(name, name.removeprefix("agent:") if ":" in name else label(name))


def event(kind: str) -> str:
    """What happened."""
    return _EVENTS.get(kind, label(kind))


def event_details(event: dict[str, Any]) -> str:
    """What an event says beyond its kind, in one line."""
    data = event["data"]
    details: list[str] = []
    match event["kind"]:
        case "received":
            details = [channel(data.get("channel", ""))]
        case "assessed":
            details = [label(data.get("severity")), label(data.get("category"))]
        case "reassessed":
            before, after = data["before"], data["after"]
            details = [f"{label(before[k])} → {label(after[k])}" for k in after if after[k] != before.get(k)]
        case "detail_added":
            details = [label(name) for name in data.get("after", {})]
        case "responded" | "decision_changed":
            details = [label(data[k]) for k in ("decision", "remedy") if data.get(k)]
        case "released" if f"agent:{data.get('holder')}" != event["actor"]:
            details = [f"held by {data.get('holder')} until then"]
    return ", ".join(filter(None, details))


def event_reason(event: dict[str, Any]) -> str:
    """Why something happened, unless the events around it say so."""
    if event["kind"] == "investigating" and event["reason"] == "claimed":
        return ""
    return needed(event["reason"]) if event["kind"] == "queued" else str(event["reason"])


def why(reason: dict[str, Any]) -> str:
    """The ground of an assessment: who or what judged so."""
    match reason.get("kind"):
        case "person":
            return actor(str(reason.get("by", "")))
        case "rule":
            return f"Rule “{label(str(reason.get('code', ''))).lower()}”"
        case "model":
            return f"Model {str(reason.get('code', ''))[:8]}".strip()  # enough of a digest to tell it
        case other:
            return label(str(reason.get("code") or other or ""))


def money(amount: str | None, currency: str | None) -> str:
    """An amount with its currency, or as a plain number where that is not known."""
    if amount is None:
        return ""
    value = Decimal(amount)
    return (
        format_currency(value, currency, locale=_LOCALE)
        if currency
        else format_decimal(value, locale=_LOCALE)
    )


@lru_cache(maxsize=4096)  # the same few hundred times, each time a page is redrawn
def exact(moment: str, zone: ZoneInfo) -> str:
    """A time in full, in the operator's time zone: "Mon 2 Mar 2026, 13:05"."""
    return format_datetime(_at(moment, zone), "EEE d MMM y, HH:mm", locale=_LOCALE)


def clock(moment: str, zone: ZoneInfo) -> str:
    """The time of the day."""
    return format_datetime(_at(moment, zone), "HH:mm", locale=_LOCALE)


def day(moment: str, zone: ZoneInfo, now: datetime) -> str:
    """The day, as one speaks of it."""
    on, today = _at(moment, zone).date(), now.astimezone(zone).date()
    if on == today:
        return "Today"
    if on == today - timedelta(days=1):
        return "Yesterday"
    return plain_day(on.isoformat())


def plain_day(text: str | None) -> str:
    """A calendar day: "Monday 2 March 2026"."""
    return format_date(date.fromisoformat(text), "EEEE d MMMM y", locale=_LOCALE) if text else ""


def size(octets: int | None) -> str:
    """A file's size."""
    if octets is None:
        return ""
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{max(1, round(octets / 1000))} kB"


def _at(moment: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(moment).astimezone(zone)
