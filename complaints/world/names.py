"""What the operator's files have in common: codes, names in several languages, forms of numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, StringConstraints

from complaints import texts
from complaints.world.problems import Wrong

LONGEST_NAME = 80
LONGEST_CODE = 40


STRICT = ConfigDict(frozen=True, extra="forbid")
"""Of every part of a file: keys that are not known are refused."""


def _a_code(code: str) -> str:
    if not re.fullmatch(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_CODE - 1}}}", code):
        raise Wrong(
            f"{code!r} is no code",
            f"use up to {LONGEST_CODE} small letters, digits, - and _, as in kettle-k2",
        )
    return code


def _a_language(language: str) -> str:
    if language not in texts.languages():
        raise Wrong(f"{language!r} is no language of ours", f"use one of {', '.join(texts.languages())}")
    return language


def _a_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Wrong("a name is between 1 and 80 characters long", "write a shorter one, or any at all")
    if any(unicodedata.category(c).startswith("C") for c in name):
        raise Wrong("there is an invisible character in it", "type it anew")
    return name


def _with_one(names: dict[str, str]) -> dict[str, str]:
    if not names:
        raise Wrong("there is no name in any language", "write one, as in {en: Kettle}")
    return names


Code = Annotated[str, AfterValidator(_a_code)]
Language = Annotated[str, AfterValidator(_a_language)]
Name = Annotated[str, AfterValidator(_a_name)]
Names = Annotated[dict[Language, Name], AfterValidator(_with_one)]
Words = dict[Language, list[Annotated[str, StringConstraints(min_length=2, max_length=60)]]]


def name_in(names: Mapping[str, str], language: str) -> str:
    """The name in ``language``; else in English, else the one that the file has first."""
    return names.get(language) or names.get(texts.FALLBACK) or next(iter(names.values()))


def fold(text: str) -> str:
    """``text`` without case and accents, with single spaces: “Café  ÉLITE” is “cafe elite”."""
    bare = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L").replace("ı", "i"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).casefold().split())


# Arabic writes the article, "and", "for" and "with" together with the word.
_BEFORE = r"(?<!\w)(?:[وفبكل]?(?:ال|لل)?)"


def whole_words(phrases: Mapping[str, object]) -> re.Pattern[str]:
    """An expression for any of these folded ``phrases``, by whole words, the longest first."""
    longest_first = sorted(phrases, key=len, reverse=True)
    joined = "|".join(re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in longest_first)
    return re.compile(rf"{_BEFORE}(?P<phrase>{joined})(?!\w)") if joined else re.compile(r"(?!)")


_SIGNS = {"9": r"\d", "A": "[A-Za-z]", "*": "[A-Za-z0-9]"}


def form_pattern(form: str) -> re.Pattern[str]:
    """What a form such as ``KT-999999`` means: 9 a digit, A a letter, * either; all else is itself."""
    inner = "".join(_SIGNS.get(c, re.escape(c)) for c in form)
    return re.compile(rf"(?<![\w-])(?:{inner})(?![\w-])", re.IGNORECASE)


def a_form(form: str) -> str:
    """Check a form of numbers. Raises `Wrong`."""
    if sum(c in _SIGNS for c in form) < 3 or len(form) > 40 or form != form.strip():
        raise Wrong(
            f"{form!r} is no form of a number",
            "write 9 for a digit, A for a letter, * for either, at least three of them: KT-999999",
        )
    return form


Form = Annotated[str, AfterValidator(a_form)]
