"""``skills.yml``: what people at the desk can do, what needs it, and how long a case waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BaseModel, Field

from complaints.complaint import Category
from complaints.world.names import STRICT, Code, Language, Names, name_in
from complaints.world.problems import Problem, Sheet
from complaints.world.products import Products

Minutes = Annotated[int, Field(ge=0, le=10_080)]


class Skill(BaseModel):
    """A skill, and what asks for it: cases of these ``categories``, ``products`` or ``languages``."""

    model_config = STRICT

    names: Names
    categories: list[Category] = []
    products: list[Code] = []
    languages: list[Language] = []


class Skills(BaseModel):
    """The file. The times are opening time, after which any colleague will do."""

    model_config = STRICT

    skills: dict[Code, Skill] = {}
    skill_relaxes_after_minutes: Minutes | None = None
    language_relaxes_after_minutes: Minutes | None = None

    def widened(self, skills: Iterable[str]) -> frozenset[str]:
        """An agent's skills together with the categories that those stand for."""
        own = frozenset(skills)
        return own | {str(c) for code in own & self.skills.keys() for c in self.skills[code].categories}

    def needed(self, product: str | None, language: str) -> str | None:
        """The skill that a case asks for by its product, or else by its language."""
        for code, skill in self.skills.items():
            if product is not None and product in skill.products:
                return code
        return next((code for code, skill in self.skills.items() if language in skill.languages), None)

    def name(self, code: str, language: str) -> str | None:
        """What a skill is called."""
        return name_in(self.skills[code].names, language) if code in self.skills else None


def check(found: Skills, products: Products, sheet: Sheet, product_sheet: Sheet | None) -> Iterator[Problem]:
    """What only shows when the whole is looked at: products and skills that are not there."""
    for code, skill in found.skills.items():
        for number, product in enumerate(skill.products):
            if product not in products.root:
                yield sheet.problem(
                    ("skills", code, "products", number), f"there is no product {product!r}",
                    "use a code of products.yml",
                )  # fmt: skip
    if product_sheet is None:
        return
    for code, one in products.root.items():
        if one.skill is not None and one.skill not in found.skills:
            yield product_sheet.problem(
                (code, "skill"), f"there is no skill {one.skill!r}", "write it in skills.yml"
            )
