"""What an answer to a question of the operator's says, by the type of the question.

Read by rules, as details are: an answer that was asked for is short, and its type is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_group_symbol
from price_parser import Price

from actions.amounts import find_money
from actions.dates import best, find_dates
from actions.details import READ
from actions.lexicon import starts_with, western_digits
from actions.turn import Turn
from complaints import texts
from complaints.commands import LARGEST_AMOUNT
from complaints.world.categories import AnswerType, Question
from complaints.world.names import fold, form_pattern, name_in, whole_words

LONGEST = 500
"""Characters of an answer that are kept."""

STORY = 12
"""Words: a longer answer tells more than the answer."""

_GAPS = re.compile(r"[\s-]+")
_NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:[.,]\d+)?(?![\w]|[.,]\d)")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True)
class Reading:
    """What an answer says: a ``value`` as it is kept, or what is to be said where it is ``wrong``."""

    value: str = ""
    wrong: str = ""


def read(turn: Turn, question: Question) -> Reading:
    """The answer in the customer's words; buttons are none of its business."""
    readers: dict[AnswerType, Callable[[Turn, Question], Reading]] = {
        AnswerType.TEXT: _text,
        AnswerType.DATE: _date,
        AnswerType.AMOUNT: _amount,
        AnswerType.NUMBER: _number,
        AnswerType.CHOICE: _choice,
        AnswerType.YES_NO: _yes_no,
    }
    return readers[question.type](turn, question)


def _text(turn: Turn, question: Question) -> Reading:
    said = turn.text.strip()[:LONGEST]
    if question.form is None:
        return Reading(said)
    found = form_pattern(question.form).search(western_digits(turn.text[:READ]))
    if found is None:
        return Reading(wrong=turn.phrase("own_wrong_form", form=question.form.replace("*", "X")))
    return Reading(found[0].upper())


def _date(turn: Turn, _question: Question) -> Reading:
    found = find_dates(turn.text[:READ], turn.language, turn.now, turn.facts.country, asked=True)
    day = best(found, turn.now.date())
    if day is None:
        example = texts.format_date(turn.now.date(), turn.language)
        return Reading(wrong=turn.phrase("own_no_date", example=example))
    return Reading(day.isoformat())


def _amount(turn: Turn, question: Question) -> Reading:
    text = western_digits(turn.text[:READ])
    money = find_money(text, turn.words, turn.facts.country)
    bare = _NUMBER.findall(text)
    amount = money.amount if money else Price.fromstring(bare[0]).amount if len(bare) == 1 else None
    if amount is None or abs(amount) >= LARGEST_AMOUNT:
        return Reading(wrong=turn.phrase("own_no_amount"))
    if wrong := _out_of_range(turn, question, amount):
        return Reading(wrong=wrong)
    return Reading(f"{amount} {money.currency}" if money and money.currency else str(amount))


def _number(turn: Turn, question: Question) -> Reading:
    text = western_digits(turn.text[:READ])
    figures = _NUMBER.findall(text)
    words = fold(text).split()
    counted = [number for word, number in turn.words.numbers.items() if fold(word) in words]
    if len(figures) == 1:
        number = _decimal(figures[0], turn.language)
    elif not figures and len(words) <= STORY and counted:
        number = Decimal(max(counted))
    else:
        return Reading(wrong=turn.phrase("own_no_number"))
    if wrong := _out_of_range(turn, question, number):
        return Reading(wrong=wrong)
    return Reading(str(number))


def _decimal(figure: str, language: str) -> Decimal:
    """A dot or comma is a decimal mark; before three digits it groups thousands, if the language does so."""
    if _THOUSANDS.fullmatch(figure) and get_group_symbol(language) in figure:
        return Decimal(re.sub("[.,]", "", figure))
    return Decimal(figure.replace(",", "."))


def _out_of_range(turn: Turn, question: Question, number: Decimal) -> str:
    if question.least is not None and number < question.least:
        return turn.phrase("own_too_small", least=question.least)
    if question.most is not None and number > question.most:
        return turn.phrase("own_too_large", most=question.most)
    return ""


def _choice(turn: Turn, question: Question) -> Reading:
    mine = {_plain(name_in(names, turn.language)): code for code, names in question.choices.items()}
    others = {_plain(title): code for code, names in question.choices.items() for title in names.values()}
    titles = others | mine  # "once" is one time, or eleven
    found = {titles[_plain(m["phrase"])] for m in whole_words(titles).finditer(fold(turn.text[:READ]))}
    if len(found) == 1:
        return Reading(found.pop())
    offered = [name_in(names, turn.language) for names in question.choices.values()]
    return Reading(wrong=turn.phrase("own_no_choice", choices=texts.format_list(offered, turn.language)))


def _plain(title: str) -> str:
    return _GAPS.sub(" ", fold(title))


def _yes_no(turn: Turn, _question: Question) -> Reading:
    said = fold(turn.text)
    if turn.intent == "deny" or starts_with(turn.words.no, turn.text):
        return Reading("no")
    if turn.intent == "affirm" or said == fold(turn.phrase("button_affirm")):
        return Reading("yes")
    return Reading(wrong=turn.phrase("own_no_yes_no"))
