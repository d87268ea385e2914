"""Hides what nobody needs for a complaint and thieves do: card numbers, bank accounts, identities, passwords.

Pure, and called before anything is stored (`channels.inbox`, `handoff.rest.bodies`). A number is hidden
for its form, its check digits and the words around it, never for its length alone: order, tracking and
telephone numbers are what complaints are about. Of cards and accounts the last four digits stay, so that
a person can still match them. Hiding twice changes nothing.

Sources: ISO/IEC 7812-1 for cards (issuer ranges as the schemes publish them, Luhn's check digit), ISO 13616
for IBANs, and ``python-stdnum`` for the check digits of each country's numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from stdnum import iban, luhn
from stdnum.exceptions import ValidationError

from complaints import masking_words as words

CARD, ACCOUNT, IDENTITY, SECURITY_CODE, PASSWORD = "card", "iban", "identity", "security_code", "password"
KINDS = (CARD, ACCOUNT, IDENTITY, SECURITY_CODE, PASSWORD)

DOT = "\N{BULLET}"

_BEFORE, _AFTER = 48, 32
"""Characters around a number in which a word may say what it is."""


@dataclass(frozen=True)
class Masked:
    """A text with what was hidden in it, and how often each kind was."""

    text: str
    found: Mapping[str, int]


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    kind: str
    shown: str


def mask(text: str) -> Masked:
    """``text`` with everything hidden that must not be stored. Takes microseconds where there is nothing."""
    hits: list[_Hit] = []
    folded = text.lower()
    if _DIGITS.search(text):
        hits += [*_cards(text), *_accounts(text), *_identities(text, folded)]
    if any(beginning in folded for beginning in words.OF_SECRETS):
        hits += _secrets(text)
    if not hits:
        return Masked(text, {})
    parts, at = [], 0
    hits = _apart(hits)
    for hit in hits:
        parts += [text[at : hit.start], hit.shown]
        at = hit.end
    return Masked("".join([*parts, text[at:]]), Counter(hit.kind for hit in hits))


_SEPARATORS = r"[ \u00a0\u202f\u2009\u200e\u200f.\-\u2010-\u2015]"
_RUN = re.compile(rf"(?<![\w+])\d(?:{_SEPARATORS}{{0,3}}\d){{12,40}}(?!\w)")
_GROUP = re.compile(r"\d+")
_DIGITS = re.compile(r"\d(?:\D{0,3}\d){5}|[A-Z]{5}\d{4}[A-Z]", re.IGNORECASE)
"""What a text has that may hold a number to hide; most have not."""


# Cards


def _range(
    first: int, last: int, lengths: str, *, said: bool = False
) -> tuple[int, int, frozenset[int], bool]:
    return first, last, frozenset(int(n) for n in lengths.split()), said


_RANGES = (
    _range(4, 4, "16"),  # Visa
    _range(4, 4, "13 19", said=True),
    _range(51, 55, "16"),  # Mastercard
    _range(2221, 2720, "16"),
    _range(34, 34, "15"),  # American Express
    _range(37, 37, "15"),
    _range(300, 305, "14"),  # Diners
    _range(36, 36, "14"),
    _range(38, 39, "14"),
    _range(3528, 3589, "16"),  # JCB
    _range(6011, 6011, "16"),  # Discover
    _range(644, 659, "16"),
    _range(62, 62, "16"),  # UnionPay
    _range(62, 62, "17 18 19", said=True),
    _range(2200, 2204, "16"),  # Mir
    _range(9792, 9792, "16"),  # Troy
    _range(5078, 5078, "16"),  # Meeza
    _range(50, 50, "13 14 15 16 17 18 19", said=True),  # Maestro, Elo, RuPay
    _range(56, 69, "13 14 15 16 17 18 19", said=True),
    _range(81, 82, "16", said=True),
)

_WRITTEN = {
    (4, 4, 4, 4),
    (4, 4, 4, 4, 3),
    (4, 6, 5),
    (4, 6, 4),
    (4, 4, 4, 3),
    (4, 4, 4, 2),
    (4, 4, 5),
    (8, 8),
}
"""How people group a card's digits."""
_MOST_GROUPS = max(len(shape) for shape in _WRITTEN)


