"""The operator's own world: products, categories, remedies, wording, opening hours and skills, as one.

One world is in force in a process. It is put there once, at the start, like the texts and policies that
come with the program; nothing changes it while the program runs. Without files it is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from complaints import texts
from complaints.world.categories import Categories
from complaints.world.hours import Opening
from complaints.world.products import Products
from complaints.world.remedies import Remedies
from complaints.world.skills import Skills
from complaints.world.wording import Wording


@dataclass(frozen=True)
class World:
    """What the files say; a file that is not there says nothing."""

    folder: Path | None = None
    products: Products = field(default_factory=Products)
    categories: Categories = field(default_factory=Categories)
    remedies: Remedies = field(default_factory=Remedies)
    wording: Wording = field(default_factory=Wording)
    opening: Opening | None = None
    skills: Skills = field(default_factory=Skills)

    def texts(self) -> dict[str, dict[str, str]]:
        """All that replaces texts of ours, by language and key: wording comes before names of remedies."""
        whole = {
            language: {**self.remedies.texts(language), **self.wording.texts.get(language, {})}
            for language in texts.languages()
        }
        return {language: own for language, own in whole.items() if own}

    def skill_for(self, product: str | None, language: str) -> str | None:
        """The skill that a case asks for: of its product (by the name on the record), or of its language."""
        known = self.products.of(product)
        if known is not None and known.skill is not None:
            return known.skill
        return self.skills.needed(self.products.code_of(product), language)

    def __str__(self) -> str:
        """What there is, for the operator."""
        parts = (
            (len(self.products.root), "products"),
            (len(self.categories.categories), "categories"),
            (len(self.categories.questions), "questions"),
            (len(self.remedies.remedies), "remedies"),
            (sum(len(own) for own in self.wording.texts.values()), "texts"),
            (len(self.skills.skills), "skills"),
        )
        said = [f"{count} {what}" for count, what in parts if count]
        return ", ".join([*said, *(["opening hours"] if self.opening else [])]) or "nothing"


class _Force:
    world = World()


def in_force() -> World:
    """The world of this process."""
    return _Force.world


def put_in_force(world: World) -> None:
    """Let ``world`` hold from now on. For the program's start."""
    _Force.world = world
    texts.put_own(world.texts())


@contextmanager
def in_force_while(world: World) -> Iterator[None]:
    """Let ``world`` hold for a while: for whoever tries something out."""
    before = _Force.world
    put_in_force(world)
    try:
        yield
    finally:
        put_in_force(before)
