"""A receipt when the engine does not answer: one for each outage, settled when it is back.

Mutation: in `bot.receipts._first_unanswered` return the message's own id: every message of an outage
then gets a receipt of its own.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import receipts
from bot.db import Database
from bot.engine import Answer, Said
from bot.turn import Turn
from channels.inbox import RECEIPT_AFTER
from channels.lanes import Job, Lease, Unavailable
from complaints import commands
from complaints.complaint import Kind, Status
from complaints.facts import Facts
from handoff import queue
from tests.turn.desk import ScriptedEngine, answer, cases, hold, said, settings, work, write

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
