"""One cell of an old complaint: what may stand in it, and what is made of it. Each raises `Wrong`."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from bot.importing.problems import Wrong
from complaints import texts
from complaints.commands import LARGEST_AMOUNT
from complaints.masking import mask

E = TypeVar("E", bound=StrEnum)

LONGEST_NUMBER = 100

_TRUE, _FALSE = ("yes", "true", "1", "y", "x"), ("no", "false", "0", "n")
_CODE = re.compile(r"[a-z][a-z_]{0,19}")
_PLAIN = re.compile(r"-?\d+(?:[.,]\d{1,2})?")
_GROUPED = re.compile(
    r"-?\d{1,3}(?:(?P<group>[., ' ])\d{3})(?:(?P=group)\d{3})*(?:(?!(?P=group))[.,](?P<cents>\d{1,2}))"
)
_DOUBTFUL = re.compile(r"-?\d{1,3}(?:[., ' ]\d{3})+")


def words(longest: int) -> Callable[[str], str]:
    """Somebody's words, at most so many characters, with what must not be stored hidden in them."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise Wrong(f"{len(text):,} characters; {longest:,} fit", "shorten it, or put the rest into text")
        return mask(text).text

    return read


def number(text: str) -> str:
    """A case's number in the other system."""
    if len(text) > LONGEST_NUMBER:
        raise Wrong(
            f"longer than {LONGEST_NUMBER} characters", "map the column that holds the number of the case"
        )
    return text


def one_of(kind: type[E]) -> Callable[[str], E]:
    """A word of a vocabulary."""

    def read(text: str) -> E:
        try:
            return kind(text.lower().replace(" ", "_").replace("-", "_"))
        except ValueError as error:
            allowed = ", ".join(kind)
            raise Wrong("none of the words for it", f"one of {allowed}; or map yours to these") from error

    return read


def code(text: str) -> str:
    """A short word, such as a channel's."""
    found = text.lower().replace(" ", "_").replace("-", "_")
    if not _CODE.fullmatch(found):
        raise Wrong("no short word", "letters and underscores, such as phone, letter, web_form")
    return found


def language(text: str) -> str:
    """A language that we speak."""
    found = text.lower().replace("_", "-").partition("-")[0]
    if found not in texts.languages():
        raise Wrong("no language that we speak", f"one of {', '.join(texts.languages())}")
    return found


def yes_or_no(text: str) -> bool:
    """Whether something is so."""
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise Wrong("neither yes nor no", "yes or no")


def amount(text: str) -> Decimal:
    """An amount of money. ``1.234`` may be two amounts, and is refused."""
    text = text.strip()
    if _PLAIN.fullmatch(text):
        found = Decimal(text.replace(",", "."))
    elif grouped := _GROUPED.fullmatch(text):
        whole = re.sub(r"[^\d-]", "", text[: -len(grouped["cents"])])
        found = Decimal(f"{whole}.{grouped['cents']}")
    elif _DOUBTFUL.fullmatch(text):
        raise Wrong("it could be two amounts", "write 1234.00, without a sign between thousands")
    else:
        raise Wrong("no amount", "write 1234.50, and the currency in the column currency")
    if abs(found) >= LARGEST_AMOUNT:
        raise Wrong("too large an amount", "write 1234.50")
    return found


def currency(text: str) -> str:
    """An ISO 4217 code."""
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise Wrong("no currency", "its three letters (ISO 4217), such as EUR")
    return text.upper()
