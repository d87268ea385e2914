"""A receipt when the engine does not answer: one for each outage, settled when it is back.

Mutation: in `bot.receipts._first_unanswered` return the message's own id: every message of an outage
then gets a receipt of its own. Or leave the case provisional in `handoff.holding.investigate`: the bot
closes it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, update

from bot import receipts
from bot.db import Database
from bot.engine import Answer, Said
from bot.turn import Turn
from channels.inbox import RECEIPT_AFTER
from channels.lanes import ATTEMPTS, Job, JobState, Lease, Unavailable
from complaints import commands, triage
from complaints.complaint import Kind, Status
from complaints.facts import Facts
from handoff import desk, holding, queue
from handoff.staff import agents
from handoff.staff.roles import Role
from tests.turn.desk import HOME, ScriptedEngine, answer, cases, hold, messages, said, settings, work, write

LATER = RECEIPT_AFTER + timedelta(seconds=1)


@dataclass
class SlowEngine(ScriptedEngine):
    """While it thinks about the first message, ``meanwhile`` happens."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def turn(self, conversation: str, said: Said, facts: Facts, state: dict[str, Any] | None) -> Answer:
        decided = await super().turn(conversation, said, facts, state)
        if len(self.asked) == 1 and self.meanwhile:
            await self.meanwhile()
        return decided


async def run_timers(database: Database) -> None:
    async def receipt(lease: Lease, job: Job) -> None:
        await database.run(receipts.write, lease, job, settings(), datetime.now(UTC) + LATER)

    while await work(database, "clock", receipt, LATER):
        pass


async def test_one_receipt_and_one_case_for_an_outage(database: Database) -> None:
    await write(database, "my kettle leaks", 1)
    await write(database, "hello??", 2)
    await run_timers(database)
    [case] = await cases(database)
    [text] = await said(database)
    assert case.reference in text
    assert case.provisional
    assert len(await database.read(queue.items)) == 1


async def test_nothing_before_its_time_and_nothing_once_answered(database: Database) -> None:
    turn = Turn(database, ScriptedEngine(lambda *_: answer("Hello.")), settings())
    await write(database, "hi", 1)
    await work(database, "in", turn.take)
    await run_timers(database)
    assert await said(database) == ["Hello."]
    assert await cases(database) == []


async def test_the_reference_of_the_receipt_becomes_the_complaints(database: Database) -> None:
    def script(said: Said, facts: Facts) -> Answer:
        assert facts.provisional == facts.offer.reference
        filed = commands.FileComplaint(reference=facts.offer.reference, description=said.text)
        return answer(f"Filed as {facts.offer.reference}.", commands=(filed,))

    await write(database, "my kettle leaks", 1)
    await run_timers(database)
    await work(database, "in", Turn(database, ScriptedEngine(script), settings()).take)
    [case] = await cases(database)
    assert (case.kind, case.provisional, case.description) == ("complaint", False, "my kettle leaks")
    references = {r for text in await said(database) for r in re.findall(r"RC-\w{8}", text)}
    assert references == {case.reference}


async def test_no_complaint_after_all_becomes_feedback(database: Database) -> None:
    await write(database, "do you open on sundays?", 1)
    await run_timers(database)
    engine = ScriptedEngine(lambda *_: answer("From 10 to 4. Nothing is filed."))
    await work(database, "in", Turn(database, engine, settings()).take)
    [case] = await cases(database)
    assert (case.kind, case.status) == ("feedback", "closed")
    assert await database.read(queue.items) == []


async def test_danger_is_told_whom_to_call_even_without_the_engine(database: Database) -> None:
    await write(database, "the gas heater exploded and my son is unconscious", 1)
    await run_timers(database)
    [text] = await said(database)
    assert "emergency" in text.lower()
    [case] = await cases(database)
    assert case.severity == "critical"


async def test_no_receipt_where_a_person_reads_along(database: Database) -> None:
    await write(database, "hello?", 1)
    await hold(database, "Anna")
    await run_timers(database)
    assert await said(database) == []


async def test_a_receipt_while_the_engine_thinks_makes_no_second_case(database: Database) -> None:
    """The answer was decided before it: the turn is repeated, and files under the receipt's reference."""

    def script(said: Said, facts: Facts) -> Answer:
        filed = commands.FileComplaint(reference=facts.offer.reference, description=said.text)
        return answer(f"Filed as {facts.offer.reference}.", commands=(filed,))

    turn = Turn(database, SlowEngine(script, meanwhile=lambda: run_timers(database)), settings())
    await write(database, "my kettle leaks", 1)
    with pytest.raises(Unavailable):
        await work(database, "in", turn.take)
    await work(database, "in", turn.take)
    [case] = await cases(database)
    assert not case.provisional
    assert len(await said(database)) == 2
    assert all(case.reference in text for text in await said(database))


