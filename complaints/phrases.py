"""Finds phrases in a text: patterns of words, word classes and gaps, fast enough for every message.

The notation is for trainers and is used in ``complaints/hazards/<language>.yml``::

    word            this word; accents, case and apostrophes do not matter
    stem*           a word that begins so; ``*end`` one that ends so; ``*part*`` one that holds it
    =ER             exactly so, capitals included
    <body>          any member of the class ``body``; ``<body|child>`` of either
    (hot|<body>)    one of these; they may be several words
    x?              x or nothing, for each of the above
    ..3             up to three other words, in the same sentence; ``...9`` also beyond its end
    ~3              up to three other words, none of which joins clauses (the class ``stop``)

A text is split into words once; each word is looked up once; a pattern is only tried where its
first part occurs, and not at all unless all its parts do. Offsets lead back into the text as it
was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:['’`´][^\W_]+)*|[.!?…;]+(?=\s|$)|\n\s*\n|[。؟¡¿•|]|\$|%|[,،:()–—]")
_WORD_SPLIT = re.compile(r"[^\W_]+['’`´]?|[.!?…;]+(?=\s|$)|\n\s*\n|[。؟¡¿•|]|\$|%|[,،:()–—]")
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
_PART = re.compile(r"((?:\.{2,3}|~)\d+)|(<[^>]+>|\([^)]*\)|[^\s()<>?]+)(\?)?")
_COMMAS = frozenset(",،:()–—")
_FORM = re.compile(r"[=*]?[^\W_]+(?:['’][^\W_]+)*\*?|[$%]")
_OR = re.compile(r"\|(?![^<]*>)")
_ARABIC = str.maketrans("أإآٱىةؤئ", "اااايهوي", "ـًٌٍَُِّْٰ")
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d"})
_PREFIXES = ("وبال", "وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ف", "ل", "ك")


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """``word`` without case, accents, apostrophes and drawn-out letters: how words are compared."""
    plain = unicodedata.normalize("NFKD", word.lower().translate(_LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’`´")
    plain = plain.translate(_ARABIC)
    return re.sub(r"(.)\1{2,}", r"\1\1", plain)


@dataclass(frozen=True)
class Reading:
    """A text as words, with the number of each one's sentence, and of its part between two commas.

    ``place`` is where a word stands in ``text``.
    """

    text: str
    raw: list[str]
    words: list[str]
    sentence: list[int]
    phrase: list[int]
    place: list[tuple[int, int]]

    def quote(self, start: int, end: int) -> str:
        """The words from ``start`` up to ``end`` as they were written."""
        return self.text[self.place[start][0] : self.place[end - 1][1]]


def read(text: str, *, split_apostrophes: bool = False) -> Reading:
    """Split ``text`` into words and sentences. ``l'eau`` is two words if apostrophes split."""
    reading = Reading(text, [], [], [], [], [])
    sentence = phrase = 0
    for match in (_WORD_SPLIT if split_apostrophes else _WORD).finditer(text):
        raw = match[0]
        if not (raw[0].isalnum() or raw in "$%"):
            phrase += 1
            abbreviated = raw == "." and reading.words and reading.words[-1] in _ABBREVIATIONS
            sentence += not abbreviated and raw not in _COMMAS
            continue
        reading.raw.append(raw)
        reading.words.append(fold(raw))
        reading.sentence.append(sentence)
        reading.phrase.append(phrase)
        reading.place.append(match.span())
    return reading


@dataclass(frozen=True)
class _Step:
    word_class: int
    gap: int
    reach: str  # how far the gap may go: "~" within the clause, ".." within the sentence, "..." beyond
    optional: bool


@dataclass(frozen=True)
class Pattern:
    """One compiled phrase. ``needs`` are the classes without which it cannot occur, as bits."""

    source: str
    steps: tuple[_Step, ...]
    needs: int


@dataclass(frozen=True)
class Match:
    """Where a pattern was found: from word ``start`` up to ``end``, and the words its parts took."""

    start: int
    end: int
    taken: frozenset[int]


@dataclass(frozen=True)
class _Word:
    """What a lexicon knows of one word."""

    forms: frozenset[int]
    classes: int  # of which it is a member by itself, as bits
    phrases: Mapping[int, list[tuple[tuple[int, ...], int]]]  # that it begins: by the second word's form


