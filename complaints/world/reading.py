"""Reads the operator's folder, and finds all that is wrong with it before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from complaints import texts
from complaints.world import categories, products, remedies, skills, wording
from complaints.world.categories import Categories
from complaints.world.hours import Opening
from complaints.world.problems import BadWorld, Problem, Sheet, nearest, read_sheet
from complaints.world.products import Products
from complaints.world.remedies import Remedies
from complaints.world.skills import Skills
from complaints.world.wording import Wording
from complaints.world.world import World

PRODUCTS, CATEGORIES, REMEDIES = "products.yml", "categories.yml", "remedies.yml"
OPENING, SKILLS, WORDING = "opening_hours.yml", "skills.yml", "wording"
FILES = (PRODUCTS, CATEGORIES, REMEDIES, OPENING, SKILLS)

Model = TypeVar("Model", bound=BaseModel)


def read(folder: Path) -> World:
    """The world that the files in ``folder`` describe. Raises `BadWorld` with everything that is wrong."""
    if not folder.is_dir():
        raise BadWorld([Problem(str(folder), 1, "", "this is no folder", "make it: `recourse world init`")])
    found = _Found(folder)
    found.note(_strangers(folder))
    products_, product_sheet = found.read(PRODUCTS, Products)
    categories_, category_sheet = found.read(CATEGORIES, Categories)
    remedies_, remedy_sheet = found.read(REMEDIES, Remedies)
    skills_, skill_sheet = found.read(SKILLS, Skills)
    opening, _ = found.read(OPENING, Opening)
    if product_sheet and products_:
        found.note(products.check(products_, product_sheet))
    if category_sheet and categories_:
        found.note(categories.check(categories_, products_ or Products(), category_sheet))
    if remedy_sheet and remedies_:
        found.note(remedies.check(remedies_, remedy_sheet))
    if skills_ or product_sheet:
        where = skill_sheet or Sheet(SKILLS, {})
        found.note(skills.check(skills_ or Skills(), products_ or Products(), where, product_sheet))
    wording_ = found.wording()
    if found.problems:
        raise BadWorld(sorted(found.problems, key=lambda p: (p.file, p.line)))
    return World(
        folder=folder,
        products=products_ or Products(),
        categories=categories_ or Categories(),
        remedies=remedies_ or Remedies(),
        wording=wording_,
        opening=opening,
        skills=skills_ or Skills(),
    )


class _Found:
    """What has been read so far, and what was wrong with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problems: list[Problem] = []

    def note(self, problems: Iterable[Problem]) -> None:
        self.problems += problems

    def read(self, name: str, model: type[Model]) -> tuple[Model | None, Sheet | None]:
        """A file as ``model``; ``None`` where there is no such file, or it is wrong."""
        sheet = self._sheet(self._folder / name, name)
        if sheet is None:
            return None, None
        found = self._whole(lambda: sheet.as_model(model))
        return found, sheet if found is not None else None

    def wording(self) -> Wording:
        """All files of ``wording/``."""
        folder = self._folder / WORDING
        own: dict[str, dict[str, str]] = {}
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            name = f"{WORDING}/{path.name}"
            if path.name.startswith("."):
                continue
            if path.suffix != ".yml" or path.stem not in texts.languages():
                self.note([Problem(name, 1, "", "this is no language of ours", _languages())])
            elif (sheet := self._sheet(path, name)) is not None:
                before = len(self.problems)
                self.note(wording.check(sheet, path.stem))
                if len(self.problems) == before:
                    own[path.stem] = {str(key): str(text).strip() for key, text in sheet.content.items()}
        apart = {
            special: {language: texts_.pop(special) for language, texts_ in own.items() if special in texts_}
            for special in (wording.ORGANISATION, wording.SIGNATURE)
        }
        return Wording(own, apart[wording.ORGANISATION], apart[wording.SIGNATURE])

    def _sheet(self, path: Path, name: str) -> Sheet | None:
        return self._whole(lambda: read_sheet(path, name)) if path.exists() else None

    def _whole(self, made: Callable[[], _Any]) -> _Any | None:
        try:
            return made()
        except BadWorld as error:
            self.problems += error.problems
            return None


_Any = TypeVar("_Any")


def _languages() -> str:
    return f"name it by one of {', '.join(texts.languages())}, and .yml"


def _strangers(folder: Path) -> Iterable[Problem]:
    """Files that nobody reads: a slip in a name would go unseen."""
    for path in sorted(folder.iterdir()):
        known = path.name in FILES or path.name == WORDING or path.name.startswith(".")
        if not known and path.suffix in (".yml", ".yaml"):
            yield Problem(path.name, 1, "", "nobody reads this file", nearest(path.name, [*FILES, WORDING]))
