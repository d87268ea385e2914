"""What the figures of a review suggest: computed, so that people begin with more than an empty page.

A hint names what it stands on and recommends nothing: that is for people.
"""

from __future__ import annotations

from handoff.console.reporting.comparing import Change, sentence
from handoff.console.reporting.figures import FigureWords
from handoff.console.words import tell
from handoff.improvement.record import ActionState, FindingKind
from handoff.management_review.gathering import Inputs
from handoff.management_review.points import PointState

_GRAVE = (FindingKind.MAJOR, FindingKind.MINOR)


def hints(inputs: Inputs, words: FigureWords) -> list[str]:
    """Sentences about what asks for a decision, the gravest kind first."""
    found = [
        tell(words.language, "hint_missed", said=sentence(row, words))
        for row in inputs.rows
        if row.verdict == "missed"
    ]
    found += [
        tell(words.language, "hint_worse", said=sentence(row, words))
        for row in inputs.rows
        if row.verdict != "missed" and row.change is Change.WORSE
    ]
    counts = {
        "hint_signals": sum(1 for signal in inputs.signals if signal.is_active and not signal.root_cause),
        "hint_findings": sum(1 for _, f in inputs.findings if f.kind in _GRAVE and f.action_id is None),
        "hint_overdue": sum(1 for one in inputs.actions if one.overdue),
        "hint_ineffective": sum(1 for one in inputs.actions if one.action.state == ActionState.INEFFECTIVE),
        "hint_follow_ups": sum(1 for point in inputs.follow_ups if point.state == PointState.OPEN),
    }
    return found + [tell(words.language, key, count=count) for key, count in counts.items() if count]
