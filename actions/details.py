"""What a text says about a problem, so that it is never asked again.

Numbers, addresses and money are read by libraries; what is left to us is which number is which.
A part that is found is blanked out before the next is looked for: an order number is no date, a
date no amount.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from functools import cache

import phonenumbers
from babel.core import get_global

from actions.amounts import find_money
from actions.confidential import find_confidential
from actions.dates import best, find_dates
from actions.lexicon import (
    Lexicon,
    alternatives,
    find,
    find_first,
    group,
    holds_any,
    is_all,
    lexicon,
    plain,
    western_digits,
    without_filler,
)
from actions.wishes import find_wish
from complaints.commands import Details
from complaints.reference import mask

READ = 4_000
"""Characters that are read for details: searching takes quadratic time in the worst case, and others wait."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BLANK = "\N{REPLACEMENT CHARACTER}"
_SIGNATURE = 8  # words: a text this short with an address in it may hold a name as well
_LETTERS = 2  # different ones: fewer name no product
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MIXED = r"#?(?:[a-z]{1,6}[-/])?[a-z0-9]*\d[a-z0-9]*(?:[-/][a-z0-9]+)*"
_SPELT = r"\d(?:[ -]\d){3,}"
_IN_PIECES = r"[A-Za-z]{1,3}(?: (?:\d{1,6}|[A-Za-z]{1,2})){0,3} \d{1,6}(?: [A-Za-z]{1,2})?(?! \d)"
_NUMBER_AFTER = re.compile(r"(?<=[^\W\d] )\d{3,}(?!\w)")  # in "anna 4711"
_FEW_DIGITS = 3  # fewer are no order number
_CODE = re.compile(r"(?<![\w.,-])(?:[A-Z]{1,6}-?\d{3,}(?:-[A-Z0-9]+)*|#\d[\w-]{2,})(?![\w-])")


def find_details(
    text: str, language: str, now: datetime.datetime, country: str, asked: str | None = None
) -> Details:
    """Everything that ``text`` says, as far as it can be told without guessing.

    ``now`` is local time, ``country`` (ISO 3166) decides how days and phone numbers are read, and
    ``asked`` is the question that the text answers, if any: it settles what a bare number means.
    The product is not found here, but by `find_product`: a trained model has a say in it.
    """
    text = text[:READ]
    words = lexicon(language)
    rest = _Rest(mask(western_digits(text)))
    rest.drop(_URL)
    email = rest.take(_EMAIL)
    for start, end in find_confidential(rest.text, language):
        rest.blank(start, end)
    phone = _phone(rest, language, country, asked)
    order = _order(rest, language, asked)
    dates = find_dates(rest.text, language, now, country, asked=asked == "date")
    for date in dates:
        rest.blank(date.start, date.end)
    money = find_money(rest.text, words, country)
    remedy, wish = find_wish(text, words, asked)
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
        amount=money.amount if money else None,
        currency=money.currency if money else None,
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
    return bool(find_dates(text[:READ], language, now, country, asked=asked))


def find_product(text: str, language: str, marked: Iterable[str] = ()) -> str | None:
    """The product or service that ``text`` names: a common one, "vacuum cleaner", or what a model ``marked``.

    Of both the longer: either may have missed a part.
    """
    words, text = lexicon(language), text[:READ]
    rest = _Rest(text)
    for cue in _cued(language).finditer(plain(text)) if words.order else ():
        rest.blank(cue.start(), cue.end())  # in "invoice 4711" the invoice is no product
    while words.no_product and (other := find(words.no_product, rest.text)):
        rest.blank(other.start(), other.end())
    named = [product for product in marked if product in rest.text]
    if found := find_first(words.product, rest.text):
        named.append(text[found.start() : found.end()])
    if not named and (found := find_first(words.product_otherwise, rest.text)):
        named.append(text[found.start() : found.end()])
    return _decent(max(named, key=len), words) if named else None


