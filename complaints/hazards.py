"""Hazard rules: what in a message means danger to people, their rights or their money.

The rules are data, one folder per language (``complaints/hazards/<language>/``), written by trainers
in the notation of `complaints.phrases`: ``words.yml`` names classes of words, ``figures.yml`` figures of
speech, and the other files hold the rules, by what they are about. This file gives them their sense:

- **figures** of speech ("you're killing me") are taken out of the text first, unless a rule is
  ``literal``: "they cut off the power" is a figure for injuries, not for who needs the power;
- a match is weaker if it is **denied** ("nobody was hurt"), only **possible** ("could have burned
  him") or **hearsay** ("I read about people who..."): what would be critical is then high, for a
  danger that nobody met is still a danger; what would be high is dropped when denied;
  A rule may say what leaves nothing of it (``dropped``): smoke that did not come out of the oven;
- ``unless`` names phrases that take a rule's match back, ``with`` and ``without`` what else the
  text must, or must not, talk about.

Rules only ever raise a severity. They are pure, and fast enough to run on every message.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from complaints.complaint import Severity
from complaints.occurrences import Match, Occurrences, Pattern
from complaints.phrases import Lexicon
from complaints.words import read

_DATA = Path(__file__).with_name("hazards")
_READ_AT_MOST = 30_000  # characters: 5,000 words; hostile length must not cost seconds

_DENIED_WITHIN = 4  # words between "not" and what it denies
_POSSIBLE_WITHIN = 6
_HEARSAY_WITHIN = 12


@dataclass(frozen=True)
class Finding:
    """One rule that spoke: what it found, in which words, and whether it was taken down and why."""

    rule: str
    kind: str
    severity: Severity
    words: str
    danger_to_life: bool
    weakened: str = ""  # "denied", "possible" or "hearsay"


@dataclass(frozen=True)
class _Rule:
    name: str
    kind: str
    severity: Severity
    danger_to_life: bool
    when: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    with_: tuple[int, ...]
    without: tuple[int, ...]
    firm: frozenset[str]  # of "denied", "possible", "hearsay": what does not weaken it
    dropped: frozenset[str]  # of the same: what leaves nothing of it, be it critical
    literal: bool  # its words are never a figure of speech


@dataclass(frozen=True)
class _Rules:
    lexicon: Lexicon
    split_apostrophes: bool
    figures: tuple[Pattern, ...]
    rules: tuple[_Rule, ...]
    denial: int
    denial_after: int
    no_denial: int
    possibility: int
    possibility_after: int
    no_possibility: int
    hearsay: int
    stop: int


def languages() -> list[str]:
    """The languages that have hazard rules."""
    return sorted(p.name for p in _DATA.iterdir())


def find(text: str, *spoken: str) -> list[Finding]:
    """What the rules of the languages ``spoken`` find in ``text``, worst first, once for each rule.

    A language without rules is read with the English ones.
    """
    available = languages_set()
    found: dict[tuple[str, str], Finding] = {}
    for language in dict.fromkeys(s if s in available else "en" for s in spoken or ("en",)):
        for finding in _find(text[:_READ_AT_MOST], _load(language)):
            found.setdefault((finding.rule, language), finding)
    return sorted(found.values(), key=lambda f: (-f.severity.rank, not f.danger_to_life, bool(f.weakened)))


@cache
def languages_set() -> frozenset[str]:
    """`languages`, read once."""
    return frozenset(languages())


def _find(text: str, rules: _Rules) -> list[Finding]:
    reading = read(text, split_apostrophes=rules.split_apostrophes)
    if not reading.words:
        return []
    everything = rules.lexicon.look_up(reading)
    dead = frozenset(
        w for figure in rules.figures for m in everything.find(figure) for w in range(m.start, m.end)
    )
    occurrences = everything.without(dead)
    doubt = _Doubt(occurrences, rules)
    found = []
    for rule in rules.rules:
        if rule.with_ and not any(everything.has(c) for c in rule.with_):
            continue
        if any(everything.has(c) for c in rule.without):
            continue
        best = _best(rule, everything if rule.literal else occurrences, everything, doubt)
        if best is not None:
            found.append(best)
    return found


def _best(rule: _Rule, occurrences: Occurrences, everything: Occurrences, doubt: _Doubt) -> Finding | None:
    """The rule's strongest finding: the first that nothing weakens, else the first."""
    best: Finding | None = None
    barred: list[Match] | None = None
    for pattern in rule.when:
        for match in occurrences.find(pattern):
            if barred is None:
                barred = [m for p in rule.unless for m in everything.find(p)]
            if any(b.start < match.end and match.start < b.end for b in barred):
                continue
            weakened = doubt.about(match)
            if weakened in rule.firm:
                weakened = ""
            severity = rule.severity
            if weakened in rule.dropped or (severity is not Severity.CRITICAL and weakened == "denied"):
                continue
            if severity is not Severity.CRITICAL:  # a possible fraud is as urgent as a fraud
                weakened = ""
            if weakened:
                severity = Severity.HIGH
            words = occurrences.reading.quote(match.start, match.end)
            life = rule.danger_to_life and not weakened
            finding = Finding(rule.name, rule.kind, severity, words, life, weakened)
            if not weakened:
                return finding
            best = best or finding
    return best