def _cards(text: str) -> Iterator[_Hit]:
    for run in _RUN.finditer(text):
        groups = [(run.start() + g.start(), run.start() + g.end()) for g in _GROUP.finditer(run[0])]
        yield from _cards_in(text, groups)


def _cards_in(text: str, groups: list[tuple[int, int]]) -> Iterator[_Hit]:
    """Cards among groups of digits: an expiry date or a code may stand right behind the number."""
    first = 0
    while first < len(groups):
        ends = {len(groups), *range(first + 1, min(first + _MOST_GROUPS, len(groups)) + 1)}
        last = next((i for i in sorted(ends, reverse=True) if _is_card(text, groups, first, i)), None)
        if last is None:
            first += 1
            continue
        start, end = groups[first][0], groups[last - 1][1]
        yield _Hit(start, end, CARD, f"{DOT * 4} {_digits(text[start:end])[-4:]}")
        first = last


def _is_card(text: str, groups: list[tuple[int, int]], first: int, last: int) -> bool:
    start, end = groups[first][0], groups[last - 1][1]
    shape = tuple(b - a for a, b in groups[first:last])
    if not 13 <= sum(shape) <= 19:
        return False
    whole = first == 0 and last == len(groups)
    digits = _digits("".join(text[a:b] for a, b in groups[first:last]))
    usual = len(shape) == 1 or shape in _WRITTEN
    # Within a longer number, only what is written like a card, from its beginning.
    if not usual and not whole:
        return False
    if first and groups[first - 1][1] - groups[first - 1][0] == shape[0]:
        return False
    ranges = [r for r in _RANGES if len(digits) in r[2] and r[0] <= int(digits[: len(str(r[0]))]) <= r[1]]
    if not ranges or not luhn.is_valid(digits):
        return False
    said = _said(text, start, end)
    if said is None:
        return usual and not all(r[3] for r in ranges)
    return said


def _said(text: str, start: int, end: int) -> bool | None:
    """Whether the words around a number say that it is a card (or that it is not); the nearest counts."""
    after = text[end : end + _AFTER]
    if _EXPIRY.match(after) or _CODE_AFTER.match(after):
        return True
    before = text[max(0, start - _BEFORE) : start]
    nearest = None
    for nearest in _LABEL.finditer(before):  # noqa: B007  (the last one is wanted)
        pass
    if nearest is None:
        sentence = re.split(r"[.!?;\n]", after, maxsplit=1)[0]
        nearest = _LABEL.search(sentence)
    elif nearest.lastgroup == "other" and _NUMBER.search(before, nearest.end()):
        return None  # it spoke of a number that stands before this one
    return None if nearest is None else nearest.lastgroup == "card"


_NUMBER = re.compile(r"\d{3}")


_LABEL = re.compile(rf"(?P<card>{words.CARD})|(?P<other>{words.NUMBER_OF_ANOTHER_KIND})", re.IGNORECASE)
_EXPIRY = re.compile(
    rf"[\s,;.|]*(?:{words.EXPIRY})?[\s:]*(?:0[1-9]|1[0-2])[ ]?[/-][ ]?(?:20)?[2-4]\d(?!\d)", re.IGNORECASE
)
_CODE_AFTER = re.compile(rf"[^\d\n]{{0,20}}(?:{words.CVV})", re.IGNORECASE)


# Bank accounts

_IBAN = re.compile(rf"(?<!\w)[A-Z]{{2}}\d{{2}}(?:{_SEPARATORS}?[A-Z0-9]){{11,30}}(?!\w)", re.IGNORECASE)


def _accounts(text: str) -> Iterator[_Hit]:
    for found in _IBAN.finditer(text):
        # Words may follow without a stop: "ES91 ... 1332 is mine". The longest beginning that fits is it.
        ends = [found.start() + m.end() for m in re.finditer(r"\w+", found[0])]
        for end in reversed(ends):
            number = _digits(text[found.start() : end])
            if _valid(iban, number):
                compact = iban.compact(number)
                yield _Hit(found.start(), end, ACCOUNT, f"{compact[:2]}{DOT * 4} {compact[-4:]}")
                break


# Numbers of persons


@dataclass(frozen=True)
class _Identity:
    """A country's number; ``said``: only where a word says what it is, for the check digits are weak."""

    module: str
    pattern: re.Pattern[str]
    said: bool