class Lexicon:
    """The words and classes of one language, and the patterns made of them."""

    def __init__(self, classes: Mapping[str, str], *, arabic: bool = False) -> None:
        self._arabic = arabic
        self._definitions = {name: _members(text) for name, text in classes.items()}
        self._class_ids: dict[str, int] = {}
        self._forms: dict[str, int] = {}
        self._exact: dict[str, list[int]] = {}
        self._cased: dict[str, int] = {}
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        self._within: list[tuple[str, int]] = []
        self._begins: dict[int, list[tuple[tuple[int, ...], int]]] = {}
        self._known: dict[str, _Word] = {}

    def compile(self, source: str) -> Pattern:
        """Compile one phrase. Raises ValueError if it is not in the notation."""
        steps: list[_Step] = []
        gap, reach = 0, ".."
        needs = 0
        rest = _PART.sub("", source).strip()
        if rest:
            raise ValueError(f"cannot read {rest!r} in {source!r}")
        for found in _PART.finditer(source):
            jump, part, optional = found.groups()
            if jump:
                gap, reach = int(jump.lstrip(".~")), jump.rstrip("0123456789")
                continue
            word_class = self.class_id(part)
            steps.append(_Step(word_class, gap, reach, bool(optional)))
            needs |= 0 if optional else 1 << word_class
            gap, reach = 0, ".."
        if not steps or steps[0].optional:
            raise ValueError(f"a phrase begins with a word that must be there: {source!r}")
        return Pattern(source, tuple(steps), needs)

    def class_id(self, part: str) -> int:
        """The number of a class, an alternative or a word. Raises ValueError for an unknown class."""
        if part not in self._class_ids:
            self._class_ids[part] = len(self._class_ids)
            for member in self._expand(part):
                first, *others = (self._form(word) for word in member.split())
                self._begins.setdefault(first, []).append((tuple(others), self._class_ids[part]))
            self._known.clear()
        return self._class_ids[part]

    def look_up(self, reading: Reading) -> Occurrences:
        """Where each class occurs in ``reading``."""
        known = [self._word(w, r) for w, r in zip(reading.words, reading.raw, strict=True)]
        masks = [word.classes for word in known]
        longer: dict[int, dict[int, list[int]]] = {}
        for i, (here, following) in enumerate(pairwise(known)):
            if not here.phrases:
                continue
            for form in here.phrases.keys() & following.forms:
                for others, word_class in here.phrases[form]:
                    end = i + 2 + len(others)
                    if end > len(known) or reading.sentence[end - 1] != reading.sentence[i]:
                        continue
                    if all(other in known[i + 2 + k].forms for k, other in enumerate(others)):
                        longer.setdefault(word_class, {}).setdefault(i, []).append(end)
        found = Occurrences(reading, masks, longer)
        return found.joined_by(self.class_id("<stop>")) if "stop" in self._definitions else found

    def _expand(self, part: str) -> Iterable[str]:
        if part.startswith("("):
            members = [m.strip() for m in _OR.split(part[1:-1])]
            return [word for m in members for word in (self._expand(m) if m.startswith("<") else [m])]
        if not part.startswith("<"):
            return [part]
        members = []
        for name in part[1:-1].split("|"):
            if name not in self._definitions:
                raise ValueError(f"no class {name!r}")
            for member in self._definitions[name]:
                members += self._expand(member) if member.startswith("<") else [member]
        return members

    def _form(self, word: str) -> int:
        if word in self._forms:
            return self._forms[word]
        if not _FORM.fullmatch(word):
            raise ValueError(f"not one word: {word!r}")
        form = self._forms[word] = len(self._forms)
        bare = fold(word.strip("*"))
        if word.startswith("="):
            self._cased[word[1:]] = form
        elif word.startswith("*") and word.endswith("*"):
            self._within.append((bare, form))
        elif word.startswith("*"):
            self._ends.setdefault(bare, []).append(form)
        elif word.endswith("*"):
            self._starts.setdefault(bare, []).append(form)
        else:
            self._exact.setdefault(bare, []).append(form)
        return form

    def _word(self, word: str, raw: str) -> _Word:
        """What the lexicon knows of a word; ``raw`` as it was written, for words that mind their case."""
        key = raw if raw in self._cased else word
        known = self._known.get(key)
        if known is None:
            forms = self._forms_of(word) | ({self._cased[raw]} if raw in self._cased else set())
            classes = 0
            phrases: dict[int, list[tuple[tuple[int, ...], int]]] = {}
            for form in forms:
                for others, word_class in self._begins.get(form, ()):
                    if others:
                        phrases.setdefault(others[0], []).append((others[1:], word_class))
                    else:
                        classes |= 1 << word_class
            if len(self._known) > 50_000:  # a memory that only ever grows is a leak
                self._known.clear()
            known = self._known[key] = _Word(frozenset(forms), classes, phrases)
        return known

    def _forms_of(self, word: str) -> set[int]:
        found: set[int] = set()
        for variant in self._variants(word):
            found.update(self._exact.get(variant, ()))
            for n in range(1, len(variant) + 1):
                found.update(self._starts.get(variant[:n], ()))
                found.update(self._ends.get(variant[-n:], ()))
            found.update(form for part, form in self._within if part in variant)
        return found

    def _variants(self, word: str) -> list[str]:
        """Arabic writes the article and some prepositions as part of the next word."""
        if not self._arabic:
            return [word]
        return [word, *(word[len(p) :] for p in _PREFIXES if word.startswith(p) and len(word) - len(p) > 2)]


