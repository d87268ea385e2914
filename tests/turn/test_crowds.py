"""Somebody who floods a conversation gets one polite answer and a person, and loses nothing.

Mutation: let `channels.crowds.is_one_too_many` return ``False``: every message has a turn of its own. Or
leave out the look at ``lately`` in `bot.crowds._say`: the flood is answered by a flood. Or, in
`bot.crowds._answer`, set the next timer only after a full crowd: the last messages are never read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, func, select

from bot import crowds
from bot.db import Database
from channels import inbox, lanes, upkeep
from channels.crowds import CROWD, GATHER, LIMIT
from channels.lanes import Job, Lease
from channels.message import Inbound, InboundKind
from complaints import texts
from handoff import queue
from tests.turn.desk import HOME, cases, hold, messages, said, settings, work, write

LATER = GATHER + timedelta(seconds=1)


async def flood(database: Database, count: int, start: int = 0, text: str = "answer me") -> None:
    for number in range(start, start + count):
        await write(database, f"{text} {number}", number)


async def answer(database: Database) -> bool:
    """Work the next timer: the crowd's, or on a slow machine a receipt's, which is of no interest here."""

    async def take(lease, job) -> None:
        if "crowd" in job.payload:
            await crowds.take(database, settings(), lease, job)
        else:
            await database.run(lanes.finish, lease, job, datetime.now(UTC))

    return await work(database, "clock", take, LATER)


async def answer_all(database: Database) -> None:
    while await answer(database):
        pass


async def turns(database: Database) -> int:
    backlog = await database.read(upkeep.backlog, "in", datetime.now(UTC) + timedelta(seconds=1))
    return backlog.waiting


async def test_no_more_than_the_limit_have_turns_of_their_own(database: Database) -> None:
    await flood(database, LIMIT + 25)
    assert await turns(database) == LIMIT
    assert [m.kind for m in await messages(database)].count(CROWD) == 25


async def test_one_polite_answer_a_case_and_a_person(database: Database) -> None:
    """All of it is in the transcript, the case has it, and the next crowd within minutes is not answered."""
    await flood(database, LIMIT + 25)
    await answer_all(database)
    (case,) = await cases(database)
    assert await said(database) == [texts.say("too_many_messages", "en", reference=case.reference)]
    assert all(f"answer me {number}" in case.description for number in range(LIMIT, LIMIT + 25))
    item = await database.read(queue.get, case.reference)
    assert item is not None
    assert item.state == "waiting"
    assert not case.provisional
    await flood(database, 5, LIMIT + 25)
    await answer_all(database)
    assert len(await said(database)) == 1
    assert {m.state for m in await messages(database) if m.kind == CROWD} == {"answered"}
    (case,) = await cases(database)
    assert f"answer me {LIMIT + 29}" in case.description


async def test_a_large_crowd_is_read_piece_by_piece(database: Database) -> None:
    await flood(database, LIMIT + 150)
    await answer_all(database)
    assert {m.state for m in await messages(database) if m.kind == CROWD} == {"answered"}
    assert len(await said(database)) == 1


async def test_danger_in_a_crowd_is_found(database: Database) -> None:
    """It raises the case, and the first sentence says whom to call."""
    await flood(database, LIMIT + 2)
    await write(database, "there is a gas leak and I cannot breathe, I am dying", 9001)
    await answer_all(database)
    (case,) = await cases(database)
    assert case.severity == "critical"
    assert "112" in (await said(database))[0].partition(".")[0]


@pytest.mark.parametrize("kind", [InboundKind.OPT_OUT, InboundKind.HELP])
async def test_stop_is_always_heard(database: Database, kind: InboundKind) -> None:
    await flood(database, LIMIT + 1)
    await write(database, "STOP", 9002, kind=kind)
    assert await turns(database) == LIMIT + 1


async def test_whom_a_person_answers_is_not_limited(database: Database) -> None:
    await flood(database, 1)
    await hold(database, "Anna")
    await flood(database, LIMIT + 5, 1)
    assert await turns(database) == LIMIT + 6


async def test_a_redelivery_joins_no_crowd(database: Database) -> None:
    await flood(database, LIMIT + 3)
    await database.run(inbox.accept, Inbound(HOME, "u3", "answer me 3"), datetime.now(UTC))

    def count(session: Session) -> int:
        return session.exec(select(func.count()).select_from(queue.Handoff)).one()

    assert await database.read(count) == 0
    assert len(await messages(database)) == LIMIT + 3


@pytest.mark.parametrize("others", [0, 1])
async def test_who_joins_while_the_crowd_is_read_is_not_forgotten(database: Database, others: int) -> None:
    """Theirs is the timer of the others, and they set none; also where it has found nobody."""
    await flood(database, LIMIT + 1)
    if not others:
        await answer_all(database)
        again = {"crowd": HOME.conversation}
        lane = f"clock:{HOME.conversation}"
        await database.run(lanes.put, lane, again, dedup="crowd:again", now=datetime.now(UTC))

    async def take(lease: Lease, job: Job) -> None:
        if "crowd" not in job.payload:
            await database.run(lanes.finish, lease, job, datetime.now(UTC))
            return
        read = await database.read(crowds._read, HOME.conversation)
        assert len(read.messages if read else []) == others
        await write(database, "there is a gas leak and I cannot breathe, I am dying", 9001)
        await database.run(crowds._answer, lease, job, read, settings(), datetime.now(UTC))

    while not any("gas leak" in m.text for m in await messages(database)):
        assert await work(database, "clock", take, LATER)
    await answer_all(database)
    assert {m.state for m in await messages(database) if m.kind == CROWD} == {"answered"}
    [case] = await cases(database)
    assert case.severity == "critical"
