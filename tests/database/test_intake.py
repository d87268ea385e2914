"""Webhooks that wait together are committed together, and each stands for itself.

Mutation: in `bot.intake.Intake._work` refuse the whole batch after any error; or in
`channels.inbox._rounds` yield all messages at once; or in `Intake` make a batch of each receipt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from bot.app import store
from bot.db import Database
from bot.intake import Intake
from channels import lanes
from channels.channel import Receipt
from channels.message import Address, Inbound
from channels.transcript import Message

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(who: int, n: int, text: str = "hello", **more: int) -> Inbound:
    return Inbound(Address("telegram", str(who)), f"{who}/{n}", text, **more)  # type: ignore[arg-type]


def everything(session: Session) -> list[Message]:
    return list(session.exec(select(Message).order_by(col(Message.conversation), col(Message.seq))))


def jobs(session: Session) -> list[lanes.Job]:
    return list(session.exec(select(lanes.Job).order_by(col(lanes.Job.lane), col(lanes.Job.position))))


async def test_a_flood_shares_commits(database: Database) -> None:
    """A hundred at once: each stored with its jobs, in the order in which it came, and few commits."""
    sizes = []

    def counted(session: Session, receipts: Sequence[Receipt], now: datetime) -> Sequence[Sequence[str]]:
        sizes.append(len(receipts))
        return store(session, receipts, now)

    intake = Intake(database, counted)
    flood = [Receipt((said(n % 20, n // 20, f"text {n // 20}"),)) for n in range(100)]
    await asyncio.gather(*map(intake.accept, flood))
    kept = await database.read(everything)
    assert len(kept) == 100
    for who in range(20):
        mine = [m for m in kept if m.conversation == f"telegram:{who}"]
        assert [(m.seq, m.text) for m in mine] == [(n + 1, f"text {n}") for n in range(5)]
        turns = [j.payload["message"] for j in await database.read(jobs) if j.lane == f"in:telegram:{who}"]
        assert turns == [m.id for m in mine]
    receipts = [j for j in await database.read(jobs) if j.lane.startswith("clock:")]
    assert sorted(j.payload["receipt"] for j in receipts) == sorted(m.id or 0 for m in kept)
    assert len(sizes) <= 8


async def test_redelivered_within_one_commit(database: Database) -> None:
    """The same message three times at once is one message."""
    intake = Intake(database, store)
    await asyncio.gather(*(intake.accept(Receipt((said(1, 1),))) for _ in range(3)))
    assert len(await database.read(everything)) == 1


async def test_poison_fails_alone(database: Database) -> None:
    """A receipt that cannot be stored is refused; those that share its commit are not, nor is any twice."""

    def fussy(session: Session, receipts: Sequence[Receipt], now: datetime) -> Sequence[Sequence[str]]:
        found = store(session, receipts, now)
        if any(m.text == "poison" for r in receipts for m in r.messages):
            raise ValueError("poison")
        return found

    intake = Intake(database, fussy)
    texts = ["a", "b", "poison", "c", "d"]
    done = await asyncio.gather(
        *(intake.accept(Receipt((said(1, n, text),))) for n, text in enumerate(texts)), return_exceptions=True
    )
    assert [type(outcome) for outcome in done] == [type(None), type(None), ValueError, type(None), type(None)]
    assert [m.text for m in await database.read(everything)] == ["a", "b", "c", "d"]


async def test_whoever_gives_up_waiting_changes_nothing(database: Database) -> None:
    """A platform that hangs up: its message is stored all the same, and the others are told."""
    intake = Intake(database, store)
    tasks = [asyncio.create_task(intake.accept(Receipt((said(n, 1),)))) for n in range(5)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(asyncio.CancelledError) == 1
    async with database.listen("in") as ear:  # the queue of the one that nobody waits for may be the last
        while len(await database.read(everything)) < 5:
            assert await ear.wait(10)


async def test_the_platforms_order(database: Database) -> None:
    """A message that was overtaken on the way is put before those of a higher order."""
    intake = Intake(database, store)
    await asyncio.gather(*(intake.accept(Receipt((said(1, n, order=n),))) for n in (3, 1, 2)))

    def lane(session: Session) -> list[int]:
        now = datetime.now(UTC) + timedelta(seconds=1)
        lease = lanes.lease(session, "in", "me", now)
        assert lease is not None
        found = []
        while job := lanes.next_job(session, lease, now):
            found.append(session.get_one(Message, job.payload["message"]).provider_id)
            lanes.finish(session, lease, job, now)
        return found

    assert await database.run(lane) == ["1/1", "1/2", "1/3"]


async def test_two_processes_at_once(database_url: str) -> None:
    """Each stores messages of the same conversations, in opposite orders: all are there, each once."""
    async with await Database.open(database_url) as one, await Database.open(database_url) as other:
        intakes = Intake(one, store), Intake(other, store)
        people = [*range(30)]
        for n in range(3):
            await asyncio.gather(
                *(intakes[0].accept(Receipt((said(who, 2 * n),))) for who in people),
                *(intakes[1].accept(Receipt((said(who, 2 * n + 1),))) for who in reversed(people)),
                *(intakes[1].accept(Receipt((said(who, 2 * n),))) for who in reversed(people)),
            )
        kept = await one.read(everything)
    assert len(kept) == 30 * 6
    assert {m.conversation: m.seq for m in kept} == {f"telegram:{who}": 6 for who in people}


@pytest.mark.parametrize("album", [None, "a1"])
async def test_several_of_one_conversation_in_one_receipt(database: Database, album: str | None) -> None:
    """They are stored in their order; parts of an album are one turn."""
    parts = tuple(Inbound(Address("telegram", "1"), f"1/{n}", f"text {n}", album=album) for n in range(3))
    await Intake(database, store).accept(Receipt(parts))
    kept = await database.read(everything)
    assert [m.seq for m in kept] == [1, 2, 3]
    assert len([j for j in await database.read(jobs) if j.lane == "in:telegram:1"]) == (1 if album else 3)
