"""A CSV file as rows of cells: its encoding, its separator, its heading; one row at a time."""

from __future__ import annotations

import codecs
import csv
import difflib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.importing.columns import BY_NAME, COLUMNS
from bot.importing.mapping import FileMapping
from bot.importing.problems import ImportRefused, Problem

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_CELL = 1_000_000
_AT_ONCE = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FALLBACK = "cp1252"


@dataclass(frozen=True)
class Layout:
    """How a file is to be read. ``places`` has the place of each of our columns, ``unused`` theirs."""

    encoding: str
    separator: str
    width: int
    places: dict[str, int]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """The cells of one row, by our names; empty ones are left out."""

    row: int
    cells: dict[str, str]


def layout(file: Path, mapping: FileMapping, encoding: str | None, separator: str | None) -> Layout:
    """Find out how ``file`` is written. Raises `ImportRefused`."""
    try:
        written = encoding or mapping.encoding or _encoding(file)
        codecs.lookup(written)
    except LookupError as error:
        raise ImportRefused(f"{written}: no such encoding; utf-8 and windows-1252 are usual") from error
    except OSError as error:
        raise ImportRefused(f"{file} cannot be read: {error.strerror}") from error
    theirs = {mapping.columns.get(name, name).strip().casefold(): name for name in BY_NAME}
    told = separator or mapping.separator
    tried = [("\t" if told == "\\t" else told)] if told else list(_SEPARATORS)
    headings = {sign: _heading(file, written, sign) for sign in tried}
    best = max(tried, key=lambda sign: sum(_plain(name) in theirs for name in headings[sign]))
    heading = [_plain(name) for name in headings[best]]
    places: dict[str, int] = {}
    for place, name in enumerate(heading):
        if name in theirs:
            if theirs[name] in places:
                raise ImportRefused(f"the heading has {headings[best][place].strip()} twice: rename one")
            places[theirs[name]] = place
    given = {*places, *mapping.always}
    missing = [column.name for column in COLUMNS if column.required and column.name not in given]
    if missing:
        raise ImportRefused(_missing(missing, headings[best]))
    unused = tuple(name.strip() for name in headings[best] if _plain(name) not in theirs and name.strip())
    return Layout(written, best, len(heading), places, unused)


def rows(file: Path, how: Layout) -> Iterator[Cells | Problem]:
    """The rows below the heading; a broken one is told of. Raises `ImportRefused` for another encoding."""
    lines = _records(file, how.encoding, how.separator)
    row = 1
    with closing(lines):
        next(lines, None)  # the heading
        for record in lines:
            row += 1
            if isinstance(record, str):
                yield Problem(row, "", record, "look at the quotation marks of this row")
                continue
            if not any(cell.strip() for cell in record):
                continue
            if len(record) != how.width:
                yield Problem(
                    row, "", f"{len(record)} cells, where the heading has {how.width}",
                    "put texts that hold the separator or a line's end in quotation marks",
                )  # fmt: skip
                continue
            given = {name: record[place].strip() for name, place in how.places.items()}
            yield Cells(row, {name: _without_apostrophe(cell) for name, cell in given.items() if cell})


def _encoding(file: Path) -> str:
    """UTF-8 if all of it is; otherwise Windows-1252, which spreadsheets in the West write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as stream:
        start = stream.read(_AT_ONCE)
        for bom, name in _BOMS:
            if start.startswith(bom):
                return name
        try:
            decoder.decode(start)
            while more := stream.read(_AT_ONCE):
                decoder.decode(more)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _FALLBACK
    return "utf-8"


def opened(file: Path, encoding: str, mode: str = "r") -> IO[str]:
    """The file as text, line ends as they are. Raises `ImportRefused`."""
    try:
        return file.open(mode, encoding=encoding, newline="")
    except (OSError, LookupError) as error:
        raise ImportRefused(f"{file} cannot be opened: {error}") from error


def _records(file: Path, encoding: str, separator: str) -> Generator[list[str] | str, None, None]:
    """Heading and rows; a row that is no CSV as the reason why."""
    csv.field_size_limit(_LONGEST_CELL)
    if len(separator) != 1:
        raise ImportRefused("--separator: one character, such as ; or a tab")
    with opened(file, encoding) as stream:
        try:
            first = stream.readline()
            if not first.lower().startswith("sep="):  # Excel's own line
                stream.seek(0)
            reader = csv.reader(stream, delimiter=separator, strict=True)
            while True:
                try:
                    yield next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield f"no CSV: {error}"
        except UnicodeError as error:
            raise ImportRefused(f"{file} is not {encoding}: say which with --encoding") from error


def _heading(file: Path, encoding: str, separator: str) -> list[str]:
    lines = _records(file, encoding, separator)
    with closing(lines):
        first = next(lines, None)
    if first is None:
        raise ImportRefused(f"{file} is empty")
    return [first] if isinstance(first, str) else first


def _plain(name: str) -> str:
    return name.strip().strip("\ufeff").casefold()


def _missing(missing: Sequence[str], heading: Sequence[str]) -> str:
    told = []
    for name in missing:
        close = difflib.get_close_matches(name, [_plain(one) for one in heading], 1)
        told.append(f"{name} (is it {close[0]!r}?)" if close else name)
    return (
        f"the heading lacks {', '.join(told)}: rename columns, or say what yours are called with --mapping; "
        f"it has {', '.join(one.strip() for one in heading)[:300]}"
    )


def _without_apostrophe(cell: str) -> str:
    """What our own export puts before a formula's sign (`handoff.rest.export_rows`)."""
    return cell[1:] if cell.startswith(("'=", "'+", "'-", "'@")) else cell
