"""Anybody's text, made fit for paper: nothing of it is lost, nothing of it moves what stands around it.

What cannot be seen is shown by its number (control characters, direction overrides), a word that is
wider than a page may be broken, and each line says in which direction it runs.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 40
"""Characters of a word that need no place to be broken at: such a word fits into any column."""

_STEP = 24
_BREAK = "\u200b"
_LONG = re.compile(rf"\S{{{LONGEST + 1},}}")
# Embeddings and overrides turn around what follows them (Unicode, UAX 9): on paper they would only deceive.
_TURNING = {chr(c) for c in range(0x202A, 0x202F)}
# Isolates only set apart what they enclose, as our own texts do with names; left open, they do not.
_ISOLATES, _END = {"\u2066", "\u2067", "\u2068"}, "\u2069"
_JOINING = {"\u200d", "\ufe0e", "\ufe0f"}

Line = tuple[str, str]
"""A direction, ``l`` or ``r``, and the line."""


def lines(text: str) -> list[Line]:
    """The lines of a text, each with its own direction: that of its first letter (UAX 9, P2)."""
    found = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return [(direction(line), shown(line)) for line in found.split("\n")]


def shown(line: str) -> str:
    """One line as it is printed."""
    hidden = _TURNING if _closed(line) else _TURNING | _ISOLATES | {_END}
    return _LONG.sub(_breakable, "".join(_visible(character, hidden) for character in line))


def direction(line: str) -> str:
    """In which direction a line runs: ``r`` if its first letter is Arabic, Hebrew or the like."""
    for character in line:
        match unicodedata.bidirectional(character):
            case "L":
                return "l"
            case "R" | "AL":
                return "r"
    return "l"


def _closed(line: str) -> bool:
    """Whether every isolate of a line ends in it."""
    depth = 0
    for character in line:
        depth += (character in _ISOLATES) - (character == _END)
        if depth < 0:
            return False
    return depth == 0


def _visible(character: str, turning: set[str]) -> str:
    number = ord(character)
    if character == "\t":
        return "    "
    if (
        character in turning
        or unicodedata.category(character) in {"Cc", "Cs", "Co"}
        or number & 0xFFFE == 0xFFFE
    ):
        return f"‹U+{number:04X}›"
    return character


def _breakable(found: re.Match[str]) -> str:
    """A long word with places where it may be broken, none of them inside a character."""
    word, parts, at = found[0], [], 0
    while at < len(word):
        end = at + _STEP
        while end < len(word) and (
            unicodedata.combining(word[end])
            or word[end] in _JOINING
            or word[end - 1] in _JOINING
            or 0x1F3FB <= ord(word[end]) <= 0x1F3FF
        ):
            end += 1
        parts.append(word[at:end])
        at = end
    return _BREAK.join(parts)