def _identity(module: str, pattern: str, *, said: bool = True) -> _Identity:
    return _Identity(module, re.compile(rf"(?<![\w+])(?:{pattern})(?!\w)", re.IGNORECASE), said)


_S = r"[ .\-]?"
_IDENTITIES = (
    _identity("es.dni", rf"\d{{8}}{_S}[A-Z]", said=False),
    _identity("es.nie", rf"[XYZ]{_S}\d{{7}}{_S}[A-Z]", said=False),
    _identity("it.codicefiscale", r"[A-Z]{6}[ ]?\d{2}[A-Z]\d{2}[ ]?[A-Z]\d{3}[A-Z]", said=False),
    _identity("mx.curp", r"[A-Z]{4}\d{6}[A-Z]{6}[A-Z0-9]\d", said=False),
    _identity("us.ssn", r"\d{3}-\d{2}-\d{4}", said=False),
    _identity("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}", said=False),
    _identity("be.nn", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", said=False),
    _identity("ch.ssn", r"756\.\d{4}\.\d{4}\.\d{2}", said=False),
    _identity("fr.nir", r"[12][ ]\d{2}[ ]\d{2}[ ]\d[\dAB][ ]\d{3}[ ]\d{3}[ ]?\d{2}", said=False),
    _identity("luhn", r"784-\d{4}-\d{7}-\d", said=False),  # Emirates ID
    _identity("fr.nir", r"[12]\d{4}\d[\dAB]\d{8}"),
    _identity("fr.nif", rf"[0-3]\d{_S}\d{{2}}{_S}\d{{3}}{_S}\d{{3}}{_S}\d{{3}}"),
    _identity("gb.nhs", rf"\d{{3}}{_S}\d{{3}}{_S}\d{{4}}"),
    _identity("gb.utr", rf"\d{{5}}{_S}\d{{5}}"),
    _identity("us.ssn", r"\d{9}"),
    _identity("us.itin", r"9\d{2}-?\d{2}-?\d{4}"),
    _identity("de.idnr", rf"\d{{2}}{_S}\d{{3}}{_S}\d{{3}}{_S}\d{{3}}"),
    _identity("at.vnr", rf"\d{{4}}{_S}\d{{6}}"),
    _identity("nl.bsn", rf"\d{{3,4}}{_S}\d{{2}}{_S}\d{{3}}|\d{{9}}"),
    _identity("pl.pesel", r"\d{11}"),
    _identity("pl.nip", rf"\d{{3}}{_S}\d{{3}}{_S}\d{{2}}{_S}\d{{2}}"),
    _identity("pt.nif", rf"\d{{3}}{_S}\d{{3}}{_S}\d{{3}}"),
    _identity("pt.cc", r"\d{8}[ ]?\d[ ]?[A-Z0-9]{2}\d"),
    _identity("br.cpf", r"\d{11}"),
    _identity("tr.tckimlik", r"\d{11}"),
    _identity("be.nn", r"\d{11}"),
    _identity("ie.pps", r"\d{7}[ ]?[A-W][A-IW]?"),
    _identity("au.tfn", rf"\d{{3}}{_S}\d{{3}}{_S}\d{{2,3}}"),
    _identity("nz.ird", rf"\d{{2,3}}{_S}\d{{3}}{_S}\d{{3}}"),
    _identity("ca.sin", rf"\d{{3}}{_S}\d{{3}}{_S}\d{{3}}"),
    _identity("in_.aadhaar", rf"\d{{4}}{_S}\d{{4}}{_S}\d{{4}}"),
    _identity("in_.pan", r"[A-Z]{5}\d{4}[A-Z]"),
    _identity("ar.cuit", rf"\d{{2}}{_S}\d{{8}}{_S}\d"),
    _identity("luhn", r"784\d{12}|[12]\d{9}"),  # Emirates ID, Saudi identity and residence
    # National Insurance has no check digits; its prefixes are few (HMRC, NIM39110).
    _identity(
        "",
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?"
        rf"\d{{2}}{_S}\d{{2}}{_S}\d{{2}}[ ]?[A-D]",
    ),
    _identity("", r"[23]\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{7}"),  # Egypt: born in 19.., 20..
)
_LONG = re.compile(rf"\d(?:{_S}\d){{5}}|[A-Z]{{5}}\d{{4}}[A-Z]", re.IGNORECASE)
_SHAPED = re.compile(
    r"\d{7}[ .-]?[A-Z]|[A-Z]\d\d[A-Z]\d\d|[A-Z]{4}\d{6}[A-Z]|\d[ .-]\d\d[ .-]\d|\d-\d{4}-\d|\d\.\d{3}",
    re.IGNORECASE,
)
"""What every number looks like that is known without a word (a part of it), and next to no other text."""
_SAYS_IDENTITY = re.compile(words.IDENTITY, re.IGNORECASE)
_SAYS_OTHER = re.compile(words.NUMBER_OF_ANOTHER_KIND, re.IGNORECASE)


def _identities(text: str, folded: str) -> Iterator[_Hit]:
    labels: list[int] = []
    if _LONG.search(text) and any(beginning in folded for beginning in words.OF_IDENTITIES):
        labels = [m.end() for m in _SAYS_IDENTITY.finditer(text)]
    elif _SHAPED.search(text) is None:
        return
    for identity in _IDENTITIES:
        if identity.said and not labels:
            continue
        for found in identity.pattern.finditer(text):
            if not _is_identity(text, identity, found, labels):
                continue
            yield _Hit(found.start(), found.end(), IDENTITY, DOT * 6)


def _is_identity(text: str, identity: _Identity, found: re.Match[str], labels: list[int]) -> bool:
    label = max((end for end in labels if found.start() - _BEFORE <= end <= found.start()), default=None)
    if identity.said and label is None:
        return False
    between = text[label if label is not None else max(0, found.start() - _BEFORE) : found.start()]
    if _SAYS_OTHER.search(between):
        return False
    return not identity.module or _valid(_module(identity.module), _digits(found[0]))


@cache
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def _valid(module: Any, number: str) -> bool:
    try:
        # Luhn's own module takes digits only, those of the countries what people write.
        module.validate(re.sub(r"\D", "", number) if module is luhn else number)
    except (ValidationError, ValueError):
        return False
    return True


# Passwords and codes

_CVV = re.compile(
    rf"(?:{words.CVV})[^\w\n]{{0,4}}(?:{words.IS}|{words.CODE})?[^\w\n]{{0,3}}(?P<it>\d{{3,4}})(?!\w)",
    re.IGNORECASE,
)
_PIN = re.compile(
    rf"(?<!\w)PIN[^\w\n]{{0,3}}(?:{words.IS})?[^\w\n]{{0,3}}(?P<it>\d{{4}})(?![\w/.-]\w)(?!\w)", re.IGNORECASE
)
_SAID_PASSWORD = re.compile(
    rf"(?:{words.PASSWORD})\W{{0,3}}?(?:[ ](?:{words.IS})[ :]|[ ]?[:=])[ ]*(?P<it>\S+)", re.IGNORECASE
)


def _secrets(text: str) -> Iterator[_Hit]:
    for found in _CVV.finditer(text):
        yield _Hit(*found.span("it"), SECURITY_CODE, DOT * 3)
    for found in _PIN.finditer(text):
        yield _Hit(*found.span("it"), SECURITY_CODE, DOT * 4)
    for found in _SAID_PASSWORD.finditer(text):
        start, end = found.span("it")
        said = found["it"].rstrip(".,;!?)'\"»”")
        if _looks_secret(said.lstrip("'\"«“(")):
            yield _Hit(start, end - len(found["it"]) + len(said), PASSWORD, DOT * 6)


def _looks_secret(word: str) -> bool:
    """Whether a word is no word of a language: "wrong" and "forgotten" are none that must be hidden."""
    if len(word) < 4 or set(word) == {DOT}:
        return False
    inner = any(c.isupper() for c in word[1:]) and any(c.islower() for c in word)
    return any(c.isdigit() for c in word) or inner or bool(re.search(r"\w[^\w\s'’-]+\w|[#$%&*@^~]", word))


def _apart(hits: list[_Hit]) -> list[_Hit]:
    """Those that do not overlap, in order; the longer one of two wins."""
    taken: list[_Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        if all(hit.end <= other.start or other.end <= hit.start for other in taken):
            taken.append(hit)
    return sorted(taken, key=lambda h: h.start)


def _digits(number: str) -> str:
    """``number`` with the digits of other scripts as ours, and without marks of direction."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in number if c not in "\u200e\u200f")