async def test_a_wish_for_a_person_keeps_the_case_of_the_receipt(database: Database) -> None:
    """Somebody was promised under that reference: it waits in the queue, and is not closed as feedback."""

    def script(said: Said, facts: Facts) -> Answer:
        wish = commands.AskForHuman(reference=facts.offer.reference, reason="asked", description=said.text)
        return answer(f"A colleague will take {facts.offer.reference}.", commands=(wish,))

    await write(database, "I want to talk to a person", 1)
    await run_timers(database)
    await work(database, "in", Turn(database, ScriptedEngine(script), settings()).take)
    [case] = await cases(database)
    assert (case.kind, case.provisional, Status(case.status).is_open) == (Kind.CONTACT, False, True)
    [(item, _)] = await database.read(queue.items)
    assert "asked" in item.reasons


def _hire(session: Session) -> None:
    agents.add(session, "Anna", Role.AGENT, datetime.now(UTC))


async def test_whom_an_agent_claims_meanwhile_the_bot_leaves_alone(database: Database) -> None:
    """The engine was asked before: what it says of the receipt's case comes too late."""
    await database.run(_hire)
    await write(database, "my heating has been off for three days", 1)
    await run_timers(database)
    [case] = await cases(database)

    async def claim() -> None:
        await database.run(holding.claim, case.reference, "Anna", datetime.now(UTC))

    engine = SlowEngine(lambda *_: answer("Hello! How can I help?"), meanwhile=claim)
    turn = Turn(database, engine, settings())
    with pytest.raises(Unavailable):
        await work(database, "in", turn.take)
    await work(database, "in", turn.take)
    [case] = await cases(database)
    assert (case.kind, case.status) == (Kind.COMPLAINT, Status.INVESTIGATING)
    assert "Hello! How can I help?" not in await said(database)
    item = await database.read(queue.get, case.reference)
    assert item is not None
    assert (item.state, item.agent) == ("held", "Anna")


async def test_what_an_agent_has_worked_on_is_no_feedback(database: Database) -> None:
    """After she has handed it back, a word of thanks does not close it."""
    await database.run(_hire)
    await write(database, "my heating has been off for three days", 1)
    await run_timers(database)
    [case] = await cases(database)
    turn = Turn(database, ScriptedEngine(lambda *_: answer("You're welcome.")), settings())
    now = datetime.now(UTC)
    await database.run(holding.claim, case.reference, "Anna", now)
    await work(database, "in", turn.take)
    await database.run(desk.hand_back, case.reference, "Anna", now, note="a technician comes on Monday")
    await write(database, "thanks", 2)
    await work(database, "in", turn.take)
    [case] = await cases(database)
    assert (case.kind, case.status) == (Kind.COMPLAINT, Status.INVESTIGATING)
    assert (await said(database))[-1] == "You're welcome."


async def test_a_text_at_which_the_rules_fail_ends_with_a_person(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its turn nor its receipt gets through it; a case and a reference there are all the same."""

    def broken(text: str, *_: object) -> None:
        raise ValueError(text)

    monkeypatch.setattr(triage, "hazard", broken)
    turn = Turn(database, ScriptedEngine(lambda *_: answer("Hello.")), settings())
    await write(database, "POISON my heater caught fire", 1)

    async def last_attempt(lease: Lease, job: Job) -> None:
        job.attempts = ATTEMPTS - 1
        await turn.take(lease, job)

    await work(database, "in", last_attempt)
    [case] = await cases(database)
    [text] = await said(database)
    assert case.reference in text
    assert not case.provisional
    [(item, _)] = await database.read(queue.items)
    assert item.reference == case.reference
    assert [m.state for m in await messages(database) if m.author == "customer"] == ["answered"]


async def test_the_next_outage_has_its_receipt(database: Database) -> None:
    """A message that will never have a turn does not stand for the outages after it."""
    await write(database, "hello", 1)

    def set_apart(session: Session) -> None:
        lane = col(Job.lane) == f"in:{HOME.conversation}"
        session.exec(update(Job).where(lane).values(state=JobState.DEAD))

    await database.run(set_apart)
    await run_timers(database)
    receipts_said = len(await said(database))
    for number in (2, 3):
        await write(database, "is anybody there?", number)
        await run_timers(database)
        turn = Turn(database, ScriptedEngine(lambda *_: answer("Yes.")), settings())
        await work(database, "in", turn.take)
    texts_said = [text for text in await said(database) if "RC-" in text]
    assert len(texts_said) == receipts_said + 2
