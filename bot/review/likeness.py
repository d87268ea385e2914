"""Whether two messages say the same: to show a question once, and to learn nothing twice."""

from __future__ import annotations

import re

from actions.lexicon import plain

_MARKED = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_NEAR = 0.8
"""Of the triples of characters that two texts have between them, how many both must have."""


def likeness(text: str) -> str:
    """What ``text`` has in common with others that say the same.

    Without marks of entities, accents, upper case and punctuation, and with all digits alike.
    """
    bare = plain(_MARKED.sub(r"\1", text)).casefold()
    return " ".join(re.sub(r"\d", "0", word) for word in re.findall(r"\w+", bare))


def near(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of `triples` are of nearly the same text (Jaccard's index)."""
    smaller, larger = sorted((len(one), len(other)))
    if smaller < _NEAR * larger or not smaller:
        return False
    both = len(one & other)
    return both >= _NEAR * (smaller + larger - both)


def triples(like: str) -> frozenset[str]:
    """The triples of characters of a text's `likeness`."""
    padded = f" {like} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))
