"""Of a management review: what changed in the organisation, and what earlier reviews and this one decide."""

from __future__ import annotations

from handoff.case_documents.parts import Cell, Part, cell, heading, note, table, text
from handoff.console.words import tell
from handoff.management_review.gathering import Inputs
from handoff.management_review.hints import hints
from handoff.management_review.points import PointState, ReviewPoint
from handoff.management_review.speech import Speech


def organisation(inputs: Inputs, speech: Speech) -> list[Part]:
    """Policies under which complaints came in, who joined, left or changed roles, trainings."""
    say = speech.say
    parts = [heading(say("policies"))]
    if inputs.presets:
        rows = [
            (
                cell(preset.name or "–"),
                cell(preset.version or "–"),
                cell(speech.when(preset.first)),
                cell(speech.number(preset.cases)),
                cell(say("new_yes"), "strong") if preset.new else cell(say("new_no"), "soft"),
            )
            for preset in inputs.presets
        ]
        head = [
            say("policy"),
            say("version"),
            say("since"),
            speech.complaints,
            say("new"),
        ]
        parts.append(table(head, [5, 3, 6, 3, 5], rows))
        if not any(preset.new for preset in inputs.presets):
            parts.append(text(say("policies_same")))
        parts.append(note(say("policies_note")))
    else:
        parts.append(text(say("none")))
    parts.append(heading(say("accounts")))
    if inputs.accounts:
        changes = [
            (
                cell(speech.when(one.at)),
                cell(one.whom),
                cell(f"{say(f'account_{one.what}')}{f': {one.detail}' if one.detail else ''}"),
                cell(speech.of_cases.actor(one.actor)),
            )
            for one in inputs.accounts
        ]
        parts.append(table([say("when"), say("whom"), say("what"), say("by")], [6, 4, 7, 4], changes))
        parts += speech.cut(inputs.totals["accounts"], len(changes))
    else:
        parts.append(text(say("accounts_none")))
    parts.append(text(say("trainings", count=inputs.trainings)))
    return parts


def follow_ups(inputs: Inputs, speech: Speech) -> list[Part]:
    """What became of the recommendations of earlier reviews."""
    say = speech.say
    if not inputs.follow_ups:
        return [text(say("none"))]
    rows = [
        (cell(speech.figures.period(point.period)), *_point(point, speech)) for point in inputs.follow_ups
    ]
    head = [say("review_of"), say("recommendation"), say("owner"), say("due"), say("outcome")]
    return [table(head, [4, 8, 3, 3, 6], rows)]


def recommendations(inputs: Inputs, speech: Speech) -> list[Part]:
    """What people recommend, and what the figures suggest."""
    say = speech.say
    parts: list[Part] = []
    if inputs.recommendations:
        rows = [_point(point, speech) for point in inputs.recommendations]
        head = [say("recommendation"), say("owner"), say("due"), say("outcome")]
        parts.append(table(head, [9, 3, 3, 6], rows))
    else:
        parts.append(text(say("recommendations_none")))
    parts.append(heading(say("hints")))
    suggested = hints(inputs, speech.figures)
    if not suggested:
        return [*parts, text(say("hints_none"))]
    return [*parts, {"kind": "list", "rows": [cell(said) for said in suggested]}]


def _point(point: ReviewPoint, speech: Speech) -> tuple[Cell, ...]:
    state = tell(speech.language, f"management_state_{point.state}")
    ended = [speech.day(point.ended_at), speech.of_cases.actor(point.ended_by)] if point.ended_by else []
    outcome = f"{state}: {point.outcome}" if point.outcome else state
    return (
        cell(point.text),
        cell(point.owner or "–"),
        cell(speech.day(point.due) or "–"),
        cell(
            "\n".join(filter(None, [outcome, ", ".join(ended)])),
            "" if point.state != PointState.OPEN else "strong",
        ),
    )
