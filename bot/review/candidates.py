"""Which messages deserve a trainer's look, most useful first.

First what an agent corrected: there somebody knows better than the model. Then what the customer
noticed, having been asked back. Then by doubt (`bot.review.doubts`), more so where many say the same.
Messages that say the same are shown once; what the examples hold or a trainer has decided is not shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.review.doubts import COMPLAINT, doubts
from bot.review.finding import Correction, Found
from bot.review.likeness import likeness, near, triples
from bot.review.masking import mask
from bot.review.record import Understanding
from complaints.complaint import Category, Kind, Severity
from complaints.triage import Parse

_PRODUCT = re.compile(r"\[([^\]]+)\]\(product\)")
_ALPHABET = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Candidate:
    """A message for a trainer, without personal data, and what it seems to mean.

    ``intent`` is ``None`` if an agent says that it is not what the model took it for. Only a complaint has
    ``severity`` and ``category``; ``guessed`` is what they would be if it were one. ``because`` says why it
    is shown: corrected, misunderstood, intent, severity, category. ``times`` is how often it was said.
    """

    id: int
    text: str
    language: str
    at: datetime
    masked: tuple[str, ...]
    intent: str | None
    severity: Severity | None
    category: Category | None
    guessed: tuple[Severity | None, Category | None]
    ranking: tuple[tuple[str, float], ...]
    because: tuple[str, ...]
    doubt: float
    correction: Correction | None = None
    times: int = 1
    like: str = field(default="", repr=False)

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked as the product."""
        return [(piece, bool(place % 2)) for place, piece in enumerate(_PRODUCT.split(self.text))]

    @property
    def order(self) -> tuple[bool, bool, float, datetime]:
        """The most useful is the largest."""
        worth = self.doubt * (1.0 + math.log2(self.times))
        return (self.correction is not None, "misunderstood" in self.because, worth, self.at)


def ranked(found: Iterable[Found], done: Collection[str], country: str, limit: int) -> list[Candidate]:
    """The first ``limit`` candidates, masked; ``done`` is what need not be asked (`likeness`)."""
    shown: list[Candidate] = []
    sets: list[frozenset[str]] = []
    times: list[int] = []
    for candidate in sorted((masked(one, country) for one in found), key=lambda c: c.order, reverse=True):
        if candidate.like in done or not _ALPHABET.search(candidate.like.replace("x", "")):
            continue
        mine = triples(candidate.like)
        same = next((place for place, theirs in enumerate(sets) if near(mine, theirs)), None)
        if same is not None:
            times[same] += 1
        else:
            shown.append(candidate)
            sets.append(mine)
            times.append(1)
    counted = [_said(candidate, often) for candidate, often in zip(shown, times, strict=True)]
    return sorted(counted, key=lambda c: c.order, reverse=True)[:limit]


def masked(found: Found, country: str) -> Candidate:
    """What a trainer may see of a message."""
    clean = mask(found.text, found.language, country, found.known)
    understood, correction = found.understood, found.correction
    parse = _parse(understood) if understood else None
    severity, category = (_first(parse.severity), _first(parse.category)) if parse else (None, None)
    intent: str | None = parse.ranking[0][0] if parse and parse.ranking else None
    if correction is not None and found.case is not None:
        severity, category = Severity(found.case.severity), Category(found.case.category)
        complains = found.case.kind == Kind.COMPLAINT
        intent = COMPLAINT if complains else (intent if intent != COMPLAINT else None)
    unsure = tuple(doubts(parse)) if parse else ()
    because = ("corrected",) * (correction is not None)
    because += ("misunderstood",) * bool(understood and understood.misunderstood)
    text = _marked(clean.text, tuple(understood.products) if understood else ())
    return Candidate(
        id=found.id,
        text=text,
        language=found.language,
        at=found.at,
        masked=tuple(sorted(clean.found)),
        intent=intent,
        severity=severity if intent == COMPLAINT else None,
        category=category if intent == COMPLAINT else None,
        guessed=(severity, category),
        ranking=parse.ranking if parse else (),
        because=because + unsure,
        doubt=understood.doubt if understood else 0.0,
        correction=correction,
        like=likeness(text),
    )


def _marked(text: str, products: tuple[str, ...]) -> str:
    """The text with what the model took for products marked as the examples mark them, and nothing else.

    A customer's own brackets would be read as marks.
    """
    plain = re.sub(r"\](?=[(\[{])", "] ", text)
    for product in dict.fromkeys(products):
        place = plain.find(product)
        if place >= 0 and not re.search(r"[\[\]()]", product):
            plain = f"{plain[:place]}[{product}](product){plain[place + len(product) :]}"
    return plain


def _parse(understood: Understanding) -> Parse:
    severity, category = understood.severity, understood.category
    return Parse(
        understood.intent,
        understood.confidence,
        (Severity(severity), understood.severity_confidence or 0.0) if severity else None,
        (Category(category), understood.category_confidence or 0.0) if category else None,
        understood.model,
        tuple((str(name), float(sure)) for name, sure in understood.ranking),
    )


def _first(guess: tuple[Any, float] | None) -> Any:
    return guess[0] if guess else None


def _said(candidate: Candidate, times: int) -> Candidate:
    return candidate if times == 1 else Candidate(**{**vars(candidate), "times": times})