def as_product(text: str, language: str) -> str | None:
    """A short answer to "which product?" without its filler: "it's about my kettle!" is "kettle"."""
    words = lexicon(language)
    phrase = text.strip().strip(".,;:!?،؛؟\"'()").strip()
    phrase = without_filler(phrase, words)
    if len(set(phrase.casefold())) < _LETTERS or is_all(words.courtesy, phrase):
        return None  # "ok", "EEEE"
    if not phrase or len(phrase.split()) > 6 or len(phrase) > 80 or holds_any(words.function_words, phrase):
        return None
    return _decent(phrase, words)


def _decent(product: str, words: Lexicon) -> str | None:
    """“Fucking courier” is a courier: the summary is read back to the customer, and by others."""
    return " ".join(word for word in product.split() if not is_all(words.curses, word)) or None


def as_name(text: str, language: str, country: str, *, certain: bool = False) -> str | None:
    """The name in an answer to "how can we reach you?": what is left beside address and number.

    ``certain`` wants it written as a name, for where nobody asked for one.
    """
    words, text = lexicon(language), text[:READ]
    if found := find(words.name, text):
        return group(found, "name", text).strip()
    rest = _Rest(western_digits(text))
    rest.drop(_EMAIL)
    for start, end in find_confidential(rest.text, language):
        rest.blank(start, end)
    if words.order and (cued := _cued(language).search(plain(rest.text))):
        rest.blank(cued.start(), cued.end())
    for match in phonenumbers.PhoneNumberMatcher(rest.text, country, phonenumbers.Leniency.POSSIBLE):
        rest.blank(match.start, match.end)
    rest.drop(_NUMBER_AFTER)
    for part in re.split(rf"[,;:،؛\n{_BLANK}]|\s{{2,}}", rest.text):
        candidate = without_filler(part.strip(" .:-"), words, words.before_name)
        if not certain and rest.text != text:  # "anna and" is left of "anna and 4711"
            candidate = _without_links(candidate, words)
        if not re.fullmatch(r"[^\W\d_][^\d@!?]{1,60}", candidate) or len(candidate.split()) > 4:
            continue
        if certain and not all(word[0].isupper() for word in candidate.split()):
            continue
        if not is_all([*words.skip, *words.courtesy], candidate) and not holds_any(
            words.function_words, candidate
        ):
            return candidate
    return None


def _without_links(phrase: str, words: Lexicon) -> str:
    """The phrase without the plain words that it ends in."""
    parts = phrase.split()
    plain_words = {word.casefold() for word in [*words.function_words, *words.between]}
    while parts and plain(parts[-1]).casefold() in plain_words:
        parts.pop()
    return " ".join(parts)


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


def _order(rest: _Rest, language: str, asked: str | None) -> str | None:
    """The number of an order, booking or customer: after such a word, coded, or because it was asked for."""
    words = lexicon(language)
    folded = plain(rest.text)
    match = _cued(language).search(folded) if words.order else None
    if not match and words.order_after:
        match = _followed(tuple(words.order_after)).search(folded)
    if not match:
        match = _CODE.search(rest.text)
    if not match and asked == "order":
        match = _answered(rest, language)
    if not match:
        return None
    start, end = match.span("order") if "order" in match.groupdict() else match.span()
    start = _with_prefix(folded, start, _not_prefix(language))
    found = rest.text[start:end]
    rest.blank(start, end)
    spelt = re.fullmatch(_SPELT, found) or re.fullmatch(_IN_PIECES, found)
    return (re.sub(r"[ -]", "", found) if spelt else found).lstrip("#").upper()


def _answered(rest: _Rest, language: str) -> re.Match[str] | None:
    """A number that answers the question for it, with the letters that lead it or stand among its digits."""
    not_prefix = _not_prefix(language)
    whole = re.fullmatch(rf"\W*(?P<order>{_IN_PIECES})\W*", rest.text, re.IGNORECASE)
    if whole and not_prefix.isdisjoint(whole["order"].lower().split()):
        return whole
    match = re.search(rf"(?<![\w.,])(?P<order>{_SPELT}|{_MIXED})(?![\w])", rest.text, re.IGNORECASE)
    led = re.match(r"#?([a-z]+)[-/]", match[0], re.IGNORECASE) if match else None
    if match and led and (is_all(lexicon(language).order, led[1]) or led[1].lower() in not_prefix):
        match = re.compile(_MIXED, re.IGNORECASE).search(rest.text, match.start() + led.end())  # "order/4711"
    return match if match and sum(c.isdigit() for c in match[0]) >= _FEW_DIGITS else None


