"""What is stored, as an agent reads it in the language of their choice. Templates use it as filters."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

from channels.channel import BY_HAND
from complaints.texts import language_name
from complaints.world import world
from complaints.world.answers import shown
from complaints.world.names import name_in
from handoff.console.words import catalogue, tell

_LOCALES = {"en": "en_GB", "es": "es"}
_CHANNELS = {"webchat", "sms", *BY_HAND}
_SURENESS = re.compile(r"(severity|category) (\w+) with confidence ([\d.]+)(: unsure)?")
_CATEGORY = re.compile(r"category (\w+)")
_KINDS = re.compile(r"(\w+): (low|medium|high|critical)")

_NAMED_BY = {
    "task_added": "title", "task_done": "title", "task_dropped": "title", "task_passed": "title",
    "evidence_added": "name", "conflict": "agent", "conflict_lifted": "agent",
    "escalated_externally": "body", "action_linked": "action", "action_unlinked": "action",
    "linked": "other", "unlinked": "other", "merged": "other", "unmerged": "other",
}  # fmt: skip

FILTERS = (
    "decimal",
    "label", "heading", "channel", "language", "needed", "delivery", "actor", "event", "event_details",
    "event_reason", "task_title", "why", "judged", "category", "own_answer", "exact", "clock", "day",
    "plain_day", "size",
)  # fmt: skip


class Wording:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._locale = _LOCALES[language]

    def tell(self, key: str, /, **values: object) -> str:
        """A text of the console."""
        return tell(self._language, key, **values)

    def label(self, word: str | None) -> str:
        """A word of a vocabulary: ``late_delivery`` is "Late delivery"."""
        if not word:
            return ""
        return catalogue(self._language).get(f"word_{word}") or word.replace("_", " ").capitalize()

    def category(self, code: str | None, part: str | None = None) -> str:
        """A category in the operator's own words, else in ours, and its sub-category."""
        own = world.in_force().categories
        name = (own.name(code, self._language) if code else None) or self.label(code)
        divided = own.subcategory_name(part, self._language)
        return f"{name} · {divided}" if divided else name

    def own_answer(self, answer: dict[str, Any]) -> str:
        """What a customer answered to one of the operator's own questions."""
        if answer["state"] == "skipped":
            return self.tell("answer_skipped")
        if answer["state"] == "unchecked":
            return self.tell("answer_unchecked", said=answer["said"])
        question = world.in_force().categories.questions.get(answer["question"])
        return shown(answer["kind"], answer["value"], self._language, question)

    def heading(self, text: str) -> str:
        """Somebody's words as a heading: with a capital first letter."""
        return text[:1].upper() + text[1:]

    def channel(self, name: str) -> str:
        """What a channel is called; names of products are the same everywhere."""
        if name == "whatsapp":
            return "WhatsApp"
        return self.tell(f"channel_{name}") if name in _CHANNELS else name.capitalize()

    def language(self, code: str) -> str:
        """What a language is called."""
        return language_name(code, self._language)

    def needed(self, reason: str) -> str:
        """Why a person is needed."""
        return catalogue(self._language).get(f"needed_{reason}") or self.label(reason)

    def delivery(self, state: str) -> str:
        """How far a message got."""
        return catalogue(self._language).get(f"delivery_{state}") or self.label(state)

    def actor(self, name: str) -> str:
        """Who did something."""
        if ":" in name:
            return name.partition(":")[2]
        return catalogue(self._language).get(f"actor_{name}") or self.label(name)

    def event(self, kind: str) -> str:
        """What happened."""
        return catalogue(self._language).get(f"event_{kind}") or self.label(kind)

    def event_details(self, event: dict[str, Any]) -> str:
        """What an event says beyond its kind, in one line."""
        data = event["data"]
        details: list[str] = []
        match event["kind"]:
            case "received":
                details = [self.channel(data.get("channel", ""))]
            case "assessed":
                details = [self.label(data.get("severity")), self.label(data.get("category"))]
            case "imported":
                details = [str(data.get("source", "")), str(data.get("number", ""))]
            case "reassessed":
                before, after = data["before"], data["after"]
                changed = [k for k in after if after[k] != before.get(k)]
                details = [f"{self.label(before[k])} → {self.label(after[k])}" for k in changed]
            case "detail_added" | "detail_corrected" as kind:
                told = self._detail if kind == "detail_added" else partial(self._corrected, data)
                details = [told(name) for name in data.get("after", {})]
            case "responded" | "decision_changed":
                details = [self.label(data[k]) for k in ("decision", "remedy") if data.get(k)]
            case "released" if f"agent:{data.get('holder')}" != event["actor"]:
                details = [self.tell("held_until_then", name=data.get("holder"))]
            case kind if kind in _NAMED_BY:
                details = [self._named(data, _NAMED_BY[kind])]
            case _ if isinstance(data.get("to"), str):
                details = [data["to"]]
        return ", ".join(filter(None, details))

    def _detail(self, name: str) -> str:
        """What a customer told: a part of the record, or the answer to one of the operator's questions."""
        question = world.in_force().categories.questions.get(name)
        return name_in(question.label, self._language) if question else self.label(name)

    def _corrected(self, data: dict[str, Any], name: str) -> str:
        """What stood in a part of the record, and what somebody put in its place."""
        old, new = data["before"].get(name), data["after"].get(name)
        return f"{self._detail(name)} {old or '–'} → {new or '–'}"

    def _named(self, data: dict[str, Any], key: str) -> str:
        """What an event is about: a task, a file, a person, a case."""
        if key == "title":
            return self.task_title({"kind": data.get("task_kind"), **data})
        return str(data.get(key) or "")

    def event_reason(self, event: dict[str, Any]) -> str:
        """Why something happened, unless the events around it say so."""
        if event["kind"] == "investigating" and event["reason"] == "claimed":
            return ""
        if event["reason"] == "read by a person":
            return self.tell("read_by_person")
        return self.needed(event["reason"]) if event["kind"] == "queued" else str(event["reason"])

    def task_title(self, task: dict[str, Any]) -> str:
        """What a task is: in its maker's words, or in ours where the program made it."""
        if task["kind"] == "remedy":
            return self.tell("task_remedy", remedy=self.label(task["title"]).lower())
        if task["kind"] == "by_hand":
            return catalogue(self._language).get(f"task_by_hand_{task['title']}") or str(task["title"])
        return self.tell("task_delivery") if task["kind"] == "delivery" else str(task["title"])

    def why(self, reason: dict[str, Any]) -> str:
        """The ground of an assessment: who or what judged so."""
        code = str(reason.get("code", ""))
        match reason.get("kind"):
            case "person":
                return self.actor(str(reason.get("by", "")))
            case "rule":
                return self.tell("why_rule", name=code.rpartition("/")[2].replace("-", " ").replace("_", " "))
            case "model":
                return self.tell("why_model", name=code[:8])  # enough of a digest to tell it
            case other:
                return self.label(str(reason.get("code") or other or ""))

    def judged(self, reason: dict[str, Any]) -> str:
        """What was judged, and how surely; what triage says in English, in the agent's language.

        A person's reason stays in their own words, and so does what has no pattern here.
        """
        detail = str(reason.get("detail") or "")
        if reason.get("kind") == "person":
            return detail
        if found := _SURENESS.fullmatch(detail):
            what, word, sure, unsure = found.groups()
            percent = format_percent(Decimal(sure), locale=self._locale)
            key = "judged_unsurely" if unsure else "judged_surely"
            return self.tell(
                key, what=self.tell(f"judged_{what}"), word=self.label(word).lower(), percent=percent
            )
        if found := _CATEGORY.fullmatch(detail):
            return f"{self.tell('judged_category')}: {self.label(found[1]).lower()}"
        if found := _KINDS.fullmatch(detail):
            return f"{self.label(found[1])}: {self.label(found[2]).lower()}"
        return detail

    def money(self, amount: str | None, currency: str | None) -> str:
        """An amount with its currency, or as a plain number where that is not known."""
        if amount is None:
            return ""
        value = Decimal(amount)
        if currency:
            return format_currency(value, currency, locale=self._locale)
        return format_decimal(value, locale=self._locale)

    def exact(self, moment: str, zone: ZoneInfo) -> str:
        """A time in full, in the operator's time zone: "Mon 2 Mar 2026, 13:05"."""
        return _exact(moment, zone, self._locale)

    def clock(self, moment: str, zone: ZoneInfo) -> str:
        """The time of the day."""
        return _at(moment, zone).strftime("%H:%M")

    def day(self, moment: str, zone: ZoneInfo, now: datetime) -> str:
        """The day, as one speaks of it."""
        on, today = _at(moment, zone).date(), now.astimezone(zone).date()
        if on == today:
            return self.tell("today")
        if on == today - timedelta(days=1):
            return self.tell("yesterday")
        return self.plain_day(on.isoformat())

    def plain_day(self, text: str | None) -> str:
        """A calendar day: "Monday 2 March 2026"."""
        if not text:
            return ""
        pattern = "EEEE d MMMM y" if self._language == "en" else "full"
        return self.heading(format_date(date.fromisoformat(text), pattern, locale=self._locale))

    def decimal(self, value: float) -> str:
        """A number with two decimals; an infinite one has a sign of its own."""
        return "∞" if value == float("inf") else format_decimal(value, "0.00", locale=self._locale)

    def size(self, octets: int | None) -> str:
        """A file's size."""
        if octets is None:
            return ""
        if octets < 1_000_000:
            return f"{max(1, round(octets / 1000))} kB"
        return f"{format_decimal(Decimal(octets) / 1_000_000, '0.0', locale=self._locale)} MB"


@cache
def wording(language: str) -> Wording:
    """The words of ``language``, one of `handoff.console.words.LANGUAGES`."""
    return Wording(language)


@lru_cache(maxsize=4096)  # the same few hundred times, each time a page is redrawn
def _exact(moment: str, zone: ZoneInfo, locale: str) -> str:
    return format_datetime(_at(moment, zone), "EEE d MMM y, HH:mm", locale=locale)


def _at(moment: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(moment).astimezone(zone)
