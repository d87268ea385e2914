"""The notation of phrases: patterns of words, word classes and gaps, and the lexicon they draw on.

It is for trainers and is used in ``complaints/hazards/<language>/``::

    word            this word; accents, case and apostrophes do not matter
    stem*           a word that begins so; ``*end`` one that ends so; ``*part*`` one that holds it
    =ER             exactly so, capitals included
    <body>          any member of the class ``body``; ``<body|child>`` of either
    (hot|<body>)    one of these; they may be several words
    x?              x or nothing, for each of the above
    ..3             up to three other words, in the same sentence; ``...9`` also beyond its end
    ~3              up to three other words, none of which joins clauses (the class ``stop``)

Each word of a text is looked up once, and what is known of it is kept: texts have many words, a
language has few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from complaints.occurrences import Occurrences, Pattern, Places, Step
from complaints.words import Reading, fold

_PART = re.compile(r"((?:\.{2,3}|~)\d+)|(<[^>]+>|\([^)]*\)|[^\s()<>?]+)(\?)?")
_FORM = re.compile(r"[=*]?[^\W_]+(?:['’][^\W_]+)*\*?|[$%]")
_OR = re.compile(r"\|(?![^<]*>)")
_PREFIXES = ("وبال", "وال", "بال", "فال", "كال", "عال", "هال", "ولل", "لل", "ال", "و", "ب", "ف", "ل", "ك")
_SUFFIXES = ("ها", "هم", "هن", "كم", "نا", "ني", "ه", "ي", "ك")
_SHORTEST = 3  # letters that must be left of a word without its pronoun: "سمك" is fish, and not "your poison"
_LONGEST = 30  # letters of a stem or an end
_REMEMBERED = 50_000  # words; a memory that only ever grows is a leak


_Continuations = dict[tuple[int, ...], list[int]]  # the forms of the words that follow: of which classes


@dataclass(frozen=True, eq=False)
class _Word:
    """What a lexicon knows of one word."""

    forms: frozenset[int]
    classes: tuple[int, ...]  # of which it is a member by itself
    class_bits: int
    seconds: frozenset[int]  # the forms that a word after it may have to make a phrase
    phrases: Mapping[int, _Continuations]  # the phrases that it begins, by the form of the second word


class Lexicon:
    """The words and classes of one language, and the patterns made of them.

    A word of a pattern or of a class is a *form*: an exact word, a stem, an end. A word of a text
    may have several forms, and is a member of every class that lists one of them.
    """

    def __init__(self, classes: Mapping[str, str], *, arabic: bool = False) -> None:
        self._arabic = arabic
        self._definitions = {"stop": [], **{name: _members(text) for name, text in classes.items()}}
        self._class_ids: dict[str, int] = {}
        self._forms: dict[str, int] = {}
        self._exact: dict[str, list[int]] = {}
        self._cased: dict[str, int] = {}
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        self._within: list[tuple[str, int]] = []
        self._begins: dict[int, list[tuple[tuple[int, ...], int]]] = {}
        self._known: dict[str, _Word] = {}
        self._joining = self.class_id("<stop>")

    def compile(self, source: str) -> Pattern:
        """Compile one phrase. Raises ValueError if it is not in the notation."""
        steps: list[Step] = []
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
            steps.append(Step(word_class, gap, reach, bool(optional)))
            needs |= 0 if optional else 1 << word_class
            gap, reach = 0, ".."
        if not steps or steps[0].optional:
            raise ValueError(f"a phrase begins with a word that must be there: {source!r}")
        return Pattern(source, tuple(steps), needs)

    def class_id(self, part: str) -> int:
        """The number of a class, an alternative or a word. Raises ValueError for an unknown class."""
        if part not in self._class_ids:
            members = [[self._form(word) for word in member.split()] for member in self._expand(part)]
            self._class_ids[part] = len(self._class_ids)
            for first, *others in members:
                self._begins.setdefault(first, []).append((tuple(others), self._class_ids[part]))
            self._known.clear()
        return self._class_ids[part]

    def look_up(self, reading: Reading) -> Occurrences:
        """Where each class occurs in ``reading``."""
        known = [self._word(w, r) for w, r in zip(reading.words, reading.raw, strict=True)]
        places: dict[_Word, int] = {}
        for i, word in enumerate(known):
            places[word] = places.get(word, 0) | 1 << i
        present = 0
        alone: dict[int, int] = {}
        for word, bits in places.items():
            present |= word.class_bits
            for word_class in word.classes:
                alone[word_class] = alone.get(word_class, 0) | bits
        longer: dict[int, list[tuple[int, int]]] = {}
        for i, (here, following) in enumerate(pairwise(known)):
            if not following.forms.isdisjoint(here.seconds):
                for end, classes in _phrases_at(i, known):
                    if reading.sentence[end - 1] == reading.sentence[i]:
                        for word_class in classes:
                            present |= 1 << word_class
                            longer.setdefault(word_class, []).append((i, end))
        return Occurrences(Places(reading, alone, longer, present, self._joining))

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
        key = f"={raw}" if raw in self._cased else word
        known = self._known.get(key)
        if known is None:
            forms = self._forms_of(word) | ({self._cased[raw]} if raw in self._cased else set())
            classes: set[int] = set()
            phrases: dict[int, _Continuations] = {}
            for form in forms:
                for others, word_class in self._begins.get(form, ()):
                    if others:
                        phrases.setdefault(others[0], {}).setdefault(others[1:], []).append(word_class)
                    else:
                        classes.add(word_class)
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            bits = sum(1 << word_class for word_class in classes)
            known = _Word(frozenset(forms), tuple(classes), bits, frozenset(phrases), phrases)
            self._known[key] = known
        return known

    def _forms_of(self, word: str) -> set[int]:
        found: set[int] = set()
        for variant in self._variants(word):
            found.update(self._exact.get(variant, ()))
            for n in range(1, min(len(variant), _LONGEST) + 1):
                found.update(self._starts.get(variant[:n], ()))
                found.update(self._ends.get(variant[-n:], ()))
            found.update(form for part, form in self._within if part in variant)
        return found

    def _variants(self, word: str) -> list[str]:
        """A word, and what is left of it without what Arabic writes together with it.

        Before it the article and some prepositions; after it pronouns, before which the feminine
        ending is another letter (شقه, شقتي).
        """
        if not self._arabic:
            return [word]
        parts = [(p, word[len(p) :]) for p in _PREFIXES if word.startswith(p)]
        stems = [word, *(rest for prefix, rest in parts if len(rest) >= (2 if len(prefix) > 1 else 3))]
        bare = [s.removesuffix(p) for s in stems for p in _SUFFIXES if s.endswith(p)]
        owned = [b for b in bare if len(b) >= _SHORTEST]
        return [*stems, *owned, *(b[:-1] + "ه" for b in owned if b.endswith("ت"))]


def _phrases_at(i: int, known: list[_Word]) -> Iterator[tuple[int, list[int]]]:
    """The members of several words that begin with word ``i``: their end and their classes."""
    here, following = known[i], known[i + 1]
    for form in following.forms & here.seconds:
        for others, classes in here.phrases[form].items():
            end = i + 2 + len(others)
            if end <= len(known) and all(other in known[i + 2 + k].forms for k, other in enumerate(others)):
                yield end, classes


def _members(text: str) -> list[str]:
    return [member for member in (" ".join(m.split()) for m in text.split(",")) if member]
