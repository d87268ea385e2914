"""``products.yml``: the operator's products and services, as customers call them.

A product has one name on the record, whatever a customer calls it and in whatever language: what is counted,
searched and filtered by name is counted under that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict, RootModel

from complaints.complaint import Category
from complaints.world.names import (
    STRICT,
    Code,
    Form,
    Names,
    Words,
    fold,
    form_pattern,
    name_in,
    whole_words,
)
from complaints.world.problems import Problem, Sheet


class Product(BaseModel):
    """One product or service.

    ``names`` are looked for in every language, ``synonyms`` in their own. ``category`` is what a complaint
    about it is where nothing else says; ``skill`` what whoever answers should know; ``order`` the form of
    its order numbers.
    """

    model_config = STRICT

    names: Names
    synonyms: Words = {}
    category: Category | None = None
    skill: Code | None = None
    order: Form | None = None

    @property
    def name(self) -> str:
        """The one name on the record: the one that stands first in the file."""
        return next(iter(self.names.values()))


class Products(RootModel[dict[Code, Product]]):
    """All of them, by code."""

    model_config = ConfigDict(frozen=True)

    root: dict[Code, Product] = {}

    def find(self, text: str, language: str) -> str | None:
        """The code of the product that ``text`` names; of several the first, and there the longest name."""
        if not self.root:
            return None
        phrases, pattern = self._looked_for(language)
        found = pattern.search(fold(text))
        return phrases[re.sub(r"[\s-]+", " ", found["phrase"])] if found else None

    def code_of(self, name: str | None) -> str | None:
        """The code of the product whose name on the record is ``name``."""
        return self._by_name.get(name) if name else None

    def of(self, name: str | None) -> Product | None:
        """The product whose name on the record is ``name``."""
        code = self.code_of(name)
        return self.root[code] if code else None

    def shown(self, name: str | None, language: str) -> str | None:
        """What a product on the record is called in ``language``; any other as it is."""
        product = self.of(name)
        return name_in(product.names, language) if product else name

    def order_in(self, text: str) -> str | None:
        """An order number of one of the forms that products have, in capitals."""
        for pattern in self._orders:
            if found := pattern.search(text):
                return found[0].upper()
        return None

    def names(self) -> list[str]:
        """The names on the record, in the file's order."""
        return [product.name for product in self.root.values()]

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return {product.name: code for code, product in self.root.items()}

    @cached_property
    def _orders(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            form_pattern(form) for form in dict.fromkeys(p.order for p in self.root.values()) if form
        )

    @cached_property
    def _patterns(self) -> dict[str, tuple[Mapping[str, str], re.Pattern[str]]]:
        return {}

    def _looked_for(self, language: str) -> tuple[Mapping[str, str], re.Pattern[str]]:
        if language not in self._patterns:
            phrases = {
                re.sub(r"[\s-]+", " ", fold(phrase)): code
                for code, product in self.root.items()
                for phrase in [*product.names.values(), *product.synonyms.get(language, [])]
            }
            self._patterns[language] = phrases, whole_words(phrases)
        return self._patterns[language]


def check(products: Products, sheet: Sheet) -> Iterator[Problem]:
    """What only shows when all products are looked at: two that are called alike."""
    seen: dict[tuple[str, str], str] = {}
    for code, product in products.root.items():
        called = [(language, ("names", language), name) for language, name in product.names.items()]
        for language, words in product.synonyms.items():
            called += [(language, ("synonyms", language, n), word) for n, word in enumerate(words)]  # type: ignore[misc]
        for language, place, phrase in called:
            other = seen.setdefault((language, fold(phrase)), code)
            if other != code:
                yield sheet.problem(
                    (code, *place),
                    f"{phrase!r} is what {other} is called, too",
                    "let each have its own words",
                )
    names: dict[str, str] = {}
    for code, product in products.root.items():
        other = names.setdefault(product.name, code)
        if other != code:
            yield sheet.problem((code, "names"), f"{other} is called so, too", "give it a name of its own")
