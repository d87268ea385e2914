"""No event is passed over: what is committed is announced, once, whoever commits first.

Mutation: in `handoff.webhooks.announcing.announce_pending` read events by a cursor (``Event.id > last``) in
place of the list, or take the trigger out of `handoff.webhooks.record.FEED`.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, col, func, select, text

from bot.db import Database
from bot.migrating import migrate
from complaints import register
from complaints.record import Event
from handoff.webhooks import announcing, endpoints
from handoff.webhooks.addresses import Reach
from handoff.webhooks.record import HookDelivery, HookMessage, Pending
from tests.handoff.cases import NOW, complain_to
from tests.webhooks.conftest import KEY

REACH = Reach()


class Undone(Exception):
    """A unit of work that fails."""


async def an_endpoint(database: Database, name: str = "hooks") -> int:
    endpoint, _ = await database.run(
        endpoints.add, f"https://{name}.example.org/", REACH, KEY, actor="agent:Ada", now=NOW
    )
    assert endpoint.id is not None
    return endpoint.id


def change(session: Session, reference: str, pause: float = 0, fails: bool = False) -> int:
    """An event of a case, committed ``pause`` seconds after it was written."""
    case = register.find(session, reference, lock=True)
    event = register.record(session, case, "replied", actor="agent:Anna", now=NOW)
    if pause and session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_sleep(:pause)"), {"pause": pause})
    if fails:
        raise Undone
    assert event.id is not None
    return event.id


def told(session: Session) -> list[int | None]:
    """The events that were announced, in the order in which that was done."""
    return list(session.exec(select(HookMessage.event_id).order_by(col(HookMessage.id))))


async def announce(database: Database) -> None:
    while await database.run(announcing.announce_pending, datetime.now(UTC)):
        pass


async def test_late_commit(postgres_url: str) -> None:
    """A transaction writes first and commits last: its event, with the lower number, is told all the same."""
    async with await Database.open(postgres_url) as database:
        await an_endpoint(database)
        slow, quick = await complain_to(database), await complain_to(database)
        await announce(database)
        before = await database.read(told)
        late = asyncio.create_task(database.run(change, slow, 0.7))
        await asyncio.sleep(0.2)
        early = await database.run(change, quick)
        await announce(database)
        assert await database.read(told) == [*before, early]
        first = await late
        assert first < early
        await announce(database)
        assert await database.read(told) == [*before, early, first]


async def test_everything_once(database: Database) -> None:
    """Many writers, some of which fail, and three that announce: each event once, for each endpoint."""
    async with asyncio.timeout(40):
        numbers = [await an_endpoint(database, name) for name in ("a", "b")]
        references = [await complain_to(database) for _ in range(6)]
        chance, stop, fails = random.Random(7), asyncio.Event(), 0

        async def write(reference: str) -> int:
            undone = 0
            for _ in range(8):
                try:
                    await database.run(change, reference, chance.random() / 50, chance.random() < 0.2)
                except Undone:
                    undone += 1
            return undone

        async def keep_announcing() -> None:
            while not stop.is_set():
                await announce(database)
                await asyncio.sleep(chance.random() / 100)

        announcers = [asyncio.create_task(keep_announcing()) for _ in range(3)]
        fails = sum(await asyncio.gather(*map(write, references)))
        stop.set()
        await asyncio.gather(*announcers)
    await announce(database)
    events = set(await database.read(lambda s: s.exec(select(Event.id)).all()))
    found = await database.read(told)
    assert sorted(filter(None, found)) == sorted(filter(None, events))
    assert fails > 0
    each = select(HookDelivery.endpoint, func.count()).group_by(col(HookDelivery.endpoint))
    assert dict(await database.read(lambda s: s.exec(each).all())) == dict.fromkeys(numbers, len(events))
    assert await database.read(lambda s: s.exec(select(Pending)).first()) is None


async def test_nobody_listens(database: Database) -> None:
    """Without an enabled endpoint nothing is put on the list; from the moment there is one, everything."""
    reference = await complain_to(database)
    number = await an_endpoint(database)
    await database.run(endpoints.disable, number, actor="agent:Ada", now=NOW)
    await database.run(change, reference)
    assert await database.read(announcing.waits) is False
    await database.run(endpoints.enable, number, actor="agent:Ada", now=NOW)
    await database.run(change, reference)
    assert await database.read(announcing.waits) is True


async def test_migrated(blank_url: str) -> None:
    """A database that was migrated feeds as one that was made of the tables."""
    await asyncio.to_thread(migrate, blank_url)
    async with await Database.open(blank_url) as database:
        await an_endpoint(database)
        await complain_to(database)
        events = await database.read(lambda s: s.exec(select(func.count()).select_from(Event)).one())
        pending = await database.read(lambda s: s.exec(select(func.count()).select_from(Pending)).one())
        assert events == pending > 3


async def test_another_room(sqlite_url: str) -> None:
    """What is no event of a case is told once for its key, and only with the transaction that says it."""
    async with await Database.open(sqlite_url) as database:
        await an_endpoint(database)
        data = {"signal": 7, "product": "kettle"}
        for _ in range(2):
            await database.run(announcing.announce, "signal.raised", "7", data, now=NOW)
            await announce(database)
        with pytest.raises(Undone):
            await database.run(_announce_in_vain)
        await announce(database)
        found = await database.read(lambda s: s.exec(select(HookMessage)).all())
        assert [m.type for m in found] == ["signal.raised"]
        assert '"product":"kettle"' in found[0].body


def _announce_in_vain(session: Session) -> None:
    announcing.announce(session, "signal.raised", "8", {}, now=NOW)
    raise Undone