@cache
def _not_prefix(language: str) -> frozenset[str]:
    """Words that stand before a number and are no part of it."""
    words = lexicon(language)
    plain_words = [
        *words.between,
        *words.function_words,
        *words.date_filler,
        *words.month_lead,
        *words.coming,
    ]
    return frozenset(word.lower() for word in plain_words)


def _with_prefix(folded: str, start: int, not_prefix: frozenset[str]) -> int:
    """Where a number begins with its letters, if it is "xyz 123456": two or three, or more in capitals."""
    before = re.search(r"(?<![\w'-])([A-Z]{1,4}|[a-z]{2,3}|[A-Z][a-z]{1,2}) $", folded[:start])
    if before and folded[start : start + 1].isdigit() and before[1].lower() not in not_prefix:
        return before.start()
    return start


@cache
def _cued(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    cue = alternatives(words.order)
    link = r"(?:\s*(?:[:#=.]|\S{1,3}(?=\s)|was|with))?\s*#?"
    telling = r"(?=[a-z/-]*(?:\d[a-z/-]*){3}|[a-z]{2,}[/-]?\d\d)"  # "my contract is 45" names no number
    other = "|".join(map(re.escape, _not_prefix(language))) or r"(?!)"
    # "claim number is abc 123": letters apart, at the end or before a number too long to be a count
    apart = (
        rf"(?!(?:{other})(?!\w))[a-z]{{2,3}} (?!(?:19|20)\d\d(?!\d))\d{{3,}}"
        r"(?=\s*[.,;:!?)]*\s*$|(?<=\d{5}))"
    )
    value = rf"(?P<order>{_SPELT}|{telling}[a-z0-9]+(?:[-/][a-z0-9]+)*|{apart})"
    money = "|".join(["[€£$%]", *(rf"(?:{c})(?!\w)" for names in words.currency.values() for c in names)])
    no_count = rf"(?![\w]|[.,]\d)(?!\s*(?:{money}))"
    return re.compile(rf"(?<!\w)(?:{cue}){link}\s*{value}{no_count}", re.IGNORECASE)


@cache
def _followed(cues: tuple[str, ...]) -> re.Pattern[str]:
    cue = alternatives(cues)
    return re.compile(rf"(?<![\w.,-])(?P<order>{_MIXED})\s+(?:{cue})(?!\w)", re.IGNORECASE)


def _phone(rest: _Rest, language: str, country: str, asked: str | None) -> str | None:
    """A valid phone number in E.164, of the operator's ``country`` or else of where the language is spoken.

    Bare digits count only where a phone number is spoken of, or beside nothing but a name.
    """
    words = lexicon(language)
    cued = _cued(language).search(plain(rest.text)) if words.order else None
    for place in dict.fromkeys([country, *_countries(language)]):
        for match in phonenumbers.PhoneNumberMatcher(rest.text, place):
            before = rest.text[max(0, match.start - 40) : match.start]
            if cued and cued.start("order") < match.end and match.start < cued.end("order"):
                continue
            beside = (rest.text[: match.start] + rest.text[match.end :]).strip(" ,;:.،\n")
            named = bool(beside) and as_name(beside, language, country, certain=True) == beside
            ours = asked == "order" and place == country
            spaced = (ours or (not beside and asked != "order")) and " " in match.raw_string
            told = asked == "contact" or (named and asked != "order") or find(words.phone, before)
            if told or spaced or match.raw_string.startswith("+"):
                rest.blank(match.start, match.end)
                return phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _countries(language: str) -> list[str]:
    """Where the language is spoken: as its lexicon says, or else its main country (CLDR, likely subtags)."""
    likely = get_global("likely_subtags").get(language, "")
    return lexicon(language).countries or [part for part in likely.split("_")[2:] if len(part) == 2]
