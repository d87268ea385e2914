"""The answer as a letter: composed from a template in the customer's language.

``letters/<language>/<decision>.txt`` is plain text that the operator may change. `FIELDS` are its
placeholders, and nothing else is one: no attribute, no index, no format, so that a template can reach
nothing but these texts. A line whose placeholder has nothing to say is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter

from complaints.complaint import ComplaintError, Decision
from complaints.texts import spoken

_FOLDER = Path(__file__).with_suffix("")
FIELDS = ("reference", "name", "found", "remedy", "cost", "by", "answer_by", "outside")
"""Reference; customer's name; what was found; remedy, what it costs, the day by which it is carried out;
the day until which we wait for an answer; the body outside the organisation to turn to."""


class BadTemplate(ComplaintError):
    """A template that cannot be used; the text names file and remedy."""


def compose(language: str, decision: Decision, values: Mapping[str, str]) -> str:
    """The letter of ``decision`` in ``language``, or in English where there is no template.

    Raises `BadTemplate`.

    ``values`` are ready to be read, by the names of `FIELDS`; what is empty is left out with its line.
    """
    lines = [
        line.format_map(values)
        for line in template(language, decision).splitlines()
        if all(values.get(name) for name in _names(line))
    ]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text[:1].upper() + text[1:]


def template(language: str, decision: Decision) -> str:
    """The text of a template, checked. Raises `BadTemplate`."""
    file = _FOLDER / spoken(language) / f"{decision}.txt"
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise BadTemplate(f"{file} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=256)
def _read(file: Path, changed: int) -> str:
    """``changed`` makes a file that was edited be read anew."""
    del changed
    text = file.read_text(encoding="utf-8")
    try:
        parts = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise BadTemplate(f"{file}: a brace without its partner ({error})") from error
    for _, name, form, conversion in parts:
        if name not in FIELDS or form or conversion:
            raise BadTemplate(f"{file}: {{{name}}} is no placeholder; there are {', '.join(FIELDS)}")
    for needed in ("reference", "found"):
        if needed not in {name for _, name, _, _ in parts}:
            raise BadTemplate(f"{file}: {{{needed}}} is missing: no answer goes without it")
    return text


def _names(line: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(line) if name]
