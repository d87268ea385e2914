"""Ready answers for agents: one file for each language, with fields that the case fills in.

The operator's own lie in a folder of theirs (``RECOURSE_CANNED_DIR``); a language without a file
there takes ours. A file is a list of ``- title: ... , text: ...``; the fields are `FIELDS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

_OURS = Path(__file__).with_suffix("")
FALLBACK = "en"
_OPENING = re.compile(r"^\{name\}[,،]\s*(\w)")  # "{name}, I am sorry"
_ADDRESS = re.compile(r"[,،]?\s*(?:يا\s+)?\{name\}")  # "Hello, {name}"; the Arabic vocative goes along
FIELDS = ("name", "reference", "respond_by", "agent", "organisation")


class BadAnswers(ValueError):
    """A file of answers that cannot be used; the text names file, answer and remedy."""


@dataclass(frozen=True)
class Answer:
    """``title`` is for the agent, ``text`` for the customer."""

    title: str
    text: str


@dataclass(frozen=True)
class Answers:
    """The answers that suit a customer, and the language that they are in."""

    language: str
    answers: tuple[Answer, ...]


def answers(language: str, folder: Path | None = None) -> Answers:
    """Those in the customer's language or, where there are none, in English. Raises `BadAnswers`."""
    for code in (language, FALLBACK):
        for place in filter(None, (folder, _OURS)):
            file = place / f"{code}.yml"
            if code.isalpha() and file.is_file():
                return Answers(code, _read(file, file.stat().st_mtime_ns))
    raise BadAnswers(f"there is no {FALLBACK}.yml in {folder or _OURS}")


def fill(text: str, values: dict[str, Any]) -> str:
    """``text`` with its fields filled.

    Without a name nobody is addressed by it; what else is not known stays as a gap that one sees: "…".
    """
    if not values.get("name"):
        text = _OPENING.sub(lambda found: found[1].upper(), text)
        text = _ADDRESS.sub("", text)
    return text.format_map({name: values.get(name) or "…" for name in FIELDS})


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> tuple[Answer, ...]:
    """``changed`` makes a file that was edited be read anew."""
    del changed
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        read = tuple(Answer(str(one["title"]), str(one["text"]).strip()) for one in found)
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise BadAnswers(f"{file}: a list of '- title:' and 'text:' is expected ({error})") from error
    for one in read:
        _check(file, one)
    return read


def _check(file: Path, one: Answer) -> None:
    try:
        used = {name for _, name, _, _ in Formatter().parse(one.text) if name is not None}
    except ValueError as error:
        raise BadAnswers(f"{file}, {one.title!r}: a brace without its partner ({error})") from error
    if unknown := used - set(FIELDS):
        raise BadAnswers(
            f"{file}, {one.title!r}: no field is called {', '.join(sorted(unknown))}; "
            f"there are {', '.join(FIELDS)}"
        )
