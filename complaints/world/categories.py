"""``categories.yml``: what complaints are about in the operator's own words, and what to ask about them.

Our categories stay the keys: triage learnt them and reports count them. The operator names them, divides them
(sub-categories are recognised by their words), and asks further questions about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from complaints.complaint import Category
from complaints.world.names import STRICT, Code, Form, Language, Names, Words, fold, name_in, whole_words
from complaints.world.problems import Problem, Sheet, Wrong
from complaints.world.products import Products
from complaints.world.wording import LONGEST, LONGEST_BUTTON


class AnswerType(StrEnum):
    """What kind of answer a question has."""

    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"


Button = Annotated[str, Field(min_length=1, max_length=LONGEST_BUTTON)]
Asked = dict[Language, Annotated[str, Field(min_length=2, max_length=LONGEST)]]


class Question(BaseModel):
    """One question. ``ask`` is put to the customer, ``label`` stands before the answer, wherever it is shown.

    ``form`` is for texts, as in `complaints.world.names.form_pattern`; ``least`` and ``most`` are for numbers
    and amounts; ``choices`` are buttons. Only about ``products``, where some are named.
    """

    model_config = STRICT

    ask: Asked
    label: Names
    type: AnswerType
    form: Form | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    choices: dict[Code, dict[Language, Button]] = {}
    products: list[Code] = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.ask:
            raise Wrong("`ask` has no text in any language", "write one, as in {en: Which one?}")
        if (self.type is AnswerType.CHOICE) != bool(self.choices):
            raise Wrong("a question of type choice has `choices`, and no other has", "add or remove them")
        if any(not titles for titles in self.choices.values()):
            raise Wrong("a choice has no title in any language", "write one, as in {en: Never}")
        if len(self.choices) > MOST_CHOICES:
            raise Wrong(f"there are {len(self.choices)} choices", f"give {MOST_CHOICES} at most")
        if self.form and self.type is not AnswerType.TEXT:
            raise Wrong("`form` is for questions of type text", "remove it, or make the type text")
        numeric = self.type in (AnswerType.NUMBER, AnswerType.AMOUNT)
        if not numeric and not (self.least is None and self.most is None):
            raise Wrong("`least` and `most` are for numbers and amounts", "remove them")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise Wrong("`least` is more than `most`", "exchange them")
        return self


MOST_CHOICES = 9
"""As many buttons as a platform shows beside the one to skip; SMS numbers them with one digit."""


LONGEST_CHOICE = 50
"""Characters of a question's code and a choice's: a button brings both back, in 64 bytes on Telegram."""


class Subcategory(BaseModel):
    """A part of one of our categories, recognised by its ``words``."""

    model_config = STRICT

    names: Names
    words: Words = {}


class Named(BaseModel):
    """What the operator says of one of our categories."""

    model_config = STRICT

    names: dict[Language, str] = {}
    subcategories: dict[Code, Subcategory] = {}
    questions: list[Code] = []


class Categories(BaseModel):
    """The file. ``always`` are questions about every complaint."""

    model_config = STRICT

    categories: dict[Category, Named] = {}
    questions: dict[Code, Question] = {}
    always: list[Code] = []

    def name(self, category: str, language: str) -> str | None:
        """What the operator calls one of our categories."""
        names = self._by_value.get(category, Named()).names
        return name_in(names, language) if names else None

    def subcategory_name(self, code: str | None, language: str) -> str | None:
        """What a sub-category is called; one that is gone from the file is called by its code."""
        if not code:
            return None
        for named in self.categories.values():
            if code in named.subcategories:
                return name_in(named.subcategories[code].names, language)
        return code

    def subcategory(self, text: str, category: str, language: str) -> tuple[str, str] | None:
        """The sub-category of ``category`` whose words ``text`` holds, and the words that led to it."""
        folded = fold(text)
        for code, part in self._by_value.get(category, Named()).subcategories.items():
            phrases = {re.sub(r"[\s-]+", " ", fold(w)): None for w in part.words.get(language, [])}
            if phrases and (found := whole_words(phrases).search(folded)):
                return code, found["phrase"]
        return None

    def questions_for(self) -> Iterator[tuple[str, Question, list[str]]]:
        """Each question with the categories that it is asked for; none means all."""
        for code, question in self.questions.items():
            asked = [str(c) for c, named in self.categories.items() if code in named.questions]
            if code in self.always or asked:
                yield code, question, [] if code in self.always else asked

    @cached_property
    def _by_value(self) -> Mapping[str, Named]:
        return {str(category): named for category, named in self.categories.items()}


def check(found: Categories, products: Products, sheet: Sheet) -> Iterator[Problem]:
    """What only shows when the whole is looked at."""
    yield from _questions(found, sheet)
    for code, question in found.questions.items():
        for choice in question.choices:
            if len(code) + len(choice) > LONGEST_CHOICE:
                yield sheet.problem(
                    ("questions", code, "choices", choice), "this and the question's code are too long",
                    f"use {LONGEST_CHOICE} characters at most for both",
                )  # fmt: skip
        for number, product in enumerate(question.products):
            if product not in products.root:
                yield sheet.problem(
                    ("questions", code, "products", number), f"there is no product {product!r}",
                    "use a code of products.yml",
                )  # fmt: skip
    seen: dict[str, str] = {}
    for category, named in found.categories.items():
        for code in named.subcategories:
            if (other := seen.setdefault(code, str(category))) != str(category):
                yield sheet.problem(
                    ("categories", str(category), "subcategories", code), f"{other} has one of that code",
                    "give it a code of its own",
                )  # fmt: skip


def _questions(found: Categories, sheet: Sheet) -> Iterator[Problem]:
    """Questions that are not there, and those that nobody asks."""
    lists: list[tuple[tuple[str, ...], list[str]]] = [(("always",), found.always)]
    lists += [(("categories", str(c), "questions"), named.questions) for c, named in found.categories.items()]
    for place, codes in lists:
        for number, code in enumerate(codes):
            if code not in found.questions:
                yield sheet.problem(
                    (*place, number), f"there is no question {code!r}", "write it under `questions`"
                )
    for code in found.questions.keys() - {code for _, codes in lists for code in codes}:
        yield sheet.problem(
            ("questions", code), "nobody is asked this", "name it under a category or under `always`"
        )
