"""A report of delivery that overtakes our own commit is not lost; what is not ours does not fill the disk.

Mutation: in `channels.outbox.report` leave out ``keep``; in `channels.outbox.sent` leave out what was taken;
leave ``turn`` out of `_SENT`, or `wait_turn` out of `report`; in `channels.upkeep.purge` leave out
``early_reports.forget``; in `channels.early_reports.keep` do not cut the error. Each was seen to fail.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func
from sqlmodel import Session, select

from bot.app import store
from bot.db import Database
from bot.sending import Sender
from bot.worker import forget
from channels import dead_letters, early_reports, outbox, transcript, upkeep
from channels.channel import Receipt
from channels.early_reports import EarlyReport
from channels.message import DeliveryReport, Outbound
from channels.transcript import Author, Message
from tests.turn.desk import HOME, ScriptedChannel, messages, work

FAILED = DeliveryReport("telegram", "sent-1", "failed", "30006 landline")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Hasty(ScriptedChannel):
    """A platform that reports before it has answered us."""

    database: Database | None = None
    reports: list[tuple[str, str | None]] = field(default_factory=list)

    async def send(self, message: Outbound) -> str:
        sid = await super().send(message)
        assert self.database
        for state, error in self.reports:
            report = DeliveryReport("telegram", sid, state, error)
            await self.database.run(store, [Receipt(reports=(report,))], now())
        return sid


def say(session: Session) -> int:
    conversation = transcript.begin(session, HOME, now())
    [message] = outbox.put(session, conversation, "Yes.", author=Author.BOT, dedup="1", now=now())
    return message


def waiting(session: Session) -> list[EarlyReport]:
    return list(session.exec(select(EarlyReport)))


async def send(database: Database, *reports: tuple[str, str | None]) -> Message:
    """A message goes out, and these overtake the platform's answer."""
    await database.run(say)
    channel = Hasty(database=database, reports=list(reports))
    await work(database, "out", Sender(database, {"telegram": channel}).take)
    assert await database.read(waiting) == []
    [message] = await messages(database)
    return message


async def test_a_failure_that_came_first_is_shown(database: Database) -> None:
    """As one that comes later would be: with its reason, and for people to try again."""
    message = await send(database, ("sent", None), ("failed", "30006 landline"), ("failed", "30006 landline"))
    assert (message.state, message.error, message.refused) == ("failed", "30006 landline", True)
    (letter,) = await database.read(dead_letters.listed)
    assert (letter.text, letter.refused, letter.reason) == ("Yes.", True, "30006 landline")


async def test_a_delivery_that_came_first_is_shown(database: Database) -> None:
    """In whichever order."""
    message = await send(database, ("read", None), ("delivered", None), ("sent", None))
    assert (message.state, message.delivered_at is not None) == ("read", True)


async def test_what_is_not_ours_is_little_and_goes(database: Database) -> None:
    """Told over and over it is one row, with the beginning of its reason, for a day."""
    anothers = DeliveryReport("sms", "SM-another", "failed", "x" * 5000)
    at = now()
    for _ in range(3):
        await database.run(outbox.report, anothers, at)
    [kept] = await database.read(waiting)
    assert (kept.provider_id, kept.error) == ("SM-another", "x" * 200)
    before, day_after = at - upkeep.MEMORY, at + early_reports.KEPT
    assert await forget(database, before, day_after, asyncio.Event()) == 0
    assert await forget(database, before, day_after + timedelta(seconds=1), asyncio.Event()) == 1
    assert await database.read(waiting) == []


async def test_a_heap_goes_piece_by_piece(database: Database) -> None:
    at = now()
    for number in range(5):
        await database.run(outbox.report, DeliveryReport("sms", f"SM{number}", "sent"), at)
    later = at + early_reports.KEPT + timedelta(hours=1)
    assert await database.run(upkeep.purge, at - upkeep.MEMORY, later, 2) == 2
    assert await forget(database, at - upkeep.MEMORY, later, asyncio.Event()) == 3


@pytest.mark.parametrize("report_first", [True, False])
async def test_side_by_side_one_sees_the_other(postgres_url: str, report_first: bool) -> None:
    """Neither is committed when the other looks: it waits, and looks again."""
    async with await Database.open(postgres_url) as database:
        message = await database.run(say)

        def hear(session: Session, rest: float) -> None:
            outbox.report(session, FAILED, now())
            session.connection().execute(select(func.pg_sleep(rest)))

        def arrive(session: Session, rest: float) -> None:
            outbox.sent(session, message, "sent-1", now())
            session.connection().execute(select(func.pg_sleep(rest)))

        first, second = (hear, arrive) if report_first else (arrive, hear)
        slow = asyncio.create_task(database.run(first, 1.0))
        await asyncio.sleep(0.4)
        await database.run(second, 0.0)
        await slow
        assert [(m.state, m.error) for m in await messages(database)] == [("failed", "30006 landline")]
        assert await database.read(waiting) == []
