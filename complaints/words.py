"""A text as words: how every message is read before anything is looked for in it.

Words are compared by their folded form (no case, accents, apostrophes or drawn-out letters);
offsets lead back into the text as it was written. Sentences and the parts between commas are
numbered, for what may reach how far.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_MARKS = r"[.!?…;]+(?=\s|$)|\n\s*\n|[。؟¡¿•|]|\$|%|[,،:()–—]"
_WORD = re.compile(rf"[^\W_]+(?:['’`´][^\W_]+)*|{_MARKS}")
_WORD_SPLIT = re.compile(rf"[^\W_]+['’`´]?|{_MARKS}")
_COMMAS = frozenset(",،:()–—")
_MARKING = _COMMAS | frozenset(".!?…;\n。؟¡¿•|")
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "st",
        "vs",
        "etc",
        "eg",
        "ie",
        "nr",
        "ltd",
        "sr",
        "sra",
        "dra",
        "av",
        "bzw",
        "usw",
    ]
)
_ARABIC = str.maketrans("أإآٱىةؤئ٠١٢٣٤٥٦٧٨٩", "اااايهوي0123456789", "ءـًٌٍَُِّْٰ")
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ñ": "ny"})
_DRAWN_OUT = re.compile(r"(.)\1{2,}")


def fold(word: str) -> str:
    """``word`` without case, accents, apostrophes and drawn-out letters: how words are compared."""
    return _remembered(word) if len(word) <= _USUAL_LENGTH else _folded(word)


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower().translate(_LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’`´")
    return _DRAWN_OUT.sub(r"\1\1", plain.translate(_ARABIC))


_remembered = lru_cache(maxsize=50_000)(_folded)
_USUAL_LENGTH = 40  # of longer ones, as many as are remembered would take a gigabyte


@dataclass(frozen=True)
class Reading:
    """A text as words.

    ``sentence`` and ``phrase`` number each word's sentence and its part between two commas;
    ``begins`` has a bit for each word that begins a sentence; ``place`` is where a word stands in
    ``text``, ``raw`` how it is written there.
    """

    text: str
    raw: list[str]
    words: list[str]
    sentence: list[int]
    phrase: list[int]
    place: list[tuple[int, int]]
    begins: int

    def quote(self, start: int, end: int) -> str:
        """The words from ``start`` up to ``end`` as they were written."""
        return self.text[self.place[start][0] : self.place[end - 1][1]]


def read(text: str, *, split_apostrophes: bool = False) -> Reading:
    """Split ``text`` into words and sentences. ``l'eau`` is two words if apostrophes split."""
    raw: list[str] = []
    words: list[str] = []
    sentences: list[int] = []
    phrases: list[int] = []
    places: list[tuple[int, int]] = []
    sentence = phrase = begins = 0
    new = True
    for found in (_WORD_SPLIT if split_apostrophes else _WORD).finditer(text):
        part = found[0]
        if part[0] in _MARKING:
            phrase += 1
            ends = part not in _COMMAS and not (part == "." and words and words[-1] in _ABBREVIATIONS)
            new = new or ends
            continue
        if new:
            begins |= 1 << len(raw)
            sentence += 1
            new = False
        raw.append(part)
        words.append(fold(part))
        sentences.append(sentence)
        phrases.append(phrase)
        places.append(found.span())
    return Reading(text, raw, words, sentences, phrases, places, begins)
