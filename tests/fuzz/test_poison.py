"""Texts that nobody writes go through accept, turn, register and desk, on both databases, in time.

Mutation: in `bot.turn` give up at `TurnFailed` alone; in `actions.details` read all of a text.
"""

from __future__ import annotations

import random
import time
from datetime import datetime
from decimal import Decimal

import pytest
from sqlmodel import Session, update

from actions.details import find_details, find_product
from bot.db import Database
from bot.turn import Turn
from channels.checking import checked
from channels.lane_tables import Job
from channels.lanes import ATTEMPTS
from channels.message import Inbound
from channels.transcript import Author, Delivery
from complaints import commands
from complaints.commands import Details
from handoff.case_file import case_file, queue_lines
from tests.fuzz.conftest import filing
from tests.turn.desk import HOME, ScriptedEngine, answer, cases, messages, settings, work, write

rng = random.Random(4)
TEXTS = {
    "NUL": "my \0 kettle\0",
    "lone surrogates": "my \ud800 kettle \udc00\udfff",
    "digits": "9" * 100_000,
    "digits of money": "9" * 100_000 + " euros",
    "megabyte": "a" * 1_000_000,
    "megabyte of spaces": "a" + " " * 1_000_000 + "b",
    "megabyte of lines": "a\n" * 500_000,
    "words": "fire gas child hospital " * 40_000,
    "right to left": "\u202e\u2066my kettle\u202d" * 5_000,
    "marks": "e" + "\u0301" * 100_000,
    "no characters": "\ufdd0\ufffe\U0010ffff\x01\x1f\x7f\x85",
    "any": "".join(chr(rng.randrange(1, 0xD800)) for _ in range(50_000)),
    "emoji": "👨‍👩‍👧‍👦🏴‍☠️" * 5_000,
    "dates": "12/12/2020 " * 9_000,
    "references": "RC-7K2M9P4X " * 5_000,
    "commands": '/restart /greet{"a": 1}',
}


@pytest.mark.parametrize("name", TEXTS)
async def test_a_strange_text_is_answered_at_once_and_read_by_agents(database: Database, name: str) -> None:
    turn = Turn(database, ScriptedEngine(filing), settings())
    inbound = checked(Inbound(HOME, "u1", TEXTS[name], sender_name=TEXTS[name]))
    await write(database, inbound.text, 1, sender_name=inbound.sender_name)
    began = time.process_time()
    assert await work(database, "in", turn.take)
    assert time.process_time() - began < 10, "others wait meanwhile"
    said = await messages(database)
    assert said[0].state == Delivery.ANSWERED
    assert said[1].author == Author.BOT
    [case] = await cases(database)
    assert (await database.read(case_file, case.reference))["description"] == case.description
    assert len(await database.read(queue_lines)) == 1


@pytest.mark.parametrize("name", TEXTS)
def test_details_of_a_strange_text_are_read_in_time(name: str) -> None:
    now = datetime(2026, 11, 22)  # noqa: DTZ001  (local time)
    began = time.process_time()
    found = find_details(TEXTS[name], "en", now, "GB")
    find_product(TEXTS[name], "en")
    assert time.process_time() - began < 5
    assert found.amount is None


async def test_what_can_never_be_applied_reaches_a_person(database: Database) -> None:
    """The engine asks for what the register refuses, again and again: a receipt, and the desk."""

    def refused(said: object, facts: object) -> object:
        reopen = commands.Reopen(reference="RC-7K2M9P4X", reason="no case of theirs")
        return answer("Reopened.", commands=(reopen,))

    turn = Turn(database, ScriptedEngine(refused), settings())  # type: ignore[arg-type]
    await write(database, "my kettle leaks", 1)
    for _ in range(ATTEMPTS - 1):
        with pytest.raises(Exception, match="RC-7K2M9P4X"):
            await work(database, "in", turn.take)
        await database.run(_count_attempt)
    assert await work(database, "in", turn.take)
    [case] = await cases(database)
    assert not case.provisional
    assert not await work(database, "in", turn.take)


def _count_attempt(session: Session) -> None:
    session.exec(update(Job).values(attempts=Job.attempts + 1))


def test_an_amount_that_no_column_holds_is_no_detail() -> None:
    with pytest.raises(ValueError, match="less than"):
        Details(amount=Decimal(10) ** 12)
    found = find_details("I want " + "9" * 40 + " euros back", "en", datetime(2026, 11, 22), "GB")  # noqa: DTZ001
    assert found.amount is None
