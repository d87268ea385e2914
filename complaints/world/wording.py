"""``wording/<language>.yml``: the operator's own words, instead of any text that customers are told.

Keys are those of `complaints.texts`; besides them `ORGANISATION`, what the organisation calls itself in that
language, and `SIGNATURE`, what stands under each letter.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from complaints import texts
from complaints.world.problems import Problem, Sheet, nearest

ORGANISATION, SIGNATURE = "organisation", "signature"

LONGEST = 330
"""Characters of a text: two SMS, and what is read on a phone at a glance."""
LONGEST_BUTTON = 20
"""Of WhatsApp, the narrowest of the platforms."""

NEEDED = frozenset({"reference", "lines", "emergency", "code", "link", "choices"})
"""Placeholders that no wording may leave out: without them the text is of no use."""

CARRIER_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "help", "info", "start", "unstop"}
)
"""Answered with one of these, a carrier ends an SMS conversation."""


@dataclass(frozen=True)
class Wording:
    """What replaces our texts, by language and key."""

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)
    signatures: Mapping[str, str] = field(default_factory=dict)

    def organisation(self, language: str, otherwise: str) -> str:
        """What the organisation calls itself in ``language``."""
        return self.organisations.get(texts.spoken(language), otherwise)

    def signed(self, letter: str, language: str) -> str:
        """``letter`` with the signature of its language, if there is one."""
        signature = self.signatures.get(texts.spoken(language))
        return f"{letter}\n\n{signature}" if signature else letter


def check(sheet: Sheet, language: str) -> Iterator[Problem]:
    """What is wrong with one language's file."""
    ours = texts.ours(language)
    for key, text in sheet.content.items():
        if not isinstance(text, str) or not text.strip():
            yield sheet.problem((key,), "is no text", "write one in quotes, or remove the line")
        elif key in (ORGANISATION, SIGNATURE):
            if len(text) > LONGEST:
                yield sheet.problem((key,), f"has {len(text)} characters", f"use {LONGEST} at most")
        elif key not in ours:
            yield sheet.problem((key,), "no text has this key", nearest(str(key), sorted(ours)))
        else:
            for wrong, remedy in _faults(str(key), text, ours[key]):
                yield sheet.problem((key,), wrong, remedy)


def _faults(key: str, text: str, ours: str) -> Iterator[tuple[str, str]]:
    limit = LONGEST_BUTTON if key.startswith("button_") else LONGEST
    if len(text) > limit:
        yield f"has {len(text)} characters", f"use {limit} at most"
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text):
        yield "there is an invisible character in it", "type it anew"
    if key.startswith("button_") and text.strip().casefold() in CARRIER_WORDS:
        yield f"{text!r} ends an SMS conversation", "use another word"
    if not key.startswith("sms_") and {w.strip(".,;:!?\"'") for w in text.split()} & _SHOUTED:
        yield "it asks for a word that ends an SMS conversation", "use another word, or small letters"
    try:
        used = list(string.Formatter().parse(text))
    except ValueError as error:
        yield f"a brace without its partner ({error})", "write {{ and }} for braces that are none of ours"
        return
    known = _names(ours)
    for _, name, form, conversion in used:
        if name is not None and (name not in known or form or conversion):
            there = ", ".join(f"{{{n}}}" for n in sorted(known)) or "none"
            yield f"{{{name}}} is no placeholder of this text", f"there is {there}"
    for name in sorted((known & NEEDED) - {name for _, name, _, _ in used if name}):
        yield f"{{{name}}} is missing", "put it in: customers need it"


_SHOUTED = {word.upper() for word in CARRIER_WORDS}


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
