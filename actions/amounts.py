"""Money in a text: an amount with its currency, or a bare number after such words as "the amount is"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_symbol, get_territory_currencies
from price_parser import Price

from actions.lexicon import Lexicon, alternatives, plain
from complaints.commands import LARGEST_AMOUNT

# As `plain` writes them.
_SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₺": "TRY", "zl": "PLN", "₹": "INR", "﷼": "SAR"}
_NUMBER = r"\d{1,3}(?:[., ' ]\d{3})*(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_BARE = r"(?:\d{1,3}(?:[.,]\d{3})+|\d{1,7})(?:[.,]\d{1,2})?(?![\w%]|[.,:/-]\d)"
_NEXT_WORD = re.compile(r"\s+([^\W\d][\w']*)")


@dataclass(frozen=True)
class Money:
    """An amount from ``start`` to ``end`` of the text. Without a currency (ISO 4217) if none is told."""

    start: int
    end: int
    amount: Decimal
    currency: str | None


def find_money(text: str, words: Lexicon, country: str) -> Money | None:
    """The first amount that has a currency beside it, or else the first that is called one.

    A currency that is not told is left open: where a number is called an amount, its country is a guess.
    """
    units = {plain(w).lower(): code for code, names in words.currency.items() for w in names}
    folded = plain(text)
    if match := _with_unit(tuple(units)).search(folded):
        amount = _number(match["after"] or match["before"])
        if amount is None:
            return None
        currency = _currency(match["unit_after"] or match["unit_before"], units, country)
        return Money(match.start(), match.end(), amount, currency)
    return _bare(folded, words)


def _number(words: str) -> Decimal | None:
    """The number that ``words`` hold, unless it is none that a complaint is about."""
    amount = Price.fromstring(words).amount
    return amount if amount is not None and abs(amount) < LARGEST_AMOUNT else None


def _bare(folded: str, words: Lexicon) -> Money | None:
    """A number without a currency that the words around call an amount: no count of things or hours."""
    harmless = {*words.function_words, *words.date_filler, *words.between, *words.dated}
    if words.amount:
        for match in _called(tuple(words.amount)).finditer(folded):
            following = _NEXT_WORD.match(folded, match.end())
            amount = _number(match["amount"])
            if amount is not None and (following is None or following[1].lower() in harmless):
                return Money(match.start("amount"), match.end("amount"), amount, None)
    if words.amount_after and (named := _called_after(tuple(words.amount_after)).search(folded)):
        amount = _number(named["amount"])
        if amount is not None:
            return Money(named.start("amount"), named.end("amount"), amount, None)
    return None


@cache
def _called(cues: tuple[str, ...]) -> re.Pattern[str]:
    cue = alternatives(cues)
    return re.compile(rf"(?<!\w)(?:{cue})\s*[:=]?\s*(?<!\w)(?P<amount>{_BARE})", re.IGNORECASE)


@cache
def _called_after(cues: tuple[str, ...]) -> re.Pattern[str]:
    cue = alternatives(cues)
    return re.compile(rf"(?<![\w.,/:-])(?P<amount>{_BARE})\s+(?:{cue})(?!\w)", re.IGNORECASE)


@cache
def _with_unit(units: tuple[str, ...]) -> re.Pattern[str]:
    codes = "|".join(sorted(get_global("all_currencies")))
    unit = "|".join([*(u.replace(" ", r"\s+") for u in units), *map(re.escape, _SYMBOLS), r"[A-Z]{0,2}\$"])
    any_unit = rf"(?i:{unit})|(?:{codes})"
    return re.compile(
        rf"(?<!\w)(?P<unit_before>{any_unit})\s?(?P<after>{_NUMBER})"
        rf"|(?<![\w.,-])(?P<before>{_NUMBER})\s?(?P<unit_after>{any_unit})(?!\w)"
    )


def _currency(unit: str, units: dict[str, str], country: str) -> str | None:
    if unit in _SYMBOLS:
        return _SYMBOLS[unit]
    if unit.endswith("$"):
        prefixed = {
            "US$": "USD",
            "A$": "AUD",
            "AU$": "AUD",
            "C$": "CAD",
            "CA$": "CAD",
            "NZ$": "NZD",
            "R$": "BRL",
        }
        return prefixed.get(unit.upper()) or _local_dollar(country)
    if unit.upper() in get_global("all_currencies"):
        return unit.upper()
    return next((code for word, code in units.items() if re.fullmatch(word, unit, re.IGNORECASE)), None)


def _local_dollar(country: str) -> str:
    own = get_territory_currencies(country)
    if own and "$" in get_currency_symbol(own[-1], f"und_{country}"):
        return own[-1]
    return "USD"
