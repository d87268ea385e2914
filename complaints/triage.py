"""The initial assessment of a message (ISO 10002, clause 7.5), and why it came out as it did.

Two sources: the learnt model (severity and category with a confidence each) and the hazard rules.
The rules only ever raise what the model says; without the model they stand alone. Whoever reads
an assessment sees in its reasons which words, which rule and which model led there, and when
nobody can be sure, it asks for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from complaints import hazards
from complaints.complaint import Category, Severity
from complaints.facts import Hazard
from complaints.hazards import Finding

SURE = 0.6  # below this confidence the model's word is not taken alone, and a person looks
SURE_OF_CRITICAL = 0.8  # of the model alone: in cross-validation 5 of 1000 other complaints reach it
SURE_BESIDE_A_RULE = 0.5  # of the model's "critical" where a hazard rule says at least high

_LONG = 150  # words; a story of this length rarely has one simple answer

_BODILY = frozenset(
    {
        "injury",
        "fire",
        "electric_shock",
        "poisoning",
        "choking",
        "gas",
        "child_danger",
        "medication",
        "product_hazard",
        "trapped",
    }
)
_VIOLENT = frozenset({"self_harm", "threat"})
_RIGHTS = frozenset({"discrimination", "data_leak", "legal", "regulator", "press", "vulnerable"})
_URGENT = frozenset({"fraud", "vulnerable"})  # each hour makes it worse, though no life is at stake
_CATEGORIES = {
    "discrimination": Category.DISCRIMINATION,
    "data_leak": Category.DATA_PRIVACY,
    "fraud": Category.BILLING,
}


class Complexity(StrEnum):
    """How much work an answer is likely to be."""

    SIMPLE = "simple"
    NORMAL = "normal"
    COMPLEX = "complex"


class Impact(StrEnum):
    """What is at stake for the customer, worst first."""

    LIFE = "life"
    HEALTH = "health"
    RIGHTS = "rights"
    MONEY = "money"
    INCONVENIENCE = "inconvenience"


@dataclass(frozen=True)
class Parse:
    """What the learnt model says of a message: each value with its confidence from 0 to 1.

    ``model`` is the version of the model, for the reasons. ``ranking`` holds its guesses at the intent,
    the likeliest first; ``products`` are the customer's words for what the message is about.
    """

    intent: str
    confidence: float
    severity: tuple[Severity, float] | None = None
    category: tuple[Category, float] | None = None
    model: str = ""
    ranking: tuple[tuple[str, float], ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """One ground of an assessment: a ``rule``'s name or a ``model``'s version, and the words it saw."""

    kind: Literal["rule", "model", "words"]
    code: str
    words: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Assessment:
    """How serious a message is, what it is about, and what that calls for."""

    severity: Severity
    category: Category
    safety: bool  # somebody's body is, was or may be in danger
    danger_to_life: bool
    complexity: Complexity
    impact: Impact
    immediate_action: bool  # needed; whether it is possible, a person decides
    human: bool  # unsure, or nothing for a machine
    reasons: tuple[Reason, ...]


def hazard(text: str, *languages: str) -> Hazard | None:
    """The worst hazard in ``text``, read in each of ``languages``; ``None`` if there is none.

    Pure and fast: for every incoming message, also while the engine is down.
    """
    found = hazards.find(text, *languages)
    if not found:
        return None
    worst = found[0]
    return Hazard(
        kind=worst.kind,
        severity="critical" if worst.severity is Severity.CRITICAL else "high",
        words=list(dict.fromkeys(f.words for f in found if f.severity is worst.severity)),
        danger_to_life=any(f.danger_to_life for f in found),
    )


def assess(text: str, languages: str | Sequence[str], nlu: Parse | None) -> Assessment:
    """Assess ``text``.

    ``languages``: the language of the text; if that is uncertain also the conversation's, and
    English. ``nlu`` is ``None`` while the engine is down: the rules then stand alone.
    """
    spoken = (languages,) if isinstance(languages, str) else tuple(languages)
    found = hazards.find(text, *spoken)
    severity, severity_reasons, doubtful = _severity(found, nlu)
    category, category_reasons = _category(found, nlu)
    kinds = {f.kind for f in found}
    life = any(f.danger_to_life for f in found)
    return Assessment(
        severity=severity,
        category=category,
        safety=not kinds.isdisjoint(_BODILY | _VIOLENT) or category is Category.SAFETY,
        danger_to_life=life,
        complexity=_complexity(text, kinds, severity),
        impact=_impact(kinds, category, life=life),
        immediate_action=severity is Severity.CRITICAL or not kinds.isdisjoint(_URGENT),
        human=doubtful or severity is Severity.CRITICAL or not kinds.isdisjoint(_VIOLENT | _RIGHTS | _URGENT),
        reasons=tuple(severity_reasons + category_reasons),
    )


def _severity(found: list[Finding], nlu: Parse | None) -> tuple[Severity, list[Reason], bool]:
    """The severity, its reasons, and whether a person should look because nobody is sure."""
    severity, reasons, doubtful = Severity.MEDIUM, [], False
    if nlu is None:
        reasons.append(Reason("model", "none", detail="no model in service: medium unless a rule says more"))
        doubtful = True
    elif nlu.severity is None:
        reasons.append(Reason("model", nlu.model, detail="the model says nothing of severity: medium"))
        doubtful = True
    else:
        told, confidence = nlu.severity
        severity = told
        detail = f"severity {told} with confidence {confidence:.2f}"
        needed = (
            SURE_BESIDE_A_RULE
            if found and found[0].kind in _BODILY | _VIOLENT | _URGENT
            else SURE_OF_CRITICAL
        )
        if told is Severity.CRITICAL and confidence < needed:
            severity, doubtful = Severity.HIGH, True
            detail += ": too unsure for critical without a rule"
        elif confidence < SURE:
            severity = max(told, Severity.MEDIUM, key=lambda s: s.rank)
            doubtful = True
            detail += ": unsure"
        reasons.append(Reason("model", nlu.model, detail=detail))
        doubtful = doubtful or nlu.confidence < SURE
    for finding in found:
        detail = f"{finding.kind}: {finding.severity}"
        if finding.weakened:
            detail += f", because it is only {finding.weakened}"
        reasons.append(Reason("rule", finding.rule, finding.words, detail))
        if finding.severity.outranks(severity):
            severity = finding.severity
    return severity, reasons, doubtful


def _category(found: list[Finding], nlu: Parse | None) -> tuple[Category, list[Reason]]:
    """Danger decides the category; else the model does, if it is sure; else another rule's kind."""
    worst = found[0] if found else None
    if worst is not None and worst.kind in _BODILY | _VIOLENT and worst.severity is Severity.CRITICAL:
        return Category.SAFETY, [Reason("rule", worst.rule, worst.words, "category safety")]
    if nlu is not None and nlu.category is not None and nlu.category[1] >= SURE:
        told, confidence = nlu.category
        return told, [Reason("model", nlu.model, detail=f"category {told} with confidence {confidence:.2f}")]
    for finding in found:
        named = _CATEGORIES.get(finding.kind) or (Category.SAFETY if finding.kind in _BODILY else None)
        if named:
            return named, [Reason("rule", finding.rule, finding.words, f"category {named}")]
    if nlu is not None and nlu.category is not None:
        told, confidence = nlu.category
        return told, [
            Reason("model", nlu.model, detail=f"category {told} with confidence {confidence:.2f}: unsure")
        ]
    return Category.OTHER, [Reason("model", nlu.model if nlu else "none", detail="no category known")]


def _complexity(text: str, kinds: set[str], severity: Severity) -> Complexity:
    points = (
        (len(text.split()) > _LONG)
        + (len(kinds) > 1)
        + (not kinds.isdisjoint(_RIGHTS | _URGENT))
        + (severity is Severity.CRITICAL)
    )
    return (Complexity.SIMPLE, Complexity.NORMAL)[points] if points < 2 else Complexity.COMPLEX


def _impact(kinds: set[str], category: Category, *, life: bool) -> Impact:
    if life:
        return Impact.LIFE
    if not kinds.isdisjoint(_BODILY | _VIOLENT) or category is Category.SAFETY:
        return Impact.HEALTH
    if not kinds.isdisjoint(_RIGHTS) or category in (Category.DISCRIMINATION, Category.DATA_PRIVACY):
        return Impact.RIGHTS
    if "fraud" in kinds or category in (Category.BILLING, Category.REFUSED_REMEDY):
        return Impact.MONEY
    return Impact.INCONVENIENCE
