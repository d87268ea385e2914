"""An action from its start to the proof that it has worked; each step is kept.

Mutation: in `actions.complete` leave out the check of the owner; in `actions.confirm` that of
`needs_another`, or the one of ``due``; in `noticing._notice` do not set ``overdue_told``; in `ties._tell`
leave out the event.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot.db import Database
from complaints import register
from complaints.complaint import UnknownReference
from handoff.dispatch.rules import Rules, in_force_while
from handoff.improvement import actions, noticing, reading, ties
from handoff.improvement.actions import Change, Plan
from handoff.improvement.record import (
    ActionState,
    AnotherMustCheck,
    NotOnRecord,
    NotTheirs,
    TooEarly,
    WrongState,
)
from handoff.queue import BadInput
from handoff.staff.agents import UnknownAgent
from tests.improvement.conftest import DONE, complained

START, DUE = DONE - timedelta(days=20), date(2026, 6, 10)
AFTER = DONE + timedelta(weeks=8)


def plan(**more: Any) -> Plan:
    given = {"problem": "Lids leak.", "plan": "A better seal.", "owner": "Anna", "due": DUE}
    return Plan.model_validate(given | {"product": "kettle", "category": "defect"} | more)


async def started(desk: Database, **more: Any) -> int:
    return await desk.run(actions.start, plan(**more), "Sue", START)


async def done(desk: Database, **more: Any) -> int:
    number = await started(desk, **more)
    await desk.run(actions.complete, number, "Anna", outcome="Sealed.", now=DONE)
    return number


async def state(desk: Database, number: int) -> str:
    return (await desk.read(reading.find, number)).state


async def history(desk: Database, number: int) -> list[tuple[str, str]]:
    return [(step.kind, step.actor) for step in await desk.read(reading.steps_of, number)]


async def test_from_start_to_proof(desk: Database) -> None:
    """Owner, date, outcome, figures at the confirmation: all of it is in the history."""

    def fill(session: Session) -> list[str]:
        complained(session, -200, product="lamp")  # the register is older than what is compared
        return [complained(session, -1 - n * 4) for n in range(12)] + [
            complained(session, n * 10) for n in range(4)
        ]

    references = await desk.run(fill)
    number = await desk.run(actions.start, plan(owner="anna"), "Sue", START, cases=references[:2])
    assert await desk.read(reading.cases_of, number) == sorted(references[:2])
    assert [one.id for one in await desk.read(reading.of_case, references[1])] == [number]
    await desk.run(actions.complete, number, "Anna", outcome="Sealed.", now=DONE)
    await desk.run(actions.confirm, number, "Sue", effective=True, reason="Fewer.", now=AFTER)
    steps = await desk.read(reading.steps_of, number)
    assert [(s.position, s.kind, s.actor, s.reason) for s in steps] == [
        (1, "started", "agent:Sue", ""),
        (2, "case_linked", "agent:Sue", ""),
        (3, "case_linked", "agent:Sue", ""),
        (4, "done", "agent:Anna", "Sealed."),
        (5, "verified", "agent:Sue", "Fewer."),
    ]
    kept = steps[-1].data["effect"]
    assert (kept["counts"]["before"], kept["counts"]["after"], kept["trend"]) == (12, 4, "fell")
    assert kept["ratio"] == pytest.approx(1 / 3, abs=1e-4)


async def test_a_case_tells_of_its_actions(desk: Database) -> None:
    """Linked and taken out, with who did it, in the case's own history."""
    reference = await desk.run(complained, -5)
    number = await started(desk)
    await desk.run(ties.tie, number, reference, "Sue", START)
    with pytest.raises(BadInput):
        await desk.run(ties.tie, number, reference, "Sue", START)
    with pytest.raises(UnknownReference):
        await desk.run(ties.tie, number, "RC-2222222A", "Sue", START)
    await desk.run(ties.untie, number, reference, "Sam", START)

    def told(session: Session) -> list[tuple[str, str, int]]:
        events = register.events_of(session, register.find(session, reference))
        return [(e.kind, e.actor, e.data["action"]) for e in events if e.kind.startswith("action")]

    assert await desk.read(told) == [
        ("action_linked", "agent:Sue", number), ("action_unlinked", "agent:Sam", number),
    ]  # fmt: skip
    assert await desk.read(reading.cases_of, number) == []


async def test_only_the_owner_and_supervisors_say_that_it_is_done(desk: Database) -> None:
    number = await started(desk)
    with pytest.raises(NotTheirs):
        await desk.run(actions.complete, number, "Otto", outcome="Done.", now=DONE)
    with pytest.raises(BadInput):
        await desk.run(actions.complete, number, "Anna", outcome="  ", now=DONE)
    await desk.run(actions.complete, number, "Sam", outcome="Done.", now=DONE, as_supervisor=True)
    assert await state(desk, number) == ActionState.DONE


async def test_nothing_goes_back_silently(desk: Database) -> None:
    """Open again only with a reason and a new date; what had been done stays in the history."""
    number = await done(desk)
    with pytest.raises(WrongState):
        await desk.run(actions.cancel, number, "Sue", reason="No.", now=DONE)
    with pytest.raises(BadInput):
        await desk.run(actions.reopen, number, "Sue", due=DUE, reason=" ", now=DONE)
    later = DUE + timedelta(days=30)
    await desk.run(actions.reopen, number, "Sue", due=later, reason="Half of it.", now=DONE)
    action = await desk.read(reading.find, number)
    assert (action.state, action.due, action.done_at, action.outcome) == ("open", later, None, "")
    step = (await desk.read(reading.steps_of, number))[-1]
    assert step.data["before"] == {"state": "done", "due": DUE.isoformat(), "outcome": "Sealed."}
    assert step.reason == "Half of it."


