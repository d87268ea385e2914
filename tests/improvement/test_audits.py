"""An audit: its cases, what the record proposes, what the auditor decides.

Mutation: in `population` leave out ``closed_by``; in `checklist._outside_told` propose "yes" always; in
`audits.decide` leave out `check_independent`; in `audits._open` leave out the check of ``closed_at``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot.db import Database
from complaints import deciding, investigation, register
from complaints.complaint import Decision, Severity, Status
from complaints.deciding import Finding, LetterState
from handoff import desk as moves
from handoff.improvement import actions, audits, checklist
from handoff.improvement.audits import Scope
from handoff.improvement.checklist import Question
from handoff.improvement.record import FindingKind, NotIndependent, NotOnRecord, Verdict, Way, WrongState
from handoff.queue import BadInput
from tests.handoff.cases import NOW, complain
from tests.improvement.test_actions import plan

LATER = NOW + timedelta(days=3)
BODY = "The Retail Ombudsman"


def scope(**more: Any) -> Scope:
    given = {"title": "Spring", "criteria": "ISO 10002, 7.4 to 7.9", "since": "2026-03-01"}
    return Scope.model_validate(given | {"until": "2026-03-03", "closed_only": False, "size": 5} | more)


def filled(session: Session) -> list[str]:
    """Thirty cases, three of them critical; every fifth is closed."""
    found = []
    for number in range(30):
        severity = Severity.CRITICAL if number % 10 == 0 else Severity.LOW
        reference = complain(session, severity=severity, now=NOW + timedelta(minutes=number))
        if number % 5 == 0:
            case = register.find(session, reference)
            register.move(session, case, Status.RESPONDED, actor="agent:Anna", now=NOW)
            register.move(session, case, Status.CLOSED, actor="agent:Anna", now=NOW)
        found.append(reference)
    return found


async def drawn(desk: Database, **more: Any) -> tuple[int, list[str]]:
    number = await desk.run(audits.draw, scope(**more), "Otto", LATER)
    return number, [one.reference for one in await desk.read(audits.sample_of, number)]


async def test_the_same_seed_draws_the_same_cases(desk: Database) -> None:
    """The seed is kept; another one draws others; what is closed or stratified is counted so."""
    await desk.run(filled)
    number, first = await drawn(desk, seed="announced")
    _, again = await drawn(desk, seed="announced")
    _, other = await drawn(desk)
    assert first == again != other
    audit = await desk.read(audits.find, number)
    assert (audit.seed, audit.population, len(first)) == ("announced", 30, 5)
    by_severity, _ = await drawn(desk, way=Way.BY_SEVERITY, size=10)
    strata = [one.stratum for one in await desk.read(audits.sample_of, by_severity)]
    assert strata == ["critical"] + ["low"] * 9
    closed, _ = await drawn(desk, closed_only=True)
    assert (await desk.read(audits.find, closed)).population == 6
    with pytest.raises(BadInput):
        await drawn(desk, since=date(2025, 1, 1), until=date(2025, 1, 31))
    with pytest.raises(BadInput):
        await drawn(desk, since=date(2026, 3, 4))


async def test_the_page_draws_it_again(desk: Database) -> None:
    """Also after a closed case was opened again; a case reassessed since is told, so is a false sample."""
    references = await desk.run(filled)
    number, _ = await drawn(desk, closed_only=True, way=Way.BY_SEVERITY)

    async def reproduced() -> bool | None:
        return await desk.read(lambda session: audits.is_reproduced(session, audits.find(session, number)))

    def reopen(session: Session) -> None:
        case = register.find(session, references[0])
        register.move(session, case, Status.INVESTIGATING, actor="agent:Anna", now=LATER)

    def swap(session: Session) -> None:
        sample = audits.sample_of(session, number)
        outside = min(set(references[::5]) - {one.reference for one in sample})
        sample[0].reference = outside

    def reassess(session: Session) -> None:
        register.find(session, references[0]).severity = Severity.LOW

    assert await reproduced() is True
    await desk.run(reopen)
    assert await reproduced() is True
    await desk.run(swap)
    assert await reproduced() is False
    await desk.run(reassess)
    assert await reproduced() is None


def answered(session: Session, decision: Decision, state: LetterState, *, outside: str) -> str:
    """A case that somebody has decided with a letter."""
    reference = complain(session)
    moves.claim(session, reference, "Anna", NOW)
    case = register.find(session, reference)
    finding = Finding(decision=decision, found="The lid leaks.", reasons="Seen in the workshop.")
    letter = deciding.draft(
        session, case, finding, f"Dear Maria, the lid leaks. {outside}", language="en", agent="Anna", now=NOW
    )
    deciding.decide(session, case, letter, agent="Sue", now=NOW)
    deciding.sending(session, case, letter, 1, 1, now=NOW)
    if state is LetterState.FAILED:
        deciding.failed(session, case, letter, "blocked", now=NOW)
    elif state is not LetterState.SENDING:
        deciding.delivered(session, case, letter, state, now=NOW)
    return reference


async def asked(desk: Database, reference: str) -> dict[str, tuple[str | None, str]]:
    found = await desk.read(checklist.proposals, reference, BODY, NOW + timedelta(days=11))
    return {str(q): (p.verdict and str(p.verdict), p.ground) for q, p in found.items()}


async def test_what_the_record_says_of_a_new_case(desk: Database) -> None:
    """Acknowledged and assessed; and no answer, though its date has passed."""
    assert await asked(desk, await desk.run(complain)) == {
        "acknowledged": ("yes", "acknowledged_at"),
        "assessed": ("yes", "reasons"),
        "investigated": ("yes", "proportionate"),
        "answered": ("no", "answer_late"),
        "delivered": ("na", "no_answer"),
        "outside_told": ("na", "nothing_refused"),
        "closed_rightly": ("na", "still_open"),
    }


@pytest.mark.parametrize(
    ("decision", "state", "outside", "says"),
    [
        (Decision.UPHELD, LetterState.DELIVERED, "", {
            "answered": ("yes", "decided"), "delivered": ("yes", "letter_delivered"),
            "outside_told": ("na", "nothing_refused"), "closed_rightly": ("yes", "closed_upheld"),
        }),
        (Decision.NOT_UPHELD, LetterState.SENT, BODY, {
            "delivered": (None, "letter_sent"), "outside_told": ("yes", "outside_named"),
            "closed_rightly": ("na", "still_open"),
        }),
        (Decision.NOT_UPHELD, LetterState.FAILED, "Somebody", {
            "delivered": ("no", "letter_failed"), "outside_told": ("no", "outside_not_named"),
        }),
    ],
)  # fmt: skip
async def test_what_the_record_says_of_an_answer(
    desk: Database, decision: Decision, state: LetterState, outside: str, says: dict[str, tuple[str, str]]
) -> None:
    """A letter that is only sent proposes nothing: the platform does not say whether it arrived."""

    def work(session: Session) -> str:
        return answered(session, decision, state, outside=outside)

    found = await asked(desk, await desk.run(work))
    assert {question: found[question] for question in says} == says


async def test_what_the_record_says_against_a_case(desk: Database) -> None:
    """Late, unreasoned, not investigated, closed with a remedy still owed, or undecided."""

    def work(session: Session) -> list[str]:
        late = complain(session, severity=Severity.CRITICAL)
        case = register.find(session, late)
        case.acknowledged_at, case.reasons = NOW + timedelta(days=20), []
        owed = answered(session, Decision.UPHELD, LetterState.DELIVERED, outside="")
        investigation.add_task(
            session, register.find(session, owed), "refund", kind=investigation.TaskKind.REMEDY, owner="Anna",
            due=None, actor="agent:Anna", now=NOW,
        )  # fmt: skip
        undecided = complain(session)
        case = register.find(session, undecided)
        register.move(session, case, Status.RESPONDED, actor="agent:Anna", now=NOW)
        register.move(session, case, Status.CLOSED, actor="agent:Anna", now=NOW)
        return [late, owed, undecided]

    late, owed, undecided = await desk.run(work)
    found = await asked(desk, late)
    assert found["acknowledged"] == ("no", "acknowledged_late")
    assert found["assessed"] == ("no", "no_reasons")
    assert found["investigated"] == ("no", "missing")
    assert (await asked(desk, owed))["closed_rightly"] == ("no", "remedy_owed")
    assert (await asked(desk, undecided))["closed_rightly"] == ("no", "closed_undecided")


async def test_the_auditor_decides_and_both_are_kept(desk: Database) -> None:
    """Against the proposal, with its ground; a later word replaces an earlier one."""
    await desk.run(filled)
    number, sample = await drawn(desk)
    for decision in (Verdict.YES, Verdict.NO):
        await desk.run(
            audits.decide, number, sample[0], "Otto", question=Question.ACKNOWLEDGED, decision=decision,
            remark="No words of regret.", outside=BODY, now=LATER,
        )  # fmt: skip
    kept = (await desk.read(audits.answers_of, number))[sample[0], "acknowledged"]
    assert (kept.decision, kept.proposed, kept.by) == ("no", "yes", "Otto")
    assert kept.evidence["ground"] == "acknowledged_at"
    assert (await desk.read(audits.progress, number)).answers["acknowledged"] == {"no": 1}
    with pytest.raises(NotOnRecord):
        await desk.run(
            audits.decide, number, "RC-2222222A", "Otto", question=Question.ASSESSED, decision=Verdict.YES,
            outside=BODY, now=LATER,
        )  # fmt: skip


async def test_who_has_worked_on_a_case_does_not_audit_it(desk: Database) -> None:
    """Looking at it is no work."""
    reference = await desk.run(complain)
    number, _ = await drawn(desk)
    decide = {"question": Question.ASSESSED, "decision": Verdict.YES, "outside": BODY, "now": LATER}

    def look(session: Session) -> None:
        case = register.find(session, reference)
        register.record(session, case, "viewed", actor="agent:Otto", now=NOW, way="page")

    await desk.run(look)
    await desk.run(audits.decide, number, reference, "Otto", **decide)
    await desk.run(moves.claim, reference, "Anna", NOW)
    with pytest.raises(NotIndependent):
        await desk.run(audits.decide, number, reference, "Anna", **decide)
    with pytest.raises(NotIndependent):
        await desk.run(
            audits.find_out, number, "Anna", kind=FindingKind.CONFORM, text="All well.", reference=reference,
            now=LATER,
        )  # fmt: skip


async def test_an_audit_is_closed_when_all_is_decided(desk: Database) -> None:
    """Then nothing of it changes but the action against a finding, which is started once."""
    await desk.run(complain)
    number, (reference,) = await drawn(desk)
    finding = await desk.run(audits.find_out, number, "Otto", kind=FindingKind.MINOR, text="Late.", now=LATER)
    with pytest.raises(BadInput):
        await desk.run(audits.close, number, "Otto", conclusion="Fair.", now=LATER)
    decide = {"decision": Verdict.YES, "outside": BODY, "now": LATER}
    for question in Question:
        await desk.run(audits.decide, number, reference, "Otto", question=question, **decide)
    await desk.run(audits.close, number, "Otto", conclusion="Fair.", now=LATER)
    with pytest.raises(WrongState):
        await desk.run(audits.decide, number, reference, "Otto", question=Question.ASSESSED, **decide)
    action = await desk.run(actions.start, plan(), "Sue", LATER, finding=finding)
    ((audit, found),) = await desk.read(audits.findings, NOW, LATER + timedelta(days=1))
    assert (audit.id, found.action_id, audit.conclusion) == (number, action, "Fair.")
    with pytest.raises(WrongState):
        await desk.run(actions.start, plan(), "Sue", LATER, finding=finding)
