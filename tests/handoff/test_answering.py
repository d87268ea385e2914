"""What the holder of a case says and decides reaches the customer once, and the history always.

Mutation: drop the request id from the dedup key in `desk.reply`, or let `desk.resolve` leave
``conversation.holder`` set.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.db import Database
from channels.transcript import Author, Message
from complaints import register
from complaints.complaint import Category, Decision, MoveRefused, Remedy, Severity, Status
from complaints.record import Complaint, Event
from handoff import desk, queue
from handoff.queue import BadInput, NotHolder, State
from tests.handoff.cases import NOW, bot_says, complain_to, said


def of_agents(messages: list[Message]) -> list[tuple[str | None, str]]:
    return [(m.author_name, m.text) for m in messages if m.author == Author.AGENT]


def last_event(session: Session, reference: str) -> Event:
    return register.events_of(session, register.find(session, reference))[-1]


async def held_by_anna(database: Database) -> str:
    reference = await complain_to(database)
    await database.run(desk.claim, reference, "Anna", NOW)
    return reference


async def decide(database: Database, reference: str, decision: Decision, outside: str = "") -> Complaint:
    def unit(session: Session) -> Complaint:
        desk.resolve(
            session,
            reference,
            "Anna",
            decision=decision,
            remedy=Remedy.REFUND if decision is not Decision.NOT_UPHELD else None,
            text="You get 40 euros back.",
            outside=outside,
            now=NOW,
        )
        return register.find(session, reference)

    return await database.run(unit)


async def test_double_click_sends_once(database: Database) -> None:
    """The same request, many times and at once, is one message and one event."""
    reference = await held_by_anna(database)
    await asyncio.gather(
        *(database.run(desk.reply, reference, "Anna", "Hello Maria", "click-1", NOW) for _ in range(5))
    )
    assert of_agents(await database.read(said, reference)) == [("Anna", "Hello Maria")]
    events = await database.read(lambda s: register.events_of(s, register.find(s, reference)))
    assert [e.kind for e in events].count("replied") == 1


async def test_same_words_twice_are_two_replies(database: Database) -> None:
    """Another request is another message, whatever it says."""
    reference = await held_by_anna(database)
    for request in ("click-1", "click-2"):
        await database.run(desk.reply, reference, "Anna", "Are you there?", request, NOW)
    assert len(of_agents(await database.read(said, reference))) == 2


async def test_only_the_holder_replies(database: Database) -> None:
    """Nobody else reaches the customer: no colleague, nobody without a claim, nobody afterwards."""
    reference = await complain_to(database)
    with pytest.raises(NotHolder, match="claim"):
        await database.run(desk.reply, reference, "Anna", "Hello", "1", NOW)
    await database.run(desk.claim, reference, "Anna", NOW)
    with pytest.raises(NotHolder, match="Anna"):
        await database.run(desk.reply, reference, "Ben", "Hello", "1", NOW)
    await database.run(desk.release, reference, "Anna", NOW)
    with pytest.raises(NotHolder):
        await database.run(desk.reply, reference, "Anna", "Hello", "2", NOW)
    assert of_agents(await database.read(said, reference)) == []


async def test_late_repetition_answers_like_the_first(database: Database) -> None:
    """A retry that arrives after the release is still no error, for the one who sent it."""
    reference = await held_by_anna(database)
    await database.run(desk.reply, reference, "Anna", "Hello", "1", NOW)
    await database.run(desk.release, reference, "Anna", NOW)
    await database.run(desk.reply, reference, "Anna", "Hello", "1", NOW)
    with pytest.raises(NotHolder):
        await database.run(desk.reply, reference, "Ben", "Hello", "1", NOW)
    assert len(of_agents(await database.read(said, reference))) == 1


async def test_notes_stay_inside(database: Database) -> None:
    """A note is in the history with its author, and not in the conversation."""
    reference = await complain_to(database)
    before = len(await database.read(said, reference))
    await database.run(desk.note, reference, "Ben", "The carrier says it was dropped", NOW)
    event = await database.read(last_event, reference)
    assert (event.kind, event.actor) == ("note", "agent:Ben")
    assert event.data == {"text": "The carrier says it was dropped"}
    assert len(await database.read(said, reference)) == before


async def test_assessment_is_overridden_with_a_reason(database: Database) -> None:
    """Severity may fall when a person says why, and the queue follows."""
    urgent = await complain_to(database, severity=Severity.HIGH)
    other = await complain_to(database, severity=Severity.MEDIUM)
    await database.run(
        desk.assess,
        urgent,
        "Anna",
        severity=Severity.LOW,
        category=Category.BILLING,
        reason="a misread bill",
        now=NOW,
    )
    assert [i.reference for i, _ in await database.read(queue.items)] == [other, urgent]
    event = await database.read(last_event, urgent)
    assert (event.kind, event.reason, event.actor) == ("reassessed", "a misread bill", "agent:Anna")


@pytest.mark.parametrize("wrong", [{"severity": Severity.LOW, "reason": " "}, {"reason": "because"}])
async def test_assessment_needs_reason_and_change(database: Database, wrong: dict[str, object]) -> None:
    """Neither a silent override nor an empty one is taken."""
    reference = await complain_to(database)
    with pytest.raises(BadInput):
        await database.run(
            lambda s: desk.assess(
                s, reference, "Anna", **{"severity": None, "category": None, "now": NOW, **wrong}
            )  # type: ignore[arg-type]
        )


async def test_upheld_closes(database: Database) -> None:
    """The customer reads decision, remedy and the agent's words; all is closed; the bot is back."""
    reference = await held_by_anna(database)
    case = await decide(database, reference, Decision.UPHELD)
    assert (case.status, case.decision, case.remedy) == (Status.CLOSED, "upheld", "refund")
    [(name, letter)] = of_agents(await database.read(said, reference))
    assert name == "Anna"
    assert reference in letter
    assert "refund" in letter
    assert "You get 40 euros back." in letter
    item = await database.read(queue.get, reference)
    assert item is not None
    assert (item.state, item.agent) == (State.CLOSED, None)
    assert await database.run(bot_says, reference, "Anything else?")


