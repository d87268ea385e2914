"""How often the twin is among the first suggestions, and how often something is suggested that is none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from sqlmodel import Session

from complaints import register
from handoff.casework import suggesting
from tests.suggesting.seeds import Corpus, Told, share_nothing


@dataclass(frozen=True)
class Figures:
    """Shares, and wrong suggestions for each case that was looked at."""

    cases: int
    pairs: int
    first: float
    three: float
    five: float
    hopeless: float
    """Of the pairs: those that have no name, number or address in common."""
    other_language: float
    """Recall among the first three, of pairs told in two languages."""
    wrong_beside_twin: float
    wrong_alone: float
    alone_with_any: float
    other_person: float
    other_matter: float
    milliseconds: float

    def line(self, name: str) -> str:
        shares = (self.first, self.three, self.five, self.other_language, self.hopeless)
        quiet = (self.alone_with_any, self.other_person, self.other_matter)
        wrong = (self.wrong_beside_twin, self.wrong_alone)
        cells = [name, str(self.cases), str(self.pairs), *(f"{share:.1%}" for share in shares),
                 *(f"{number:.2f}" for number in wrong), *(f"{share:.1%}" for share in quiet)]  # fmt: skip
        return f"| {' | '.join(cells)} |"


_COLUMNS = (
    "corpus", "cases", "planted", "first", "among three", "among five", "in two languages",
    "nothing in common", "wrong beside the twin", "wrong alone", "alone with any", "other person",
    "other matter",
)  # fmt: skip
HEAD = (f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|")


def measure(session: Session, corpus: Corpus, alone: int) -> Figures:
    """Ask for the suggestions of every planted case, every near miss, and some that stand alone."""
    took: list[float] = []

    def ask(told: Told) -> list[str]:
        case = register.find(session, told.reference)
        began = time.perf_counter()
        found = suggesting.suggested(session, case)
        took.append(time.perf_counter() - began)
        return [related.case.reference for related in found]

    pairs = [(told, told.twin, ask(told)) for told in corpus.planted if told.twin is not None]
    ranks = [found.index(twin.reference) if twin.reference in found else 99 for _, twin, found in pairs]
    foreign = [
        rank < 3
        for rank, (told, twin, _) in zip(ranks, pairs, strict=True)
        if told.row["language"] != twin.row["language"]
    ]
    asked_alone = [ask(told) for told in corpus.alone(alone)]
    near = [(told, told.near.reference in ask(told)) for told in corpus.near_misses if told.near is not None]
    same_person = [hit for told, hit in near if told.near is not None and told.person == told.near.person]
    stranger = [hit for told, hit in near if told.near is not None and told.person != told.near.person]
    return Figures(
        cases=len(corpus.cases),
        pairs=len(pairs),
        first=_share([r < 1 for r in ranks]),
        three=_share([r < 3 for r in ranks]),
        five=_share([r < 5 for r in ranks]),
        hopeless=_share([share_nothing(told, twin) for told, twin, _ in pairs]),
        other_language=_share(foreign),
        wrong_beside_twin=fmean(len(set(found) - {twin.reference}) for _, twin, found in pairs),
        wrong_alone=fmean(len(found) for found in asked_alone),
        alone_with_any=_share([bool(found) for found in asked_alone]),
        other_person=_share(stranger),
        other_matter=_share(same_person),
        milliseconds=median(took) * 1000,
    )


def _share(true: Sequence[bool]) -> float:
    return sum(true) / len(true) if true else 0.0
