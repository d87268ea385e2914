"""Takes personal data out of a message before anybody learns from it.

What is masked keeps its shape: a number its digits and dashes, an address its parts. So the text
still reads, and what a model learns from it (pieces of words, of numbers) is what it will meet. Numbers go by
their shape and not by their check digits: one with a typing error tells as much about its owner.

No rule knows every name. Whoever decides on a message reads it first; that is the last mask.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from actions.details import find_details
from actions.lexicon import lexicon, plain
from complaints.reference import read_all

Change = str | Callable[[re.Match[str]], str]

NAME = "Xxxxx"  # no word of any language, so that nothing is learnt from it
_LINE_OF_NAME = r"(?!Xxxxx\b)[^\W\d_][\w'’.-]*(?:[ \t]+[^\W\d_][\w'’.-]*){0,3}"
_CAPITALISED = r"(?!Xxxxx\b)[A-ZÀ-ÖØ-ÞĞİŞŁŚŻŹĆ][\w'’-]+"
_SHORTEST_PART = 3  # characters of a name that stand for somebody by themselves
_LEAST_DIGITS = 5  # in a row, or written with letters: an order, a customer, a postal code
_LEAST_APART = 7  # with spaces and dashes between them: a phone number, a card, an identity
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # the reader of details wants a day; only dates depend on it

_PARTICLES = frozenset(["van", "von", "der", "den", "del", "des", "dos", "das", "ter", "bin", "abu"])

_TITLES = (
    r"(?i:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Sr|Sra|Srta|Señora?|Doña|Mme|Mlle|Monsieur|Madame|Sig|Sig\.ra|"
    r"Signora?|Senhora?|Dona|Dhr|Mevr|Mevrouw|Meneer|Pani|Panu|Bayan|Sayın)|Miss|Don|Pan|Bay"
)
_CLOSINGS = (
    r"(?:kind|best|warm)?[ ]?regards|sincerely|yours truly|yours faithfully|best wishes|many thanks|"
    r"(?:un )?saludos?(?: cordial(?:es)?)?|atentamente|cordialement|bien à vous|salutations(?: distinguées)?|"
    r"(?:mit )?(?:freundlichen|besten|vielen|lieben) grüßen?|mfg|(?:cordiali|distinti) saluti|atenciosamente|"
    r"(?:com os melhores )?cumprimentos|met vriendelijke groet(?:en)?|pozdrawiam|z poważaniem|saygılarımla|"
    r"مع التحية|تحياتي"
)
_STREETS = (
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|close|court|square|quay|terrace|crescent|gardens|grove|"
    r"way|row|mews|hill)"
)
_STREETS_FIRST = (
    r"(?i:calle|c/|avenida|avda\.?|plaza|paseo|rua|travessa|via|viale|piazza|corso|rue|boulevard|allée|"
    r"place|ul\.|ulica|aleja|os\.)"
)
_STREETS_LAST = r"[\w-]*(?i:straße|strasse|str\.|weg|platz|gasse|allee|straat|laan|plein|gracht)"


@dataclass(frozen=True)
class Masked:
    """A text without personal data, and what kinds were taken out of it."""

    text: str
    found: frozenset[str]


@lru_cache(maxsize=1024)  # a trainer's list is shown anew after each decision
def mask(text: str, language: str, country: str, known: tuple[str, ...] = ()) -> Masked:
    """``text`` on one line, with personal data masked. Masking it again changes nothing.

    ``known`` are names, numbers and addresses that the record tells; ``country`` (ISO 3166) is how phone
    numbers are read.
    """
    found: set[str] = set()
    told = _told(text, language, country)
    for kind, pattern, change in _PATTERNS:
        changed = pattern.sub(change, text)
        if changed != text:
            found.add(kind)
            text = changed
    for kind, value in [*told, *(("name", value) for value in known)]:
        changed = _without(text, kind, value, language)
        if changed != text:
            found.add(kind)
            text = changed
    for kind, pattern, change in _NUMBERS:
        changed = pattern.sub(change, text)
        if changed != text:
            found.add(kind)
            text = changed
    return Masked(" ".join(text.split()), frozenset(found))


def _told(text: str, language: str, country: str) -> list[tuple[str, str]]:
    """Names and numbers that the dialogue's own reader finds in the text."""
    details = find_details(text, language, _EPOCH, country)
    told = [("number", details.order), ("number", details.phone)]
    told += [("number", mention.reference) for mention in read_all(text)]
    told += [("name", _name(details.name or "", language))]
    return [(kind, value) for kind, value in told if value]


def _name(found: str, language: str) -> str:
    """A name up to the first plain word: the reader takes "your name, balance and address" for one."""
    common = {word.casefold() for word in lexicon(language).function_words}
    words = found.split()
    plain_words = (place for place, word in enumerate(words) if word.casefold() in common)
    return " ".join(words[: next(plain_words, len(words))])


def _without(text: str, kind: str, value: str, language: str) -> str:
    """``text`` with a value masked wherever it stands, however it is accented; of a name also its parts."""
    value = value.strip()
    if value.casefold() == NAME.casefold():
        return text
    if any(c.isdigit() for c in value):
        return _replaced(text, [value], None)
    if "@" in value or kind == "number" or not value:
        return text  # the patterns have seen to it
    common = _PARTICLES.union(lexicon(language).function_words)
    parts = [p for p in re.findall(r"[^\W\d_]+", value) if len(p) >= _SHORTEST_PART]
    alone = [p for p in parts if p.casefold() not in {*common, NAME.casefold()}]
    return _replaced(text, [value, *alone], NAME)