async def test_not_upheld_stays_open(database: Database) -> None:
    """The customer learns how to go on, inside and outside, and a person looks at the case again."""
    reference = await held_by_anna(database)
    case = await decide(database, reference, Decision.NOT_UPHELD, "the Ombudsman, 0800 023 4567")
    assert case.status == Status.RESPONDED
    [(_, letter)] = of_agents(await database.read(said, reference))
    assert "write back here" in letter
    assert "the Ombudsman, 0800 023 4567" in letter
    assert await database.run(bot_says, reference, "Anything else?")
    assert await database.run(queue.bring_back, NOW + timedelta(days=27)) == []
    assert await database.run(queue.bring_back, NOW + timedelta(days=28)) == [reference]


async def test_decided_twice_is_refused(database: Database) -> None:
    """A double click on resolve is one decision and one letter."""
    reference = await held_by_anna(database)
    await decide(database, reference, Decision.UPHELD)
    with pytest.raises(MoveRefused):
        await decide(database, reference, Decision.UPHELD)
    assert len(of_agents(await database.read(said, reference))) == 1


async def test_decision_can_change(database: Database) -> None:
    """Claimed again, an answered case can be upheld after all."""
    reference = await held_by_anna(database)
    await decide(database, reference, Decision.NOT_UPHELD)
    await database.run(desk.claim, reference, "Anna", NOW)
    case = await decide(database, reference, Decision.UPHELD)
    assert case.status == Status.CLOSED
    assert len(of_agents(await database.read(said, reference))) == 2


async def test_answered_case_is_closed_with_a_reason(database: Database) -> None:
    """Only an answered case can be closed without a full yes, and only by saying why."""
    reference = await held_by_anna(database)
    with pytest.raises(MoveRefused):
        await database.run(desk.close, reference, "Anna", "done", NOW)
    await decide(database, reference, Decision.PARTLY_UPHELD)
    await database.run(desk.claim, reference, "Anna", NOW)
    with pytest.raises(BadInput):
        await database.run(desk.close, reference, "Anna", " ", NOW)
    await database.run(desk.close, reference, "Anna", "the customer accepts", NOW)
    event = await database.read(last_event, reference)
    assert (event.kind, event.reason) == ("closed", "the customer accepts")


async def test_unassessed_case_can_be_taken(database: Database) -> None:
    """A case that the bot could not assess is no dead end for a person."""
    reference = await complain_to(database)

    def unassess(session: Session) -> None:
        register.find(session, reference).status = Status.RECEIVED

    await database.run(unassess)
    await database.run(desk.claim, reference, "Anna", NOW)
    assert (await decide(database, reference, Decision.UPHELD)).status == Status.CLOSED