async def test_a_change_keeps_what_was_before(desk: Database) -> None:
    number = await started(desk)
    wanted = Change(owner="sam", due=DUE + timedelta(days=7), plan="A better seal.")
    await desk.run(actions.change, number, "Sue", wanted, reason="Anna is away.", now=START)
    step = (await desk.read(reading.steps_of, number))[-1]
    assert step.data == {
        "before": {"owner": "Anna", "due": "2026-06-10"}, "after": {"owner": "Sam", "due": "2026-06-17"},
    }  # fmt: skip
    with pytest.raises(BadInput):
        await desk.run(actions.change, number, "Sue", wanted, reason="Once more.", now=START)


async def test_it_has_worked_only_after_its_time(desk: Database) -> None:
    """That it has not may be said at once; then another action may follow it, and only then."""
    number = await done(desk)
    with pytest.raises(WrongState):
        await desk.run(actions.start, plan(), "Sue", DONE, follows=number)
    early = AFTER - timedelta(seconds=1)
    with pytest.raises(TooEarly):
        await desk.run(actions.confirm, number, "Sue", effective=True, reason="Surely.", now=early)
    await desk.run(actions.confirm, number, "Sue", effective=False, reason="More leak.", now=early)
    assert await state(desk, number) == ActionState.INEFFECTIVE
    second = await desk.run(actions.start, plan(), "Sue", early, follows=number)
    assert (await desk.read(reading.find, second)).follows == number


@pytest.mark.parametrize(("owner", "who"), [("Sue", "Sue"), ("Anna", "Sam")])
async def test_nobody_confirms_their_own_action_alone(desk: Database, owner: str, who: str) -> None:
    """Neither its owner nor whoever did it, where letters need a second pair of eyes; else they may."""
    number = await started(desk, owner=owner)
    await desk.run(actions.complete, number, who, outcome="Sealed.", now=DONE, as_supervisor=True)
    with in_force_while(Rules(second_pair="critical")), pytest.raises(AnotherMustCheck):
        await desk.run(actions.confirm, number, who, effective=True, reason="Mine works.", now=AFTER)
    await desk.run(actions.confirm, number, who, effective=True, reason="Mine works.", now=AFTER)
    assert await state(desk, number) == ActionState.VERIFIED


async def test_supervisors_are_told_once_of_what_is_late_and_what_is_ripe(desk: Database) -> None:
    """The day after its date; a new date counts anew. When the weeks are over its effect can be judged."""
    number = await started(desk)
    last = datetime(2026, 6, 10, 23, 59, tzinfo=DONE.tzinfo)
    assert await desk.run(noticing.notice, last) == []
    late = last + timedelta(minutes=2)
    assert await desk.run(noticing.notice, late) == [number]
    assert await desk.run(noticing.notice, late) == []
    standing = await desk.read(reading.standing, late)
    assert (standing.open, standing.overdue) == (1, 1)
    assert (await desk.read(reading.standing, late, "Sam")).overdue == 0
    change = Change(due=DUE + timedelta(days=1))
    await desk.run(actions.change, number, "Sue", change, reason="A day more.", now=late)
    assert await desk.run(noticing.notice, late) == []
    assert await desk.run(noticing.notice, late + timedelta(days=1)) == [number]
    await desk.run(actions.complete, number, "Anna", outcome="Sealed.", now=late)
    ripe = late + timedelta(weeks=8, seconds=1)
    assert await desk.run(noticing.notice, ripe) == [number]
    assert await desk.run(noticing.notice, ripe) == []
    assert (await desk.read(reading.standing, ripe)).to_check == 1
    kinds = [kind for kind, actor in await history(desk, number) if actor == "system"]
    assert kinds == ["overdue", "overdue", "check_due"]


async def test_what_is_first_stands_first(desk: Database) -> None:
    """Open ones by their date, then those that are done, then what has ended."""
    ended = await started(desk)
    await desk.run(actions.cancel, ended, "Sue", reason="Not needed.", now=START)
    finished = await done(desk)
    later = await started(desk, due=DUE + timedelta(days=9))
    sooner = await started(desk)
    found = [one.id for one in await desk.read(reading.listed)]
    assert found == [sooner, later, finished, ended]
    assert await desk.read(reading.listed, owner="Sam") == []


async def test_who_and_what_must_exist(desk: Database) -> None:
    for number in (0, 99, 2**40):
        with pytest.raises(NotOnRecord):
            await desk.read(reading.find, number)
        with pytest.raises(NotOnRecord):
            await desk.run(actions.cancel, number, "Sue", reason="No.", now=START)
    with pytest.raises(UnknownAgent):
        await started(desk, owner="Nobody")


async def test_without_complaints_to_count_a_person_judges(desk: Database) -> None:
    number = await done(desk, product=None, category=None)
    action = await desk.read(reading.find, number)
    assert await desk.read(reading.effect_of, action, AFTER) is None
    await desk.run(actions.confirm, number, "Sue", effective=True, reason="I have looked.", now=AFTER)
    assert await state(desk, number) == ActionState.VERIFIED
