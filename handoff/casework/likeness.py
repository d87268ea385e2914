"""How likely it is that two cases are one person's same matter. Pure.

The model is Fellegi and Sunter's ("A Theory for Record Linkage", J. Am. Statist. Assoc. 64, 1969): each
thing that two records agree or differ in has a weight, the logarithm to base 2 of how much more often that
is seen among pairs that belong together than among others; the weights add up. A common name weighs less
than a rare one, as they propose. The weights were set by hand and tried on invented cases, of which others
were then measured that they had not been tried on: ``python -m tests.suggesting``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from math import log, sqrt
from unicodedata import combining, normalize

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from complaints.complaint import Category
from handoff.case_words import fold

ENOUGH = 7.0
"""Weight from which on a case is suggested: below it, what agrees is of the kind that strangers share."""

LIKELY, SURE = 11.0, 16.0

_STEM = 6  # letters: enough to tell words, few enough to pass over their endings in ten languages
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"(?=(?:.*\d){4})[a-z0-9]{5,20}\Z")
_SAME_PHONE = 8  # last digits: what is before them is written or not
_SIMILAR = 84  # of 100: names and products that differ by a slip
_UNLIKE = 60
_SPOKEN = 88
_DAYS = ((3, 2.0), (14, 1.0), (60, 0.0), (180, -2.0))
_WORDS = ((0.7, 8.0), (0.45, 6.0), (0.3, 4.5), (0.2, 3.0), (0.12, 1.5), (0.05, 0.0))
_NOBODY = -4.0  # where nothing tells who it is: many have the same trouble
_WHO = {"conversation", "order", "order_typo", "phone", "email", "name"}


@dataclass(frozen=True)
class Traits:
    """What is compared of a case. ``text`` is the customer's; ``names`` and ``phone`` also the platform's."""

    conversation: str
    language: str
    at: datetime
    text: str
    category: str
    names: tuple[str, ...] = ()
    phone: str | None = None
    email: str | None = None
    order: str | None = None
    product: str | None = None
    amount: Decimal | None = None
    problem_date: date | None = None

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text without their endings, and without numbers."""
        return frozenset(word[:_STEM] for word in self._folded if len(word) > 2 and not word.isdigit())

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Order numbers: the one on the record, and what looks like one in the text."""
        found = {word for word in self._folded if _NUMBER.match(word)}
        return frozenset(found | ({bare(self.order)} if self.order else set()))

    @cached_property
    def digits(self) -> str:
        """The end of the telephone number."""
        return "".join(c for c in self.phone or "" if c.isdigit())[-_SAME_PHONE:]

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The names as they are compared, the longest first; an address such as maria.lopez@ is one, too."""
        folded = {plain(name) for name in self.names}
        local = plain(re.sub(r"[\d_]+", " ", (self.email or "").partition("@")[0]))
        if min(map(len, local.split() or [""])) >= 3 and " " in local:
            folded.add(local)
        return tuple(sorted(folded - {""}, key=lambda name: (-len(name), name)))

    @cached_property
    def thing(self) -> str:
        """The product as it is compared."""
        return plain(self.product or "")

    @cached_property
    def told(self) -> str:
        """The text as it is compared."""
        return plain(self.text)

    @cached_property
    def _folded(self) -> list[str]:
        return fold(self.text)


@dataclass(frozen=True)
class Likeness:
    """The sum of the weights, and what agrees, the weightiest first."""

    weight: float = 0.0
    because: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """How likely it is, as it is told to people."""
        return "sure" if self.weight >= SURE else "likely" if self.weight >= LIKELY else "possible"


@dataclass
class _Sum:
    weight: float = 0.0
    reasons: dict[str, float] = field(default_factory=dict)

    def add(self, weight: float, reason: str = "") -> None:
        self.weight += weight
        if reason:
            self.reasons[reason] = weight


def plain(text: str) -> str:
    """The words of a text one after the other, without case and accents."""
    return " ".join(_WORD.findall("".join(c for c in normalize("NFKD", text).casefold() if not combining(c))))


def bare(value: str) -> str:
    """Letters and digits only: an order number or a phone however it is written."""
    return "".join(c for c in value.casefold() if c.isalnum()).removeprefix("00")


