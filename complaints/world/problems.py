"""What is wrong with the operator's files: file, line, key, what is wrong and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from complaints.complaint import ComplaintError

LARGEST_FILE = 1_000_000
"""Bytes of one file."""

MOST_VALUES = 100_000
"""Values of one file, those that aliases repeat counted each time."""

Place = tuple[str | int, ...]
"""The way to a value: keys and positions."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``line`` counts from 1; ``key`` is the way to it, such as ``kettle.names``."""

    file: str
    line: int
    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        """As a compiler says it."""
        key = f" {self.key}:" if self.key else ""
        return f"{self.file}:{self.line}:{key} {self.wrong}; {self.remedy}"


class BadWorld(ComplaintError):
    """The operator's files cannot be used. ``problems`` are all that were found, the text is the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = f" (and {len(problems) - 1} more: `recourse world check`)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = tuple(problems)


class Wrong(ValueError):
    """What a check of ours found: what is wrong, and what to do. Pydantic hands it on."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(f"{wrong}; {remedy}")
        self.wrong, self.remedy = wrong, remedy


@dataclass(frozen=True)
class Sheet:
    """One YAML file as it was read, which knows the line of each value."""

    file: str
    content: Any
    plain: Any = None

    def problem(self, place: Place, wrong: str, remedy: str) -> Problem:
        """A problem of the value at ``place``, or of the nearest thing around it that is there."""
        return Problem(self.file, self._line(place), ".".join(map(str, place)), wrong, remedy)

    def as_model(self, model: type[Model]) -> Model:
        """The content, checked. Raises `BadWorld` with everything that is wrong."""
        try:
            return model.model_validate(self.plain)
        except ValidationError as error:
            known = sorted(set(_keys(model)))
            raise BadWorld([self._problem(found, known) for found in error.errors()]) from error

    def _problem(self, found: ErrorDetails, known: Sequence[str]) -> Problem:
        # Pydantic names the branch of a union and the key of a mapping in the way to a value.
        place = tuple(part for part in found["loc"] if part != "[key]" and not str(part).endswith("]"))
        wrong, remedy = _said(found, known)
        return self.problem(place, wrong, remedy)

    def _line(self, place: Place) -> int:
        node, line = self.content, 0
        for part in place:
            try:
                if isinstance(node, CommentedMap):
                    line = node.lc.key(part)[0]
                elif isinstance(node, CommentedSeq) and isinstance(part, int):
                    line = node.lc.item(part)[0]
                else:
                    break
                node = node[part]
            except (KeyError, IndexError, TypeError):
                break
        return line + 1


def read_sheet(path: Path, name: str) -> Sheet:
    """Read a file; nothing in it is an empty mapping. Raises `BadWorld`."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadWorld([Problem(name, 1, "", "the file is larger than a megabyte", "make it smaller")])
        reader = YAML(typ="rt", pure=True)
        reader.Constructor = _Constructor
        content = reader.load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadWorld([Problem(name, 1, "", "this is no UTF-8 text", "save it as UTF-8")]) from error
    except OSError as error:
        said = error.strerror or "it cannot be read"
        raise BadWorld([Problem(name, 1, "", f"cannot be read: {said}", "let this user read it")]) from error
    except MarkedYAMLError as error:
        raise BadWorld([_unreadable(name, error)]) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise BadWorld([Problem(name, 1, "", "this is no YAML", "see docs/world.md")]) from error
    if content is None:
        content = CommentedMap()
    if not isinstance(content, CommentedMap):
        wrong = "keys with their values are expected, as in `key: value`"
        raise BadWorld([Problem(name, 1, "", wrong, "see docs/world.md for an example")])
    try:
        return Sheet(name, content, _plain(content, [MOST_VALUES]))
    except (RecursionError, OverflowError) as error:
        wrong = "anchors and aliases make too much of it, or lead round in a circle"
        raise BadWorld([Problem(name, 1, "", wrong, "write it out without & and *")]) from error


class _Constructor(RoundTripConstructor):
    """Leaves days as they are written: an impossible one is ours to explain, with its line."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def _unreadable(name: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = (error.problem or "this is no YAML").split("\n")[0]
    if "duplicate key" in said:
        key = said.split('"')[1] if '"' in said else ""
        return Problem(name, mark.line + 1 if mark else 1, key, "stands here twice", "keep one of them")
    return Problem(
        name, mark.line + 1 if mark else 1, "", f"this is no YAML: {said}",
        "check the indentation, and put texts with a colon, # or { into quotes",
    )  # fmt: skip


def _plain(node: Any, left: list[int]) -> Any:
    """Plain Python of what ruamel has read. Raises `OverflowError` where that is too much."""
    left[0] -= 1
    if left[0] < 0:
        raise OverflowError
    if isinstance(node, dict):
        return {str(key): _plain(value, left) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, left) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (str, int, float):
        if isinstance(node, kind):
            return kind(node)
    return node


_SAID = {
    "dict_type": ("keys with their values are expected here", "see docs/world.md for an example"),
    "model_type": ("keys with their values are expected here", "see docs/world.md for an example"),
    "list_type": ("a list is expected here", "write `[one, another]`"),
}


def _said(found: ErrorDetails, known: Sequence[str]) -> tuple[str, str]:
    """What is wrong, and the remedy, of one of Pydantic's errors."""
    given, context, key = found.get("input"), found.get("ctx") or {}, str(found["loc"][-1:][0])
    if isinstance(error := context.get("error"), Wrong):
        return error.wrong, error.remedy
    said = str(found["msg"])
    by_type = {
        "extra_forbidden": ("this key is not known here", nearest(key, known)),
        "missing": ("is missing", f"write `{key}: ...`"),
        "enum": (f"{given!r} is none of those that there are", f"use {_expected(context)}"),
        "string_type": (f"{given!r} is no text", "put it into quotes"),
    }
    return {**_SAID, **by_type}.get(found["type"]) or (said[:1].lower() + said[1:], "change it")


def _expected(context: Mapping[str, Any]) -> str:
    return str(context.get("expected", "")).replace("'", "")


def nearest(given: str, known: Sequence[str]) -> str:
    """Which of ``known`` was probably meant."""
    close = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {close[0]!r}?" if close else "remove it, or see docs/world.md"


def _keys(model: Any) -> Iterator[str]:
    """All names of fields of a model and of those within it."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            if name != "root":
                yield field.alias or name
            yield from _keys(field.annotation)
    elif get_origin(model) is not None or isinstance(model, UnionType):
        for part in get_args(model):
            yield from _keys(part)
