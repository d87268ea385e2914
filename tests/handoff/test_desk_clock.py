"""The desk's clock: what nobody does happens all the same, and soon.

Mutation: in `bot.desk_clock.run` wait for the tick instead of the ear (a freed place stays free).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from bot import desk_clock
from bot.db import Database
from complaints.complaint import Decision
from handoff import desk, queue
from handoff.dispatch import presence, rules
from handoff.dispatch.presence import Presence
from handoff.dispatch.rules import Rules
from handoff.item import Handoff, State
from tests.handoff.cases import complain_to


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def running(database: Database, in_force: Rules) -> AsyncIterator[None]:
    """The clock runs while the block lasts."""
    stop = asyncio.Event()
    with rules.in_force_while(in_force):
        clock = asyncio.create_task(desk_clock.run(database, in_force, stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(clock, 2)


def item(session: Session, reference: str) -> Handoff:
    found = queue.get(session, reference)
    assert found is not None
    return found


async def until(database: Database, reference: str, true: Callable[[Handoff], bool]) -> float:
    """Seconds until the item is so."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(15):
        while not true(await database.read(item, reference)):  # noqa: ASYNC110  a customer would wait, too
            await asyncio.sleep(0.02)
    return loop.time() - began


async def test_a_freed_place_is_filled(database: Database) -> None:
    """Two seconds after a case is resolved, released or passed on, the agent is offered the next one."""
    first, second, third = [
        await complain_to(database, now=now(), respond_in=timedelta(days=d)) for d in (1, 2, 3)
    ]

    def come(session: Session) -> None:
        presence.set_profile(session, "Anna", capacity=1, now=now())
        presence.set_presence(session, "Anna", Presence.AVAILABLE, now())

    def resolve(session: Session) -> None:
        desk.resolve(
            session, first, "Anna", decision=Decision.UPHELD, remedy=None, text="Yes.", outside="", now=now()
        )

    async with running(database, Rules(automatic=True)):
        await database.run(come)
        assert await until(database, first, lambda i: i.state == State.OFFERED) < 2
        await database.run(desk.accept, first, "Anna", now())
        await asyncio.sleep(0.5)
        assert (await database.read(item, second)).state == State.WAITING
        await database.run(resolve)
        assert await until(database, second, lambda i: i.agent == "Anna") < 2
        await database.run(desk.accept, second, "Anna", now())
        await database.run(desk.hand_back, second, "Anna", now())
        assert await until(database, third, lambda i: i.agent == "Anna") < 2


async def test_pull_offers_nothing(database: Database) -> None:
    """Where agents take cases themselves nothing is offered; dates are watched all the same."""
    reference = await complain_to(database, now=now(), respond_in=timedelta(hours=1))
    async with running(database, Rules(automatic=False)):
        await database.run(presence.set_presence, "Anna", Presence.AVAILABLE, now())
        await until(database, reference, lambda i: i.escalated_at is not None)
        assert (await database.read(item, reference)).state == State.WAITING


async def test_offers_go_on(database: Database) -> None:
    """An offer that nobody answers is with the next agent when its time is over."""
    reference = await complain_to(database, now=now())

    def come(session: Session) -> None:
        for name in ("Anna", "Ben"):
            presence.set_presence(session, name, Presence.AVAILABLE, now())

    await database.run(come)
    async with running(database, Rules(automatic=True, offer_lasts=timedelta(seconds=0.5))):
        await until(database, reference, lambda i: i.agent == "Anna")
        assert await until(database, reference, lambda i: i.agent == "Ben") < desk_clock._TICK + 2
