"""Who must keep out of a case does; and a customer who does not accept an answer is told how to go on.

Mutation: take `conflicts.refuse` out of `handoff.holding.give`, ``conflicts.barred`` out of
`handoff.dispatch.routing.assign_next`, or let `bot.applying._reopen` move an answered case like a closed one.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from channels.transcript import Author
from complaints import register, texts
from complaints.complaint import Category, Decision, MoveRefused, Status
from complaints.deciding import Finding
from complaints.investigation import conflicts_of
from handoff import desk, queue
from handoff.casework import conflicts, deciding, investigating, recourse
from handoff.casework.conflicts import ConflictOfInterest
from handoff.dispatch import presence, routing
from handoff.dispatch.presence import Presence
from handoff.item import Reason, State
from handoff.queue import BadInput, NotHolder
from tests.handoff.cases import NOW, complain_to, said

NORA, BEN, SUE = "Nora Hill", "Ben Ito", "Sue Park"
NO = Finding(decision=Decision.NOT_UPHELD, found="It was packed well.")


async def answered(database: Database, **about: object) -> str:
    reference = await complain_to(database, **about)
    await database.run(desk.claim, reference, NORA, NOW)
    await database.run(deciding.resolve, reference, NORA, NO, outside="the Ombudsman, 0800 1", now=NOW)
    return reference


def last(session: Session, reference: str) -> tuple[str, str]:
    event = register.events_of(session, register.find(session, reference))[-1]
    return event.kind, event.reason


def system_lines(session: Session, reference: str) -> list[str]:
    return [m.text for m in said(session, reference) if m.author == Author.SYSTEM]


async def test_stepping_aside_moves_the_case(database: Database) -> None:
    """With the other case of the same customer; they can neither take nor decide it."""
    reference = await complain_to(database, key="maria")
    other = await complain_to(database, key="maria")
    for each in (reference, other):
        await database.run(desk.claim, each, NORA, NOW)
    await database.run(investigating.step_aside, reference, NORA, reason="my neighbour", now=NOW)
    for each in (reference, other):
        item = await database.read(queue.get, each)
        assert item is not None
        assert (item.state, item.agent) == (State.WAITING, None)
        assert Reason.CONFLICT in item.reasons
    with pytest.raises(ConflictOfInterest, match="my neighbour"):
        await database.run(desk.claim, reference, NORA, NOW)
    with pytest.raises(ConflictOfInterest):
        await database.run(deciding.draft, reference, NORA, NO, outside="", now=NOW, as_supervisor=True)
    await database.run(desk.claim, reference, "Ben", NOW)


async def test_routing_passes_them_over(desk_database: Database) -> None:
    """Neither "next" nor an offer gives them the case; somebody else gets it."""
    reference = await complain_to(desk_database)
    await desk_database.run(
        investigating.step_aside, reference, SUE, who=NORA, reason="family", now=NOW, as_supervisor=True
    )
    assert await desk_database.run(routing.assign_next, NORA, NOW) is None
    await desk_database.run(presence.set_presence, NORA, Presence.AVAILABLE, NOW)
    assert await desk_database.run(routing.offer_waiting, NOW) == []
    await desk_database.run(presence.set_presence, BEN, Presence.AVAILABLE, NOW)
    [offer] = await desk_database.run(routing.offer_waiting, NOW)
    assert offer.agent == BEN


@pytest.mark.parametrize(
    ("text", "category", "kept_out"),
    [
        ("nora hill hung up on me", Category.DEFECT, [NORA]),
        ("Nora was rude to me", Category.STAFF_CONDUCT, [NORA]),
        ("Nora was helpful, the kettle is broken", Category.DEFECT, []),
        ("The honoraria are late", Category.STAFF_CONDUCT, []),
        ("They will sue, ben and jerry", Category.STAFF_CONDUCT, [BEN]),
        ("Your Sue was rude", Category.STAFF_CONDUCT, [SUE]),
    ],
)
async def test_a_complaint_about_somebody_is_not_theirs(
    desk_database: Database, text: str, category: Category, kept_out: list[str]
) -> None:
    """Named in full, or by a part where it is about conduct; words that look like names are none."""
    reference = await complain_to(desk_database, text=text)

    def unit(session: Session) -> list[str]:
        case = register.find(session, reference)
        case.category = category
        return conflicts.notice(session, case, NOW)

    assert await desk_database.run(unit) == kept_out
    assert [c.agent for c in await desk_database.read(conflicts_of, reference)] == kept_out
    for name in (NORA, BEN, SUE):
        if name in kept_out:
            with pytest.raises(ConflictOfInterest):
                await desk_database.run(desk.claim, reference, name, NOW)


async def test_only_another_supervisor_lifts_it(desk_database: Database) -> None:
    """Not oneself; and then it does not come back by itself."""
    reference = await complain_to(desk_database, text="Nora Hill told me to wait")
    with pytest.raises(ConflictOfInterest):
        await desk_database.run(desk.claim, reference, NORA, NOW)
    await desk_database.run(lambda s: conflicts.notice(s, register.find(s, reference), NOW))
    with pytest.raises(BadInput):
        await desk_database.run(investigating.lift_conflict, reference, NORA, who=NORA, reason="no", now=NOW)
    await desk_database.run(
        investigating.lift_conflict, reference, SUE, who=NORA, reason="she only answered the phone", now=NOW
    )
    assert await desk_database.run(lambda s: conflicts.notice(s, register.find(s, reference), NOW)) == []
    await desk_database.run(desk.claim, reference, NORA, NOW)


async def test_nobody_declares_for_another(desk_database: Database) -> None:
    """Only supervisors do: it would be a way to get rid of a rival."""
    reference = await complain_to(desk_database)
    with pytest.raises(NotHolder):
        await desk_database.run(investigating.step_aside, reference, BEN, who=NORA, reason="family", now=NOW)


async def test_contested_is_open_again(database: Database) -> None:
    """Its own event, back in the queue, for another if there is one; the customer hears both ways."""
    reference = await answered(database)
    await database.run(
        recourse.contest, reference, SUE, reason="The box was torn.", outside="the Ombudsman, 0800 1",
        now=NOW, as_supervisor=True,
    )  # fmt: skip
    assert (await database.read(register.find, reference)).status == Status.INVESTIGATING
    kinds = [
        e.kind for e in await database.read(lambda s: register.events_of(s, register.find(s, reference)))
    ]
    assert "contested" in kinds
    assert "reopened" not in kinds
    told = (await database.read(system_lines, reference))[-1]
    assert "review" in told
    assert "the Ombudsman, 0800 1" in told
    item = await database.read(queue.get, reference)
    assert item is not None
    assert (item.state, item.reasons) == (State.WAITING, [Reason.CONTESTED])
    assert await database.run(routing.assign_next, NORA, NOW) is None
    assert await database.run(routing.assign_next, "Ben", NOW) == reference


async def test_a_decider_alone_may_take_it_up_again(database: Database) -> None:
    """Another is only suggested: in a small house the customer would wait for ever."""
    reference = await answered(database)
    await database.run(recourse.contest, reference, SUE, reason="no", outside="", now=NOW, as_supervisor=True)
    await database.run(desk.claim, reference, NORA, NOW)


async def test_review_is_by_another(database: Database) -> None:
    """Who decided is kept out, supervisors see it at once, the customer is told, and another decides."""
    reference = await answered(database)
    await database.run(
        recourse.escalate, reference, SUE, reason="asks for a review", now=NOW, as_supervisor=True
    )
    with pytest.raises(ConflictOfInterest):
        await database.run(desk.claim, reference, NORA, NOW)
    item = await database.read(queue.get, reference)
    assert item is not None
    assert Reason.REVIEW in item.reasons
    assert item.escalated_at == NOW
    assert reference in (await database.read(system_lines, reference))[-1]
    await database.run(desk.claim, reference, "Ben", NOW)
    await database.run(deciding.resolve, reference, "Ben", NO, outside="", now=NOW + timedelta(days=1))
    assert (await database.read(register.find, reference)).decided_by == "Ben"


async def test_outside_recourse_is_recorded(desk_database: Database) -> None:
    """With body and date, and the case stays where it is; without an answer nothing can be accepted."""
    reference = await answered(desk_database)
    await desk_database.run(
        recourse.escalate_outside, reference, SUE, body="the Ombudsman", now=NOW, as_supervisor=True
    )
    event = await desk_database.read(lambda s: register.events_of(s, register.find(s, reference))[-1])
    assert (event.kind, event.at, event.data["body"]) == ("escalated_externally", NOW, "the Ombudsman")
    assert (await desk_database.read(register.find, reference)).status == Status.RESPONDED
    await desk_database.run(recourse.accept, reference, SUE, now=NOW, as_supervisor=True)
    assert (await desk_database.read(register.find, reference)).status == Status.CLOSED
    with pytest.raises(MoveRefused):
        await desk_database.run(recourse.accept, reference, SUE, now=NOW, as_supervisor=True)


@pytest.mark.parametrize("language", texts.languages())
async def test_both_ways_in_every_language(desk_database: Database, language: str) -> None:
    """Inside and outside; without an outside body the sentence about it is left out."""
    reference = await answered(desk_database)
    case = await desk_database.read(register.find, reference)
    whole = recourse.explain(language, case, "Ombudsman 0800")
    assert reference in whole
    assert "Ombudsman 0800" in whole
    assert len(recourse.explain(language, case, "")) < len(whole)
