"""Where the word classes of a lexicon occur in a text, and where its patterns match.

The places of a class are the bits of one integer: bit 7 is the text's eighth word. So the gaps of a
pattern are shifts and its parts are ANDs over the whole text at once, from its last part back to its
first; only where that leaves a beginning is a match put together word by word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from complaints.words import Reading


@dataclass(frozen=True)
class Step:
    """One part of a pattern: a class, and how far after the part before it may stand."""

    word_class: int
    gap: int
    reach: str  # how far the gap may go: "~" within the clause, ".." within the sentence, "..." beyond
    optional: bool


@dataclass(frozen=True)
class Pattern:
    """One compiled phrase. ``needs`` are the classes without which it cannot occur, as bits."""

    source: str
    steps: tuple[Step, ...]
    needs: int


@dataclass(frozen=True)
class Match:
    """Where a pattern was found: from word ``start`` up to ``end``, and the words its parts took."""

    start: int
    end: int
    taken: frozenset[int]


@dataclass(frozen=True)
class Places:
    """Where in a reading the classes have members.

    ``alone``: for each class the words that are members by themselves, as bits; ``longer``: its
    members of several words, as first word and end; ``present``: the classes in either, as bits;
    ``joining``: the class of the words that join clauses.
    """

    reading: Reading
    alone: dict[int, int]
    longer: dict[int, list[tuple[int, int]]]
    present: int
    joining: int


class Occurrences:
    """The places of a reading, in so far as their words are ``alive`` (bits)."""

    def __init__(self, places: Places, alive: int = -1) -> None:
        self.reading = places.reading
        self._places = places
        self._alive = alive
        self._joints = self._bits(places.joining)

    def without(self, dead: frozenset[int]) -> Occurrences:
        """The same, as if the words ``dead`` said nothing."""
        return Occurrences(self._places, self._alive & ~sum(1 << i for i in dead)) if dead else self

    def words_of(self, word_class: int) -> frozenset[int]:
        """Every word that is part of a member of this class."""
        return frozenset(_ones(self._bits(word_class)))

    def has(self, word_class: int) -> bool:
        """Whether any member of this class occurs."""
        return bool(self._bits(word_class))

    def find(self, pattern: Pattern) -> Iterator[Match]:
        """Every place where ``pattern`` begins, with the first match from there."""
        if pattern.needs & ~self._places.present:
            return
        steps = pattern.steps
        beginnings, befores = self._paths(steps)
        for start in _ones(beginnings[0]):
            taken: set[int] = set()
            place = start
            for k, step in enumerate(steps):
                if k:
                    following = self._next(step, place, beginnings[k])
                    if following is None:
                        continue  # an optional part that is not there
                    place = following
                end = next(e for e in self._ends(step.word_class, place) if befores[k + 1] >> e & 1)
                taken.update(range(place, end))
                place = end
            yield Match(start, max(taken) + 1, frozenset(taken))

    def _paths(self, steps: Sequence[Step]) -> tuple[list[int], list[int]]:
        """For each step the words where it may begin if all steps from it on are to be met, as bits.

        And, likewise, the words before which the part before it may end.
        """
        beginnings = [0] * len(steps)
        befores = [*beginnings, -1]  # after the last step anything may follow
        for k in range(len(steps) - 1, -1, -1):
            step, after = steps[k], befores[k + 1]
            found = self._places.alone.get(step.word_class, 0) & self._alive & after >> 1
            for start, end in self._members(step.word_class):
                if after >> end & 1:
                    found |= 1 << start
            beginnings[k] = found
            befores[k] = self._before(found, step) | (after if step.optional else 0)
            if not befores[k]:
                break
        return beginnings, befores

    def _before(self, places: int, step: Step) -> int:
        """The words from which the gap of ``step`` leads to one of ``places``."""
        free = -1 if step.reach == "..." else ~self.reading.begins
        passable = free & ~self._joints if step.reach == "~" else free
        here = found = places & free
        for _ in range(step.gap):
            here = here >> 1 & passable
            found |= here
        return found

    def _next(self, step: Step, place: int, beginnings: int) -> int | None:
        """The first of ``beginnings`` that ``step`` reaches from ``place``."""
        for i in range(place, place + step.gap + 1):
            if step.reach != "..." and self.reading.begins >> i & 1:
                break
            if beginnings >> i & 1:
                return i
            if step.reach == "~" and self._joints >> i & 1:
                break
        return None

    def _ends(self, word_class: int, start: int) -> Iterator[int]:
        if self._places.alone.get(word_class, 0) & self._alive & 1 << start:
            yield start + 1
        for first, end in self._members(word_class):
            if first == start:
                yield end

    def _members(self, word_class: int) -> Sequence[tuple[int, int]]:
        """The members of several words."""
        members = self._places.longer.get(word_class, ())
        if members and self._alive != -1:
            return [m for m in members if not _bits_of(*m) & ~self._alive]
        return members

    def _bits(self, word_class: int) -> int:
        bits = self._places.alone.get(word_class, 0) & self._alive
        for start, end in self._members(word_class):
            bits |= _bits_of(start, end)
        return bits


def _bits_of(start: int, end: int) -> int:
    return (1 << end) - (1 << start)


def _ones(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
