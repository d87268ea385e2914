"""Of a management review: audits, corrective and preventive actions, root causes and systemic signals."""

from __future__ import annotations

from complaints.causes import causes as causes_of
from handoff.case_documents.parts import Cell, Part, cell, heading, table, text
from handoff.improvement.record import ActionState
from handoff.management_review.gathering import Action, Inputs
from handoff.management_review.speech import Speech
from handoff.signals.record import Signal, State


def audits(inputs: Inputs, speech: Speech) -> list[Part]:
    """Audits of the period and what they found (ISO 10002, 8.5)."""
    say = speech.say
    if not inputs.audits:
        return [text(say("none"))]
    rows = [
        (
            cell(f"{say('number', number=audit.id)} {audit.title}"),
            cell(f"{audit.size} / {audit.population}"),
            cell(
                say("audit_closed", when=speech.day(audit.closed_at))
                if audit.closed_at
                else say("audit_open")
            ),
            cell(audit.conclusion or "–"),
        )
        for audit in inputs.audits
    ]
    head = [say("audit"), say("audit_cases"), say("audit_state"), say("audit_conclusion")]
    parts = [table(head, [6, 3, 4, 8], rows), heading(say("findings"))]
    if not inputs.findings:
        return [*parts, text(say("findings_none"))]
    rows = [
        (
            cell(say("number", number=audit.id)),
            cell(say(f"finding_{finding.kind}"), "alarm" if finding.kind == "major" else ""),
            cell(finding.text),
            cell(say("number", number=finding.action_id) if finding.action_id else say("action_none")),
        )
        for audit, finding in inputs.findings
    ]
    head = [say("audit"), say("grave"), say("finding"), say("action")]
    return [*parts, table(head, [3, 5, 10, 3], rows), *speech.cut(inputs.totals["findings"], len(rows))]


def actions(inputs: Inputs, speech: Speech) -> list[Part]:
    """Corrective and preventive actions, and what the figures say of their effect (8.7)."""
    say = speech.say
    if not inputs.actions:
        return [text(say("none"))]
    states = [one.action.state for one in inputs.actions]
    counted = {str(state): states.count(state) for state in ActionState}
    overdue = sum(1 for one in inputs.actions if one.overdue)
    rows = [_acted(one, speech) for one in inputs.actions]
    head = ["", say("problem"), say("owner"), say("due"), say("state"), say("effect")]
    return [
        text(say("actions_said", overdue=overdue, **counted)),
        table(head, [0, 9, 3, 4, 3, 4], rows),
        *speech.cut(inputs.totals["actions"], len(rows)),
    ]


def _acted(one: Action, speech: Speech) -> tuple[Cell, ...]:
    say, action = speech.say, one.action
    state = say("state_overdue") if one.overdue else say(f"state_{action.state}")
    bad = one.overdue or action.state == ActionState.INEFFECTIVE
    return (
        cell(action.id, "soft"),
        cell(f"{say(f'kind_{action.kind}')}: {action.problem}\n{action.plan}"),
        cell(action.owner),
        cell(speech.day(action.due)),
        cell(state, "alarm" if bad else ""),
        cell(say(f"effect_{one.effect}") if one.effect else say("effect_none")),
    )


def causes(inputs: Inputs, speech: Speech) -> list[Part]:
    """Root causes of what was resolved, and rises that were told from noise (8.2)."""
    say = speech.say
    parts: list[Part] = [heading(say("causes_found"))]
    if inputs.causes:
        known = causes_of(speech.language)
        rows = [
            (
                cell(known.get(code, code) if code else say("cause_unnamed"), "" if code else "soft"),
                cell(speech.number(count)),
            )
            for code, count in inputs.causes
        ]
        parts.append(table([say("cause"), speech.complaints], [6, 2], rows))
    else:
        parts.append(text(say("causes_none")))
    parts.append(heading(say("signals")))
    if not inputs.signals:
        return [*parts, text(say("signals_none"))]
    risen = [_risen(signal, speech) for signal in inputs.signals]
    head = [say("signal_what"), say("signal_since"), say("signal_found"), say("state"), say("signal_cause")]
    return [*parts, table(head, [6, 4, 6, 4, 5], risen), *speech.cut(inputs.totals["signals"], len(risen))]


def _risen(signal: Signal, speech: Speech) -> tuple[Cell, ...]:
    say = speech.say
    named = [
        signal.product,
        speech.of_cases.label(signal.category),
        causes_of(speech.language).get(signal.cause, signal.cause),
    ]
    state = say(f"signal_{signal.state}", why=signal.dismissed_because or "–")
    return (
        cell(", ".join(filter(None, named)) or say("signal_all")),
        cell(speech.day(signal.since)),
        cell(
            say(
                "signal_count",
                count=signal.count,
                days=signal.days,
                expected=speech.number(round(signal.expected, 1)),
            )
        ),
        cell(state, "alarm" if signal.state is State.OPEN else ""),
        cell(signal.root_cause or "–"),
    )
