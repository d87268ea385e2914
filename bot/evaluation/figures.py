"""What outcomes add up to: precision, recall and F1 for each class, critical ones found, false alarms.

Figures are those of the usual definitions: precision tp/(tp+fp), recall tp/(tp+fn), F1 their harmonic mean,
macro-F1 the mean of F1 over the classes that the examples have. A figure of nothing is 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from complaints.complaint import Severity

CRITICAL = Severity.CRITICAL.value


@dataclass(frozen=True)
class Outcome:
    """One labelled example, and what was made of it.

    ``severity`` and ``category`` are labelled on complaints only. ``said_critical`` counts for any message;
    ``unsure`` means that the dialogue would ask again rather than trust the intent.
    """

    language: str
    intent: str
    severity: str | None
    category: str | None
    said_language: str
    said_intent: str
    said_severity: str
    said_category: str
    said_critical: bool
    unsure: bool


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class OfClass(_Frozen):
    """How well one class is told from the others. ``support``: how many examples are of it."""

    precision: float
    recall: float
    f1: float
    support: int


class Critical(_Frozen):
    """Danger found, and false alarms: anything else that was called critical, complaint or not."""

    found: int
    of: int
    alarms: int
    others: int

    @property
    def recall(self) -> float:
        """The share of critical examples that were called critical."""
        return _share(self.found, self.of)

    @property
    def alarm_rate(self) -> float:
        """The share of all other examples that were called critical."""
        return _share(self.alarms, self.others)


class OfLanguage(_Frozen):
    """How well one language is understood. ``recognised``: the share whose language was told rightly."""

    messages: int
    accuracy: float
    macro_f1: float
    recognised: float
    critical: Critical


class Figures(_Frozen):
    """All that is told of a set of examples. ``confusion``: how often each intent was taken for which."""

    messages: int
    accuracy: float
    macro_f1: float
    unsure: float
    critical: Critical
    intents: dict[str, OfClass]
    severities: dict[str, OfClass]
    categories: dict[str, OfClass]
    languages: dict[str, OfLanguage]
    confusion: dict[str, dict[str, int]]


def add_up(outcomes: Sequence[Outcome]) -> Figures:
    """The figures of these outcomes."""
    intents = of_classes((o.intent, o.said_intent) for o in outcomes)
    complaints = [o for o in outcomes if o.severity is not None]
    confusion: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        confusion.setdefault(outcome.intent, Counter())[outcome.said_intent] += 1
    return Figures(
        messages=len(outcomes),
        accuracy=_accuracy(outcomes),
        macro_f1=macro_f1(intents),
        unsure=_share(sum(o.unsure for o in outcomes), len(outcomes)),
        critical=_critical(outcomes),
        intents=intents,
        severities=of_classes((str(o.severity), o.said_severity) for o in complaints),
        categories=of_classes((str(o.category), o.said_category) for o in outcomes if o.category is not None),
        languages={
            language: _of_language([o for o in outcomes if o.language == language])
            for language in sorted({o.language for o in outcomes})
        },
        confusion={intent: dict(confusion[intent]) for intent in sorted(confusion)},
    )


def of_classes(pairs: Iterable[tuple[str, str]]) -> dict[str, OfClass]:
    """For each class that is true of some pair (true, said), how well it is told from the others."""
    true, said, right = Counter[str](), Counter[str](), Counter[str]()
    for truly, answer in pairs:
        true[truly] += 1
        said[answer] += 1
        right[truly] += truly == answer
    found = {}
    for name in sorted(true):
        precision, recall = _share(right[name], said[name]), _share(right[name], true[name])
        f1 = _share(2 * right[name], true[name] + said[name])
        found[name] = OfClass(precision=precision, recall=recall, f1=f1, support=true[name])
    return found


def macro_f1(classes: dict[str, OfClass]) -> float:
    """The mean of F1 over the classes, the small ones counting as much as the large."""
    return sum(of.f1 for of in classes.values()) / len(classes) if classes else 0.0


def _of_language(outcomes: Sequence[Outcome]) -> OfLanguage:
    return OfLanguage(
        messages=len(outcomes),
        accuracy=_accuracy(outcomes),
        macro_f1=macro_f1(of_classes((o.intent, o.said_intent) for o in outcomes)),
        recognised=_share(sum(o.language == o.said_language for o in outcomes), len(outcomes)),
        critical=_critical(outcomes),
    )


def _critical(outcomes: Sequence[Outcome]) -> Critical:
    truly = [o for o in outcomes if o.severity == CRITICAL]
    others = [o for o in outcomes if o.severity != CRITICAL]
    return Critical(
        found=sum(o.said_critical for o in truly),
        of=len(truly),
        alarms=sum(o.said_critical for o in others),
        others=len(others),
    )


def _accuracy(outcomes: Sequence[Outcome]) -> float:
    return _share(sum(o.intent == o.said_intent for o in outcomes), len(outcomes))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
