"""The rows of a backlog, from CSV or JSON lines, one at a time. A broken one is told of, and skipped."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

LONGEST = 100_000
"""Characters of a text. A letter of fifty pages has as many; what is longer is no message."""

_LONGEST_FIELD = 16_000_000  # characters that the CSV reader takes before it gives a field up
_SEPARATORS = ",;\t"


class UnreadableFile(Exception):
    """The whole file cannot be what it should be. The text is one line for the operator."""


@dataclass(frozen=True)
class Row:
    """A message of the backlog, with the id it is known by there."""

    id: str | int
    text: str


@dataclass(frozen=True)
class Broken:
    """A row that is skipped. ``place`` is the line it ends on, ``why`` never quotes the customer."""

    place: int
    why: str


def read(lines: IO[str], *, name: str) -> Iterator[Row | Broken]:
    """The rows of a file opened with ``surrogateescape`` and ``newline=""``.

    JSON lines if ``name`` ends so or the first line begins an object; else CSV with a header. Raises
    `UnreadableFile` if there is no row with the columns ``id`` and ``text``.
    """
    first = _first_line(lines)
    if name.endswith((".jsonl", ".ndjson")) or first.lstrip("\ufeff \t").startswith("{"):
        return _json_rows(_again(first, lines))
    return _csv_rows(first, _again(first, lines))


def _first_line(lines: IO[str]) -> str:
    for line in lines:
        if line.strip("\ufeff \t\r\n"):
            return line
    raise UnreadableFile("there is nothing in it")


def _again(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first.removeprefix("\ufeff")
    yield from rest


def _json_rows(lines: Iterator[str]) -> Iterator[Row | Broken]:
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            yield Broken(place, "no JSON")
            continue
        yield _row(place, data) if isinstance(data, dict) else Broken(place, "no JSON object")


def _csv_rows(header: str, lines: Iterator[str]) -> Iterator[Row | Broken]:
    csv.field_size_limit(_LONGEST_FIELD)
    separator = max(_SEPARATORS, key=header.count)
    reader = csv.DictReader(lines, delimiter=separator)
    columns = reader.fieldnames or ()
    if not {"id", "text"} <= set(columns):
        raise UnreadableFile("it is neither JSON lines nor a CSV file with the columns id and text")
    return _csv_body(reader)


def _csv_body(reader: csv.DictReader[str]) -> Iterator[Row | Broken]:
    while True:
        try:
            data = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Broken(reader.reader.line_num, "no CSV")
            continue
        yield _row(reader.line_num, data)


def _row(place: int, data: dict[str, Any]) -> Row | Broken:
    name, text = data.get("id"), data.get("text")
    why = _wrong_id(name) or _wrong_text(text)
    if why or isinstance(name, bool) or not isinstance(name, str | int) or not isinstance(text, str):
        return Broken(place, why or "no id")
    return Row(name, text)


def _wrong_id(name: object) -> str | None:
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        return "no id"
    return _not_text(str(name))


def _wrong_text(text: object) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return "no text"
    if len(text) > LONGEST:
        return f"a text of {len(text):,} characters; {LONGEST:,} are read"
    return _not_text(text)


def _not_text(value: str) -> str | None:
    if "\0" in value:
        return "a NUL character"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "bytes that are not UTF-8"
    return None
