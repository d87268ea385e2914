"""The words of each language that the dialogue looks for: one file per language in ``lexicon/``.

Entries are regular expressions, matched without regard to case on text without accents, and at
word boundaries; a space in them stands for any white space. A language without a file is understood
by what needs no words: numbers, addresses, dates that `dateparser` knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from complaints.complaint import Remedy

_FOLDER = Path(__file__).with_suffix("")


class Lexicon(BaseModel):
    """What is looked for in one language. Lists of regular expressions unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    countries: list[str] = []  # ISO 3166, where it is spoken: phone numbers are read as theirs, too
    order: list[str] = []  # what stands before an order, booking or customer number
    order_after: list[str] = []  # what stands after such a number instead: Turkish "4711 numarali siparis"
    between: list[str] = []  # plain words that may stand between cue and number, and are no part of a number
    secret: list[str] = []  # what stands before a password, PIN, social security or card number: never kept
    amount: list[str] = []  # what stands before a bare number and calls it money: "the amount is"
    amount_after: list[str] = []  # what stands after it instead: German "45 abgebucht"
    phone: list[str] = []  # what stands before a phone number
    name: list[str] = []  # with a group `name`
    before_name: list[str] = []  # what leads to a name in an answer: "sure, I am"
    on_behalf_of: list[str] = []  # with a group `who`
    anonymous: list[str] = []
    recurring: list[str] = []
    wish: list[str] = []  # what makes the words after it a wish
    no_wish: list[str] = []  # what says that something is not wished: "I don't want to"
    refused: list[str] = []  # right before a remedy: that one is not wished: "not a refund, a repair"
    refused_after: list[str] = []  # right after it instead: Turkish "iade degil"
    article: list[str] = []  # plain words that may stand between a refusal and what is refused
    breaks: list[str] = []  # words that begin another clause, where a wish ends
    remedy: dict[
        Remedy, list[str]
    ] = {}  # kinds of wishes: count after `wish`, or as the answer to the question
    demand: dict[Remedy, list[str]] = {}  # wishes wherever they stand
    no: list[str] = []  # what a refusal begins with
    corrects: list[str] = []  # what comes before the right number: "no sorry, 70021"
    skip: list[str] = []  # the whole answer: the customer does not know, or rather not
    thanks: list[str] = []
    courtesy: list[str] = []  # what goes with thanks and praises nothing
    farewell: list[str] = []
    question: list[str] = []  # what a message begins with that only asks
    opening: list[str] = []  # asking when the team is there
    own_reference: list[str] = []  # asking for one's own reference
    stop: list[str] = []  # the whole message: no more questions
    withdraw: list[str] = []  # anywhere: it is the complaint itself that is to be dropped
    erase: list[str] = []  # anywhere: a detail of the customer's is to go, and not the complaint
    product: list[str] = []  # common products and services; the model finds others
    product_otherwise: list[str] = []  # what counts only if no other product is named: a parcel
    no_product: list[str] = []  # phrases whose words are no product: "on the phone"
    curses: list[str] = []  # single words that are part of no product's name
    function_words: list[str] = []  # plain words that are part of no product's and no person's name
    filler: list[str] = []  # before the product in an answer: "it's about my ..."
    bare: list[str] = []  # the words of a complaint that says nothing about its matter
    complain: list[str] = []  # of these words, the ones that make it a complaint
    new: list[str] = []  # answers to "about this one, or a new one?"
    same: list[str] = []
    process: dict[str, list[str]] = {}  # aspects of "how does this work?"
    currency: dict[str, list[str]] = {}  # ISO 4217 code to the words for it
    numbers: dict[str, int] = {}  # plain words
    date_filler: list[str] = []  # plain words that dateparser does not know around a date
    month_lead: list[str] = []  # plain words before a month's name that make it a date
    calendar: dict[str, list[str]] = {}  # names of months and weekdays that dateparser does not know
    endings: list[str] = []  # plain endings of a month's or weekday's name: Turkish "mayista"
    relative: dict[str, list[str]] = {}  # days that dateparser does not know: "2 day ago" to plain words
    vague: list[str] = []  # times in the past that are no day
    coming: list[str] = []  # plain words before a day that put it into the future
    planned: list[str] = []  # words in a clause before "Monday" that put it into the future: "we will"
    planned_after: list[str] = []  # the same after it, where the verb comes last
    no_date: list[str] = []  # phrases whose days are no date: "that is all for today"
    dated: list[str] = []  # plain words before a day that is written in digits only: "date 03112025"


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of ``language`` (ISO 639-1); an empty one where there is no file."""
    file = _FOLDER / f"{language}.yml"
    if not file.exists():
        return Lexicon()
    # Every scalar as text: to YAML, "no" and "y" would be booleans.
    words = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  (makes text only)
    return Lexicon.model_validate(words)


@lru_cache(maxsize=64)  # a message is read again and again, by each list
def plain(text: str) -> str:
    """``text`` without accents and curly quotes, and with western digits.

    Each character stays in its place: positions in the result are positions in ``text``.
    """
    return "".join(_plain_character(c) for c in text)


def western_digits(text: str) -> str:
    """``text`` with every decimal digit, and the Arabic marks within a number, as English writes them."""
    return "".join(_digit(c) for c in text)


@cache
def _digit(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return {"٫": ".", "٬": ","}.get(character, character)


@cache
def _plain_character(character: str) -> str:
    if character in "’‘´`":
        return "'"
    if character == "ı":  # one letter with "i" when in capitals, and to whoever has no Turkish keyboard
        return "i"
    character = _digit(character)
    if character in "łŁ":  # a letter of its own to Unicode; without it keyboards write l
        return "l" if character == "ł" else "L"
    base = unicodedata.normalize("NFD", character)[0]
    return base if len(base) == 1 else character


def find(patterns: Sequence[str], text: str) -> re.Match[str] | None:
    """The first match of any of ``patterns`` in ``text``, at word boundaries."""
    return _compiled(tuple(patterns)).search(plain(text)) if patterns else None


def find_all(patterns: Sequence[str], text: str) -> list[re.Match[str]]:
    """Every match of any of ``patterns`` in ``text``, at word boundaries, in order."""
    return list(_compiled(tuple(patterns)).finditer(plain(text))) if patterns else []


def starts_with(patterns: Sequence[str], text: str) -> bool:
    """Whether ``text`` begins with one of ``patterns``."""
    found = find(patterns, text)
    return found is not None and found.start() == 0


def find_first(patterns: Sequence[str], text: str) -> re.Match[str] | None:
    """The first match of any of ``patterns`` in ``text``; of several that begin there, the longest."""
    matches = [found for pattern in patterns if (found := find([pattern], text))]
    return min(matches, key=lambda m: (m.start(), -m.end()), default=None)


def is_all(patterns: Sequence[str], text: str) -> bool:
    """Whether the whole of ``text``, punctuation aside, is one or more of ``patterns``."""
    words = _words(text)
    return bool(patterns and words and _whole(tuple(patterns)).fullmatch(words))


@lru_cache(maxsize=64)
def _words(text: str) -> str:
    letters = "".join(c for c in plain(text) if not unicodedata.combining(c))  # "شكرًا" is one word
    return re.sub(r"[^\w'\s]+", " ", letters).strip()


@cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # Named groups may repeat among alternatives of one list, which a single expression cannot hold.
    if len(patterns) > 1 and any("(?P<" in p for p in patterns):
        names = iter(range(1000))
        patterns = tuple(re.sub(r"\(\?P<(\w+)>", lambda m: f"(?P<{m[1]}_{next(names)}>", p) for p in patterns)
    return re.compile(r"(?<!\w)(?:" + alternatives(patterns) + r")(?!\w)", re.IGNORECASE)


@cache
def _whole(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?:(?:" + alternatives(patterns) + r")(?!\w)\s*)+", re.IGNORECASE)


def alternatives(patterns: Sequence[str]) -> str:
    """One expression for any of ``patterns``: a space in them is any white space, " ?" perhaps none."""
    return "|".join(patterns).replace(" ?", r"\s*").replace(" ", r"\s+")


def without_filler(phrase: str, words: Lexicon, more: Sequence[str] = ()) -> str:
    """An answer without what only leads to it, of ``filler`` or ``more``: "about my kettle" is "kettle"."""
    leads = [*words.filler, *more]
    while leads and (filler := find(leads, phrase)) and filler.start() == 0:
        phrase = phrase[filler.end() :].lstrip(" ,:")
    return phrase


def holds_any(words: Sequence[str], text: str) -> bool:
    """Whether any of the plain ``words`` occurs in ``text``."""
    return not {w.casefold() for w in words}.isdisjoint(re.findall(r"[\w']+", plain(text).casefold()))


def group(match: re.Match[str], name: str, original: str) -> str:
    """What the group ``name`` (or any of its numbered copies) matched, as it stands in ``original``."""
    for key in match.groupdict():
        if key.split("_")[0] == name and match[key] is not None:
            return original[match.start(key) : match.end(key)]
    raise KeyError(name)