class Occurrences:
    """A reading with the places of all classes: what patterns are matched against."""

    def __init__(
        self,
        reading: Reading,
        masks: list[int],
        longer: dict[int, dict[int, list[int]]],
        joints: frozenset[int] = frozenset(),
    ) -> None:
        self.reading = reading
        self._masks = masks  # for each word the classes that it alone is a member of, as bits
        self._longer = longer  # class -> first word -> ends, for members of several words
        self._joints = joints
        self._alike: dict[int, list[int]] = {}  # words of the same classes: many words, few kinds
        for i, mask in enumerate(masks):
            if mask:
                self._alike.setdefault(mask, []).append(i)
        self._present = 0
        for mask in self._alike:
            self._present |= mask
        for word_class in longer:
            self._present |= 1 << word_class

    def joined_by(self, word_class: int) -> Occurrences:
        """The same, with the members of ``word_class`` as the words that join clauses."""
        return Occurrences(self.reading, self._masks, self._longer, self.words_of(word_class))

    def without(self, dead: frozenset[int]) -> Occurrences:
        """The same, as if the words ``dead`` said nothing."""
        if not dead:
            return self
        masks = [0 if i in dead else mask for i, mask in enumerate(self._masks)]
        longer: dict[int, dict[int, list[int]]] = {}
        for word_class, places in self._longer.items():
            for i, ends in places.items():
                alive = [end for end in ends if dead.isdisjoint(range(i, end))]
                if alive:
                    longer.setdefault(word_class, {})[i] = alive
        return Occurrences(self.reading, masks, longer, self._joints)

    def words_of(self, word_class: int) -> frozenset[int]:
        """Every word that is part of a member of this class."""
        return frozenset(
            w for i in self._starts(word_class) for e in self._ends(word_class, i) for w in range(i, e)
        )

    def has(self, word_class: int) -> bool:
        """Whether any member of this class occurs."""
        return bool(self._present >> word_class & 1)

    def find(self, pattern: Pattern) -> Iterable[Match]:
        """Every place where ``pattern`` begins, with the shortest match from there."""
        if pattern.needs & ~self._present:
            return
        first, *others = pattern.steps
        for start in self._starts(first.word_class):
            for end in self._ends(first.word_class, start):
                taken = self._rest(others, end)
                if taken is not None:
                    words = frozenset(range(start, end)).union(*(range(a, b) for a, b in taken))
                    yield Match(start, max(words) + 1, words)
                    break

    def _starts(self, word_class: int) -> list[int]:
        bit = 1 << word_class
        alone = [i for mask, words in self._alike.items() if mask & bit for i in words]
        return sorted({*alone, *self._longer.get(word_class, ())})

    def _ends(self, word_class: int, start: int) -> list[int]:
        longer = self._longer.get(word_class)
        ends = longer.get(start, []) if longer else []
        return [start + 1, *ends] if self._masks[start] >> word_class & 1 else ends

    def _rest(self, steps: list[_Step], after: int) -> list[tuple[int, int]] | None:
        if not steps:
            return []
        step, others = steps[0], steps[1:]
        if self.has(step.word_class):
            sentence = self.reading.sentence
            for i in range(after, min(after + step.gap + 1, len(sentence))):
                if step.reach != "..." and sentence[i] != sentence[after - 1]:
                    break
                for end in self._ends(step.word_class, i):
                    rest = self._rest(others, end)
                    if rest is not None:
                        return [(i, end), *rest]
                if step.reach == "~" and i in self._joints:
                    break
        return self._rest(others, after) if step.optional else None


def _members(text: str) -> list[str]:
    return [member for member in (" ".join(m.split()) for m in text.split(",")) if member]
