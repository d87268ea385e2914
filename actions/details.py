"""What a text says about a problem, so that it is never asked again.

Numbers, addresses and money are read by libraries; what is left to us is which number is which.
A part that is found is blanked out before the next is looked for: an order number is no date, a
date no amount.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from functools import cache

import phonenumbers
from babel.core import get_global
from babel.numbers import get_currency_symbol, get_territory_currencies
from price_parser import Price

from actions.dates import best, find_dates
from actions.lexicon import (
    Lexicon,
    find,
    find_first,
    group,
    holds_any,
    is_all,
    lexicon,
    plain,
    western_digits,
)
from complaints.commands import Details
from complaints.complaint import Remedy
from complaints.reference import mask

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BLANK = "\N{REPLACEMENT CHARACTER}"
_SIGNATURE = 8  # words: a text this short with an address in it may hold a name as well
_LETTERS = 2  # different ones: fewer name no product
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MIXED = r"#?[a-z0-9]*\d[a-z0-9]*(?:[-/][a-z0-9]+)*"
_SPELT = r"\d(?:[ -]\d){3,}"
_CODE = re.compile(r"(?<![\w.,-])(?:[A-Z]{1,6}-?\d{3,}(?:-[A-Z0-9]+)*|#\d[\w-]{2,})(?![\w-])")
# As `plain` writes them.
_SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₺": "TRY", "zl": "PLN", "₹": "INR", "﷼": "SAR"}
_NUMBER = r"\d{1,3}(?:[., ' ]\d{3})*(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"


def find_details(
    text: str, language: str, now: datetime.datetime, country: str, asked: str | None = None
) -> Details:
    """Everything that ``text`` says, as far as it can be told without guessing.

    ``now`` is local time, ``country`` (ISO 3166) decides how days and phone numbers are read, and
    ``asked`` is the question that the text answers, if any: it settles what a bare number means.
    The product is not found here: that takes a trained model.
    """
    words = lexicon(language)
    rest = _Rest(mask(western_digits(text)))
    rest.drop(_URL)
    email = rest.take(_EMAIL)
    phone = _phone(rest, language, country, asked)
    order = _order(rest, words, asked)
    dates = find_dates(rest.text, language, now, country, asked=asked == "date")
    for date in dates:
        rest.blank(date.start, date.end)
    amount, currency = _amount(rest, words, country)
    remedy, wish = _wish(text, words, asked)
    who = find(words.on_behalf_of, text)
    name = find(words.name, text)
    signed = (
        as_name(text, language, country, certain=True)
        if (email or phone) and len(text.split()) <= _SIGNATURE
        else None
    )
    return Details(
        order=order,
        date=best(dates, now.date()),
        amount=amount,
        currency=currency,
        remedy=remedy,
        wish=wish,
        name=group(name, "name", text).strip() if name else signed,
        phone=phone,
        email=email.lower() if email else None,
        on_behalf_of=group(who, "who", text).strip() if who else None,
        anonymous=True if find(words.anonymous, text) else None,
        recurring=True if find(words.recurring, text) else None,
    )


def is_dated(text: str, language: str, now: datetime.datetime, country: str, *, asked: bool = False) -> bool:
    """Whether ``text`` says when, if only vaguely ("last month"): then it is not asked."""
    return bool(find_dates(text, language, now, country, asked=asked))


def find_product(text: str, language: str) -> str | None:
    """A common product or service that ``text`` names: "vacuum cleaner"."""
    words = lexicon(language)
    rest = _Rest(text)
    for cue in _cued(tuple(words.order)).finditer(plain(text)) if words.order else ():
        rest.blank(cue.start(), cue.end())  # in "invoice 4711" the invoice is no product
    while words.no_product and (other := find(words.no_product, rest.text)):
        rest.blank(other.start(), other.end())
    for names in (words.product, words.product_otherwise):
        if found := find_first(names, rest.text):
            return text[found.start() : found.end()]
    return None


def as_product(text: str, language: str) -> str | None:
    """A short answer to "which product?" without its filler: "it's about my kettle!" is "kettle"."""
    words = lexicon(language)
    phrase = text.strip().strip(".,;:!?،؛؟\"'()").strip()
    phrase = _without_filler(phrase, words)
    if len(set(phrase.casefold())) < _LETTERS or is_all(words.courtesy, phrase):
        return None  # "ok", "EEEE"
    if not phrase or len(phrase.split()) > 6 or len(phrase) > 80 or holds_any(words.function_words, phrase):
        return None
    return phrase


def as_name(text: str, language: str, country: str, *, certain: bool = False) -> str | None:
    """The name in an answer to "how can we reach you?": what is left beside address and number.

    ``certain`` wants it written as a name, for where nobody asked for one.
    """
    words = lexicon(language)
    if found := find(words.name, text):
        return group(found, "name", text).strip()
    rest = _Rest(text)
    rest.drop(_EMAIL)
    for match in phonenumbers.PhoneNumberMatcher(rest.text, country, phonenumbers.Leniency.POSSIBLE):
        rest.blank(match.start, match.end)
    for part in re.split(rf"[,;:،؛\n{_BLANK}]|\s{{2,}}", rest.text):
        candidate = _without_filler(part.strip(" .:-"), words)
        if not re.fullmatch(r"[^\W\d_][^\d@!?]{1,60}", candidate) or len(candidate.split()) > 4:
            continue
        if certain and not all(word[0].isupper() for word in candidate.split()):
            continue
        if not is_all([*words.skip, *words.courtesy], candidate) and not holds_any(
            words.function_words, candidate
        ):
            return candidate
    return None


def _without_filler(phrase: str, words: Lexicon) -> str:
    while words.filler and (filler := find(words.filler, phrase)) and filler.start() == 0:
        phrase = phrase[filler.end() :].lstrip(" ,:")
    return phrase


class _Rest:
    """A text in which what has been read is blanked out, so that positions stay."""

    def __init__(self, text: str) -> None:
        self.text = text

    def blank(self, start: int, end: int) -> None:
        self.text = self.text[:start] + _BLANK * (end - start) + self.text[end:]

    def take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.search(self.text)
        if match:
            self.blank(match.start(), match.end())
        return match[0] if match else None

    def drop(self, pattern: re.Pattern[str]) -> None:
        while self.take(pattern):
            pass


def _order(rest: _Rest, words: Lexicon, asked: str | None) -> str | None:
    """The number of an order, booking or customer: after such a word, coded, or because it was asked for."""
    match = _cued(tuple(words.order)).search(plain(rest.text)) if words.order else None
    if not match and words.order_after:
        match = _followed(tuple(words.order_after)).search(plain(rest.text))
    if not match:
        match = _CODE.search(rest.text)
    if not match and asked == "order":
        match = re.search(
            rf"(?<![\w.,])(?P<order>{_SPELT}|(?-i:(?:[A-Z]{{1,4}} )?){_MIXED})(?![\w])",
            rest.text,
            re.IGNORECASE,
        )
        if match and sum(c.isdigit() for c in match[0]) < 3:
            match = None
    if not match:
        return None
    start, end = match.span("order") if "order" in match.groupdict() else match.span()
    found = rest.text[start:end]
    rest.blank(start, end)
    spelt = re.fullmatch(_SPELT, found)
    return (re.sub(r"[ -]", "", found) if spelt else found).lstrip("#").upper()


@cache
def _cued(cues: tuple[str, ...]) -> re.Pattern[str]:
    cue = "|".join(cues).replace(" ", r"\s+")
    link = r"(?:\s*(?:[:#=.]|\S{1,3}(?=\s)|was|with))?\s*#?"
    telling = r"(?=[a-z/-]*(?:\d[a-z/-]*){3}|[a-z]{2,}[/-]?\d\d)"  # "my contract is 45" names no number
    value = rf"(?P<order>{_SPELT}|{telling}[a-z0-9]+(?:[-/][a-z0-9]+)*)"
    return re.compile(rf"(?<!\w)(?:{cue}){link}\s*{value}(?![\w]|[.,]\d)(?!\s*[€£$%])", re.IGNORECASE)


@cache
def _followed(cues: tuple[str, ...]) -> re.Pattern[str]:
    cue = "|".join(cues).replace(" ", r"\s+")
    return re.compile(rf"(?<![\w.,-])(?P<order>{_MIXED})\s+(?:{cue})(?!\w)", re.IGNORECASE)


def _phone(rest: _Rest, language: str, country: str, asked: str | None) -> str | None:
    """A valid phone number in E.164, of the operator's ``country`` or else of where the language is spoken.

    Bare digits count only where a phone number is spoken of, or beside nothing but a name.
    """
    words = lexicon(language)
    cued = _cued(tuple(words.order)).search(plain(rest.text)) if words.order else None
    for place in dict.fromkeys([country, *_countries(language)]):
        for match in phonenumbers.PhoneNumberMatcher(rest.text, place):
            before = rest.text[max(0, match.start - 40) : match.start]
            if cued and cued.start("order") < match.end and match.start < cued.end("order"):
                continue
            beside = (rest.text[: match.start] + rest.text[match.end :]).strip(" ,;:.،\n")
            alone = not beside or as_name(beside, language, country, certain=True) == beside
            ours = asked == "order" and place == country
            spaced = (ours or (alone and asked != "order")) and " " in match.raw_string
            if asked == "contact" or spaced or match.raw_string.startswith("+") or find(words.phone, before):
                rest.blank(match.start, match.end)
                return phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _countries(language: str) -> list[str]:
    """Where the language is spoken: as its lexicon says, or else its main country (CLDR, likely subtags)."""
    likely = get_global("likely_subtags").get(language, "")
    return lexicon(language).countries or [part for part in likely.split("_")[2:] if len(part) == 2]


def _amount(rest: _Rest, words: Lexicon, country: str) -> tuple[Decimal | None, str | None]:
    """The first amount that has a currency beside it."""
    units = {plain(w).lower(): code for code, names in words.currency.items() for w in names}
    match = _money(tuple(units)).search(plain(rest.text))
    if not match:
        return None, None
    number = match["after"] or match["before"]
    unit = match["unit_after"] or match["unit_before"]
    amount = Price.fromstring(number).amount
    rest.blank(match.start(), match.end())
    return amount, _currency(unit, units, country) if amount is not None else None


@cache
def _money(units: tuple[str, ...]) -> re.Pattern[str]:
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


def _wish(text: str, words: Lexicon, asked: str | None) -> tuple[Remedy | None, str | None]:
    """The kind of remedy, and the words that ask for it."""
    if is_all(words.courtesy, text):
        return None, None  # "vale" is a yes to Spaniards, and no voucher
    for remedy, patterns in words.remedy.items():
        if is_all([*patterns, *words.wish, *words.courtesy], _without_filler(text, words)) and find(
            patterns, text
        ):
            return remedy, text.strip()
    for sentence in re.split(r"(?<=[.!?;؟؛\n])\s+|\n", text):
        for remedy, patterns in words.demand.items():
            if found := find(patterns, sentence):
                return remedy, _clause(sentence[found.start() :])
        lead = find(words.wish, sentence)
        if not lead and asked != "wish":
            continue
        after = sentence if asked == "wish" or not lead else sentence[lead.start() :]
        matches = [(m.start(), remedy) for remedy, p in words.remedy.items() if (m := find(p, after))]
        if matches:
            return min(matches)[1], _clause(after)
    return None, None


def _clause(text: str) -> str:
    """The wish without what follows it, as far as punctuation tells."""
    return re.split(r"[,;:.!?،؛؟](?:\s|$)", text.strip(), maxsplit=1)[0][:200]
