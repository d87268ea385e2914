"""A danger counts wherever it is said: in a message that was changed, in the answer to a question of ours.

Mutation: leave out ``heed`` in `bot.short_turns.answer_aside`, or the lane's job in `channels.inbox._revise`.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.db import Database
from bot.turn import Turn
from channels.message import InboundKind
from complaints import texts
from handoff import queue
from tests.aftercare.customers import NOW, answered
from tests.turn.desk import ScriptedEngine, answer, cases, hold, said, settings, work, write
from tests.turn.test_turn import filing

BURNT = "my kettle exploded, my daughter is badly burnt and cannot breathe"


def turn_of(database: Database) -> Turn:
    return Turn(database, ScriptedEngine(lambda said, facts: filing(said.text, facts)), settings())


async def changed(database: Database, turn: Turn, before: str, after: str) -> bool:
    """A message is answered, then changed; whether that was looked at."""
    await write(database, before, 1, message_id="7", order=7)
    await work(database, "in", turn.take)
    await write(database, after, 2, kind=InboundKind.EDIT, revises="7")
    return await work(database, "in", turn.take)


async def test_a_danger_that_is_written_into_an_answered_message(database: Database) -> None:
    """The case is raised, a person reads it, and the customer hears whom to call; once."""
    turn = turn_of(database)
    assert await changed(database, turn, "my kettle is broken", BURNT)
    [case] = await cases(database)
    assert case.severity == "critical"
    item = await database.read(queue.get, case.reference)
    assert item is not None
    assert "danger" in item.reasons
    assert (await said(database))[-1] == texts.say("emergency", "en")
    await write(database, BURNT.replace("badly", "very badly"), 3, kind=InboundKind.EDIT, revises="7")
    await work(database, "in", turn.take)
    assert (await said(database)).count(texts.say("emergency", "en")) == 1


async def test_where_there_is_no_case_one_is_made(database: Database) -> None:
    turn = Turn(database, ScriptedEngine(lambda *_: answer("Hello.")), settings())
    assert await changed(database, turn, "hi there", BURNT)
    [case] = await cases(database)
    assert (case.severity, case.provisional, case.description) == ("critical", False, BURNT)


async def test_while_a_person_holds_it_the_program_is_silent(database: Database) -> None:
    turn = turn_of(database)
    await write(database, "my kettle is broken", 1, message_id="7", order=7)
    await work(database, "in", turn.take)
    await hold(database, "Anna")
    heard = len(await said(database))
    await write(database, BURNT, 2, kind=InboundKind.EDIT, revises="7")
    await work(database, "in", turn.take)
    [case] = await cases(database)
    assert case.severity == "critical"
    assert len(await said(database)) == heard


async def test_a_slip_of_the_pen_changes_nothing(database: Database) -> None:
    turn = turn_of(database)
    assert await changed(database, turn, "my ketle is broken", "my kettle is broken")
    assert len(await said(database)) == 2, "the answer to the message, and no more"


@pytest.mark.parametrize(
    "words", ["no, it smells of smoke when I switch it on", "no, there is mould in the food and I was sick"]
)
async def test_a_danger_in_the_answer_to_whether_it_is_solved(database: Database, words: str) -> None:
    customer = await answered(database, timedelta(days=8))
    assert await customer.passes(NOW) == 1
    before = (await customer.case()).severity
    await customer.says(words)
    assert (before, (await customer.case()).severity) == ("medium", "high")