def likeness(one: Traits, two: Traits, rarity: Mapping[str, float], namesakes: int) -> Likeness:
    """How alike two cases are.

    ``rarity`` gives each word (of `Traits.words`) its weight; what is not in it is as rare as can be.
    ``namesakes`` is how many cases have the first one's name.
    """
    total = _Sum()
    if one.conversation == two.conversation:
        total.add(6, "conversation")
    _numbers(one, two, total)
    _reached_at(one, two, total)
    _person(one, two, namesakes, total)
    _matter(one, two, rarity, total)
    if not _WHO & total.reasons.keys():
        total.add(_NOBODY)
    days = abs((one.at - two.at).total_seconds()) / 86_400
    total.add(next((weight for limit, weight in _DAYS if days <= limit), -4.0))
    reasons = sorted(total.reasons, key=lambda r: -total.reasons[r])
    return Likeness(total.weight, tuple(reasons))


def _numbers(one: Traits, two: Traits, total: _Sum) -> None:
    if one.numbers & two.numbers:
        total.add(11, "order")
    elif any(_a_slip(a, b) for a in one.numbers for b in two.numbers):
        total.add(6, "order_typo")
    elif one.order and two.order:
        total.add(-6)


def _a_slip(one: str, two: str) -> bool:
    """One letter wrong, missing, too many, or two that changed places."""
    return min(len(one), len(two)) >= 6 and OSA.distance(one, two, score_cutoff=1) <= 1


def _reached_at(one: Traits, two: Traits, total: _Sum) -> None:
    if len(one.digits) == len(two.digits) == _SAME_PHONE:
        if one.digits == two.digits:
            total.add(8, "phone")
        else:
            total.add(-3)
    if one.email and two.email:
        first, second = one.email.casefold(), two.email.casefold()
        if first == second:
            total.add(8, "email")
        elif OSA.distance(first, second, score_cutoff=2) <= 2:
            total.add(5, "email")
        else:
            total.add(-3)


def _person(one: Traits, two: Traits, namesakes: int, total: _Sum) -> None:
    """The best that one of the names agrees: an account's may be a nickname."""
    weights = [_same_name(a, b, namesakes) for a in one.named for b in two.named]
    if weights:
        best = max(weights)
        total.add(best, "name" if best > 0 else "")


def _same_name(one: str, two: str, namesakes: int) -> float:
    first, second = one.split(), two.split()
    if one == two or sorted(first) == sorted(second):
        if len(first) == 1:
            return 2.0
        return 6.0 if namesakes <= 5 else 3.5 if namesakes <= 15 else 2.5
    if fuzz.token_sort_ratio(one, two) >= _SIMILAR:
        return 4.0
    if set(first) & set(second) and min(len(first), len(second)) == 1:
        return 2.0  # "Maria" there, "Maria Lopez" here
    return -4.0


def _matter(one: Traits, two: Traits, rarity: Mapping[str, float], total: _Sum) -> None:
    if one.thing and two.thing:
        alike = fuzz.token_set_ratio(one.thing, two.thing)
        if alike >= _SIMILAR:
            total.add(3, "product")
        elif alike < _UNLIKE:
            total.add(-4)
    elif _spoken_of(one, two) or _spoken_of(two, one):
        total.add(3, "product")
    if one.category == two.category:
        total.add(1.5)
    elif Category.OTHER not in (one.category, two.category):
        total.add(-1)
    if one.amount is not None and one.amount == two.amount:
        total.add(2, "amount")
    if one.problem_date is not None and one.problem_date == two.problem_date:
        total.add(2)
    if one.language == two.language:
        same = _same_words(one.words, two.words, rarity)
        weight = next((weight for least, weight in _WORDS if same >= least), -0.5)
        total.add(weight, "words" if weight >= 3 else "")


def _spoken_of(named: Traits, other: Traits) -> bool:
    """Whether the product on one record is in the other's text."""
    return len(named.thing) > 2 and not other.thing and fuzz.partial_ratio(named.thing, other.told) >= _SPOKEN


def _same_words(one: Collection[str], two: Collection[str], rarity: Mapping[str, float]) -> float:
    """The cosine of two texts' words, each weighed by its rarity: 0 for none in common, 1 for all."""
    rarest = max(rarity.values(), default=1.0)
    first, second = (sum(rarity.get(w, rarest) ** 2 for w in words) for words in (one, two))
    if not first or not second:
        return 0.0
    return sum(rarity.get(w, rarest) ** 2 for w in set(one) & set(two)) / sqrt(first * second)


def rarity_of(texts: Collection[Collection[str]]) -> dict[str, float]:
    """How rare each word is, of those in some texts: the logarithm of one in how many has it."""
    counts: dict[str, int] = {}
    for words in texts:
        for word in {w[:_STEM] for w in words}:
            counts[word] = counts.get(word, 0) + 1
    return {word: log((1 + len(texts)) / count) for word, count in counts.items()}