def _replaced(text: str, values: list[str], by: str | None) -> str:
    """Each of ``values`` as ``by`` or, without that, in its shape."""
    either = "|".join(re.escape(plain(value)) for value in values)
    changed, end = "", 0
    for match in re.finditer(rf"(?i)(?<!\w)(?:{either})(?!\w)", plain(text)):
        was = text[match.start() : match.end()]
        changed += text[end : match.start()] + (_in_shape(was) if by is None else by)
        end = match.end()
    return changed + text[end:]


def _shaped(match: re.Match[str]) -> str:
    return _in_shape(match[0])


def _in_shape(number: str) -> str:
    """The same with other digits and letters; what stands before a dash ("ORD-") says only what it is."""
    lead = re.match(r"[A-Za-z]{2,4}(?=[-#/])", number)
    kept = lead.end() if lead else 0
    return number[:kept] + re.sub(r"[^\W\d_]", "X", re.sub(r"\d", "0", number[kept:]))


def _if_many(least: int) -> Change:
    """Masks a number with at least so many digits in it, unless it is a day of these years, or money."""

    def change(match: re.Match[str]) -> str:
        many = sum(c.isdigit() for c in match[0]) >= least
        return _shaped(match) if many and not _HARMLESS.fullmatch(match[0].strip()) else match[0]

    return change


def _pattern(expression: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(expression, flags)


_ANY = re.IGNORECASE
_HARMLESS = _pattern(r"\d{1,2}[./-]\d{1,2}[./-](?:20)?2\d|202\d-\d\d-\d\d|\d{1,3}(?:[.,]\d{3})*[.,]\d{2}")
_LINK = r"[^\s<>()]*[^\s<>().,;:!?'\"]"
_NAMES = rf"{_CAPITALISED}(?:[ ]{_CAPITALISED}){{0,2}}"
_A_STREET = "1 Example Street"
_ADDRESSES = (
    rf"(?<!\w)\d{{1,4}}[a-z]?,?[ ]+(?:{_CAPITALISED}[ ]+){{1,3}}{_STREETS}(?!\w)\.?",
    (
        rf"(?<!\w){_STREETS_FIRST}[ ]+(?:[\w'’.-]+[ ,]+){{1,4}}?(?:n[ºo°]\.?[ ]*)?\d{{1,4}}[a-z]?(?!\w)"
        r"(?![ ]+d[ei]\b)"
    ),
    rf"(?<!\w)\d{{1,4}}(?:[ ]?(?:bis|ter))?,?[ ]+{_STREETS_FIRST}[ ]+(?:[\w'’.-]+[ ]+){{0,3}}?{_CAPITALISED}",
    rf"(?<!\w){_STREETS_LAST}[ ]+\d{{1,4}}[a-z]?(?!\w)",
    rf"(?<!\w){_CAPITALISED}[ ](?:Caddesi|Sokak|Sokağı|Cad\.|Sok\.)(?:[ ,]*(?:No:?[ ]?)?\d+)?",
)

_PATTERNS: tuple[tuple[str, re.Pattern[str], Change], ...] = (
    ("e-mail", _pattern(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "xxxxx@example.org"),
    ("link", _pattern(rf"(?:https?://|www\.){_LINK}", _ANY), "https://example.org"),
    (
        "link",
        _pattern(rf"(?<![\w@.-])(?!example\.org\b)(?:[\w-]+\.)+[a-z]{{2,6}}/{_LINK}", _ANY),
        "https://example.org",
    ),
    ("handle", _pattern(r"(?<![\w.])@\w{2,}"), "@xxxxx"),
    *(("address", _pattern(address), _A_STREET) for address in _ADDRESSES),
    ("address", _pattern(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}(?!\w)"), "XX0 0XX"),
    ("name", _pattern(rf"(?<!\w)({_TITLES})(\.?[ ]+){_NAMES}"), rf"\1\2{NAME}"),
    (
        "name",
        _pattern(rf"(?<!\w)((?:{_CLOSINGS})[ \t]*[,.!]*\s*\n\s*){_LINE_OF_NAME}[ \t]*$", _ANY | re.MULTILINE),
        rf"\1{NAME}",
    ),
    ("name", _pattern(rf"(?<!\w)((?i:{_CLOSINGS})[ \t]*[,.][ \t]*){_NAMES}[ \t.]*$"), rf"\1{NAME}"),
)

_IBAN = r"(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{2,4}){3,8}(?!\w)"
_BRITISH_INSURANCE = r"(?<!\w)[A-Z]{2}(?:[ ]\d\d){3}[ ]?[A-D](?!\w)"
_APART = r"(?<![\w.,])\+?\(?\d(?:[ ().\-/]{0,3}\d){4,}(?!\w)"
_TOGETHER = r"(?<!\w)[A-Za-z0-9]*\d[A-Za-z0-9]*(?:[-/.][A-Za-z0-9]+)*(?!\w)"
_LED = r"(?<!\w)[A-Za-z]{2,4}[-#]\w*\d\w*(?:-\w+)*(?!\w)"

_NUMBERS: tuple[tuple[str, re.Pattern[str], Change], ...] = (
    ("number", _pattern(_IBAN), _shaped),
    ("number", _pattern(_BRITISH_INSURANCE), _shaped),
    ("number", _pattern(_APART), _if_many(_LEAST_APART)),
    ("number", _pattern(_TOGETHER), _if_many(_LEAST_DIGITS)),
    ("number", _pattern(_LED), _if_many(3)),
)