class _Doubt:
    """Tells whether what a match says is denied, merely possible or hearsay.

    Cues stand before what they bear on; in some languages also after it (``..._after``).
    """

    def __init__(self, occurrences: Occurrences, rules: _Rules) -> None:
        words_of = occurrences.words_of
        self._sentence = occurrences.reading.sentence
        self._phrase = occurrences.reading.phrase
        self._denial = words_of(rules.denial) - words_of(rules.no_denial)
        self._denial_after = words_of(rules.denial_after)
        self._possibility = words_of(rules.possibility) - words_of(rules.no_possibility)
        self._possibility_after = words_of(rules.possibility_after)
        self._hearsay = words_of(rules.hearsay)
        self._stop = words_of(rules.stop)

    def about(self, match: Match) -> str:
        """``denied``, ``possible``, ``hearsay`` or nothing."""
        if self._after(match, self._denial_after):
            return "denied"
        if self._before(match, self._denial, _DENIED_WITHIN, self._phrase):
            return "denied"
        if self._after(match, self._possibility_after):
            return "possible"
        if self._before(match, self._possibility, _POSSIBLE_WITHIN, self._sentence):
            return "possible"
        if self._before(match, self._hearsay, _HEARSAY_WITHIN, self._sentence):
            return "hearsay"
        return ""

    def _after(self, match: Match, cues: frozenset[int]) -> bool:
        """Whether a cue is one of the two words after the match, in the same part of the text."""
        return any(
            w in cues and self._phrase[w] == self._phrase[match.end - 1]
            for w in range(match.end, min(match.end + 2, len(self._phrase)))
        )

    def _before(self, match: Match, cues: frozenset[int], reach: int, part: list[int]) -> bool:
        """Whether a cue stands before some word of the match, in the same ``part`` of the text.

        Nothing that ends its reach may stand between.
        """
        if not cues:
            return False
        for word in match.taken:
            if word - 1 in match.taken:
                continue
            for w in range(word - 1, max(word - 2 - reach, -1), -1):
                if part[w] != part[word] or w in self._stop or w in match.taken:
                    break
                if w in cues:
                    return True
        return False


def _read(language: str) -> dict[str, Any]:
    """All files of a language as one; the rules in the order of the files."""
    whole: dict[str, Any] = {"rules": []}
    for path in sorted((_DATA / language).glob("*.yml")):
        part: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        whole["rules"] += part.pop("rules", [])
        whole |= part
    return whole


@cache
def _load(language: str) -> _Rules:
    """Read and compile a language's rules; once per process. Raises ValueError for a bad pattern."""
    data = _read(language)
    classes = {"none": "", **data["classes"]}
    lexicon = Lexicon(classes, arabic=language == "ar")

    def patterns(sources: list[str] | None) -> tuple[Pattern, ...]:
        return tuple(lexicon.compile(s) for s in sources or ())

    def ids(names: list[str] | None) -> tuple[int, ...]:
        return tuple(lexicon.class_id(f"<{n}>") for n in names or ())

    rules = tuple(
        _Rule(
            name=f"{language}/{rule['name']}",
            kind=rule["kind"],
            severity=Severity(rule["severity"]),
            danger_to_life=rule.get("danger_to_life", False),
            when=patterns(rule["when"]),
            unless=patterns(rule.get("unless")),
            with_=ids(rule.get("with")),
            without=ids(rule.get("without")),
            firm=frozenset(rule.get("firm", ())),
            dropped=frozenset(rule.get("dropped", ())),
            literal=rule.get("literal", False),
        )
        for rule in data["rules"]
    )
    return _Rules(
        lexicon=lexicon,
        split_apostrophes=data.get("apostrophes") == "split",
        figures=patterns(data.get("figures")),
        rules=rules,
        **{
            name: lexicon.class_id(f"<{name if name in classes else 'none'}>")
            for name in (
                "denial",
                "denial_after",
                "no_denial",
                "possibility",
                "possibility_after",
                "no_possibility",
                "hearsay",
                "stop",
            )
        },
    )
