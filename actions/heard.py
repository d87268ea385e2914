"""What a message says, before anybody decides what to do about it."""

from __future__ import annotations

import datetime
import re
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker

from actions.details import READ, find_details, find_product, is_dated
from actions.lexicon import Lexicon, find, is_all, lexicon, starts_with
from complaints import texts, triage
from complaints.commands import Details
from complaints.complaint import Category, Severity
from complaints.facts import Facts
from complaints.reference import Mention, read_all
from complaints.world import world

_NEVER_WORDS = frozenset(
    {"attach", "empty", "unsupported", "report_danger", "choose", "new_complaint", "remedy"}
)
_WORD = re.compile(r"[^\W\d_]+")
_ARABIZI = re.compile(r"(?<!\w)[23579][a-z]{2}|[a-z][23579][a-z]", re.IGNORECASE)
"""Arabic in Latin letters writes with digits the sounds that those lack."""
_FEW_WORDS = 3  # different ones
_FEW_LETTERS = 4
_SHORT_QUESTION = 8  # words: longer ones tell something


class Heard:
    """One message, the facts it came with, and what the classifier makes of it."""

    def __init__(self, tracker: Tracker) -> None:
        message = tracker.latest_message
        metadata = message["metadata"]
        self.facts = Facts.model_validate(metadata["facts"])
        self.argument: str | None = metadata.get("payload", {}).get("argument")
        self.text: str = message.get("text") or ""
        self.intent: str = message["intent"]["name"]
        self.confidence: float = message["intent"].get("confidence", 1.0)
        self.ranking: list[dict[str, Any]] = message.get("ranking", [])
        self.entities: list[dict[str, Any]] = message.get("entities", [])
        self._guessed = {kind: message.get(kind) for kind in ("severity", "category")}
        self.id: str = message["message_id"]
        # What the turn before waited for.
        self.expected: str | None = tracker.slots.get("expecting")
        self._spoken: str | None = tracker.slots.get("language")

    @property
    def language(self) -> str:
        """The language to read it in."""
        return self._spoken or self.facts.language

    @property
    def words(self) -> Lexicon:
        """What to look for in the customer's language."""
        return lexicon(self.language)

    @property
    def now(self) -> datetime.datetime:
        """The operator's local time."""
        return self.facts.now.astimezone(ZoneInfo(self.facts.time_zone))

    @property
    def stale(self) -> bool:
        """Whether a yes or a no was pressed that belongs to an earlier question."""
        return self.intent in ("affirm", "deny") and self.argument not in (None, self.expected)

    @property
    def mentions(self) -> list[Mention]:
        """The references in the message."""
        return read_all(self.text)

    @property
    def wordless(self) -> bool:
        """Whether the message is of emoji or dots: neither letters nor digits."""
        return bool(self.text) and not any(c.isalnum() for c in self.text)

    @property
    def asks(self) -> bool:
        """Whether the message is written as a question."""
        return any(c in "?¿؟" for c in self.text)

    @property
    def only_asks(self) -> bool:
        """Whether the message is a question by its mark or by how it begins, and states nothing."""
        return self.asks or starts_with(self.words.question, self.text)

    @property
    def asks_opening(self) -> bool:
        """“When are you open?”."""
        return self.only_asks and find(self.words.opening, self.text) is not None

    @property
    def process_asked(self) -> list[str]:
        """Which aspects of how complaints are handled a short question is about, by its words.

        The classifier often makes nothing of so few: “how long does this take??”.
        """
        if not self.only_asks or len(self.text.split()) > _SHORT_QUESTION:
            return []
        return [aspect for aspect, patterns in self.words.process.items() if find(patterns, self.text)]

    @property
    def asks_how_long(self) -> bool:
        """“How long does this take??”."""
        return "how_long" in self.process_asked

    @property
    def leaves(self) -> bool:
        """Whether the message says goodbye and nothing else: "thanks, bye"."""
        words = self.words
        polite = [*words.farewell, *words.thanks, *words.courtesy]
        return is_all(polite, self.text) and find(words.farewell, self.text) is not None

    @property
    def merely_thanks(self) -> bool:
        """Whether the message is thanks and nothing else; "no thanks" is a no."""
        words = self.words
        thanked = find(words.thanks, self.text) is not None and not is_all(words.skip, self.text)
        return thanked and is_all([*words.thanks, *words.courtesy], self.text)

    @property
    def trusted(self) -> bool:
        """Whether the program knows what the message means: a button, a file, danger."""
        return self.argument is not None or self.intent in _NEVER_WORDS

    @property
    def foreign(self) -> bool:
        """Whether the message is in a language that we do not speak: what it means, nobody here can tell.

        A laugh or two words in Latin letters are too little to say so, and "3ayez" is Arabic.
        """
        if self.language in texts.languages() or self.trusted:
            return False
        words = set(_WORD.findall(self.text.casefold()))
        if any("a" <= c <= "z" for c in self.text.casefold()):
            return len(words) >= _FEW_WORDS and not _ARABIZI.search(self.text)
        return len(set("".join(words))) >= _FEW_LETTERS

    def likelihood(self, intent: str) -> float:
        """How likely the message is of that intent, whatever came first."""
        return next((float(r["confidence"]) for r in self.ranking if r["name"] == intent), 0.0)

    def assess(self, text: str) -> triage.Assessment:
        """How serious ``text`` is, as the register will have it if this message files it.

        The same rules, and the same word of the model's with the same thresholds: what is kept as critical
        and what the customer is told cannot differ.
        """
        severity, category = self._guessed["severity"], self._guessed["category"]
        parse = triage.Parse(
            self.intent,
            self.confidence,
            severity=(Severity(severity["value"]), float(severity["confidence"])) if severity else None,
            category=(Category(category["value"]), float(category["confidence"])) if category else None,
        )
        return triage.assess(text, self.facts.language, parse)

    @property
    def surely_critical(self) -> bool:
        """Whether the model by itself, without a rule beside it, would have the message critical."""
        told = self._guessed["severity"]
        critical = told is not None and told["value"] == Severity.CRITICAL
        return critical and float(told["confidence"]) >= triage.SURE_OF_CRITICAL

    def read(self, text: str, asked: str | None = None) -> Details:
        """Everything that ``text`` says; as its product counts a well-known one, or what the model marked.

        Before both come the operator's own products, under their one name, and the form of their orders.
        """
        found = find_details(text, self.language, self.now, self.facts.country, asked)
        own = world.in_force().products
        if order := own.order_in(text[:READ]):
            found = found.model_copy(update={"order": order})
        if code := own.find(text[:READ], self.language):
            return found.model_copy(update={"product": own.root[code].name})
        marked = [e["value"] for e in self.entities if e["entity"] == "product"]
        product = find_product(text, self.language, marked)
        if is_all(self.words.courtesy, text):
            product = None  # "vale" is a yes to Spaniards, and no voucher
        return found.model_copy(update={"product": product}) if product else found

    def dated(self, text: str, *, asked: bool = False) -> bool:
        """Whether ``text`` says when, if only vaguely."""
        return is_dated(text, self.language, self.now, self.facts.country, asked=asked)
