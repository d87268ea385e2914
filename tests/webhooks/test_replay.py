"""What was told can be told again: one, all since a time, what has waited; under the same id.

Mutation: in `handoff.webhooks.replaying._again` leave the serial number as it is, or in `_replay` stop after
the first batch.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.db import Database
from channels import upkeep
from complaints import register
from handoff.queue import BadInput
from handoff.webhooks import announcing, catalogue, endpoints, keeping, replaying
from handoff.webhooks.endpoints import UnknownEndpoint
from handoff.webhooks.record import HookAttempt, HookMessage, Pending
from handoff.webhooks.replaying import UnknownDelivery
from tests.handoff.cases import NOW, complain_to
from tests.webhooks.conftest import Receiver, deliveries, listening, until, working
from tests.webhooks.test_delivery import told_of

LATER = NOW + timedelta(days=3)


async def test_one(sqlite_database: Database, receiver: Receiver) -> None:
    """A delivery that was made is made again: same id, same body, a new signature."""
    number = await listening(sqlite_database, receiver)
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: len(receiver.got) == 4)
        chosen = (await sqlite_database.read(deliveries))[1]
        await sqlite_database.run(replaying.replay, number, chosen.id, datetime.now(UTC))
        await until(lambda: len(receiver.got) == 5)
    assert receiver.got[4]["id"] == receiver.got[1]["id"]
    assert receiver.got[4]["raw"] == receiver.got[1]["raw"]
    lines = await sqlite_database.read(keeping.deliveries, number)
    assert [len(line.attempts) for line in reversed(lines)] == [1, 2, 1, 1]
    with pytest.raises(UnknownDelivery):
        await sqlite_database.run(replaying.replay, number, 999, NOW)


async def test_since_a_time(database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything since then, in batches, also what happened while nobody was told; and nothing earlier."""
    monkeypatch.setattr(replaying, "BATCH", 3)
    number = await listening(database, receiver)
    await database.run(endpoints.disable, number, actor="agent:Ada", now=NOW)
    early = await complain_to(database, now=NOW)
    late = [await complain_to(database, now=LATER) for _ in range(2)]
    with pytest.raises(BadInput):
        await database.run(replaying.replay_since, number, NOW, LATER)
    await database.run(endpoints.enable, number, actor="agent:Ada", now=LATER)
    async with working(database):
        for times in (1, 2):
            await database.run(replaying.replay_since, number, LATER - timedelta(hours=1), datetime.now(UTC))
            await until(lambda times=times: len(receiver.got) == 8 * times)
        assert {one["body"]["data"]["reference"] for one in receiver.got} == set(late)
        assert set(receiver.ids().values()) == {2}
        await database.run(replaying.replay_since, number, NOW - timedelta(hours=1), datetime.now(UTC))
        await until(lambda: len(receiver.ids()) == 12)
    assert early in {one["body"]["data"]["reference"] for one in receiver.got}


async def test_what_has_waited(
    sqlite_database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was on its way when an endpoint was switched off goes out when it is on again, once."""
    monkeypatch.setattr(replaying, "BATCH", 3)
    number = await listening(sqlite_database, receiver)
    await complain_to(sqlite_database)
    await sqlite_database.run(announcing.announce_pending, NOW)
    await sqlite_database.run(endpoints.disable, number, actor="agent:Ada", now=NOW)
    async with working(sqlite_database):
        await until(lambda: _nothing_to_do(sqlite_database))
        assert receiver.asked == []
        await sqlite_database.run(endpoints.enable, number, actor="agent:Ada", now=datetime.now(UTC))
        await until(lambda: len(receiver.got) == 4)
    assert set(receiver.ids().values()) == {1}


async def test_rebuilt(sqlite_database: Database, receiver: Receiver) -> None:
    """What was forgotten is told again under the very id that it had."""
    number = await listening(sqlite_database, receiver)
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: _all_settled(sqlite_database))
    before = set(receiver.ids())
    assert await sqlite_database.run(keeping.forget, NOW) == 0
    assert await sqlite_database.run(keeping.forget, datetime.now(UTC) + timedelta(days=1)) == 4
    assert await sqlite_database.read(lambda s: s.exec(select(HookMessage)).first()) is None
    assert await sqlite_database.read(lambda s: s.exec(select(HookAttempt)).first()) is None
    async with working(sqlite_database):
        await sqlite_database.run(replaying.replay_since, number, NOW - timedelta(days=1), datetime.now(UTC))
        await until(lambda: len(receiver.got) == 8)
    assert set(receiver.ids()) == before == await sqlite_database.read(told_of)


async def test_a_test(sqlite_database: Database, receiver: Receiver) -> None:
    """It reaches the endpoint that is tried, whatever it asked for, and no other."""
    other = Receiver()
    async with other.serving(), working(sqlite_database):
        await listening(sqlite_database, other)
        number = await listening(sqlite_database, receiver, types=["case.closed"])
        await sqlite_database.run(replaying.test, number, datetime.now(UTC))
        await until(lambda: len(receiver.got) == 1)
    assert receiver.got[0]["body"]["type"] == catalogue.TEST
    assert other.asked == []


async def test_removed(sqlite_database: Database, receiver: Receiver) -> None:
    """An endpoint goes with all that was on its way; a worker that finds a job of its does nothing."""
    number = await listening(sqlite_database, receiver)
    await complain_to(sqlite_database)
    await sqlite_database.run(announcing.announce_pending, NOW)
    await sqlite_database.run(endpoints.remove, number)
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: _nothing_to_do(sqlite_database))
    assert receiver.asked == []
    assert await sqlite_database.read(deliveries) == []
    with pytest.raises(UnknownEndpoint):
        await sqlite_database.run(endpoints.remove, number)


async def test_quiet_kinds(sqlite_database: Database, receiver: Receiver) -> None:
    """A kind of event without a name of its own is told as a change; the desk's own business is not."""
    assert catalogue.type_of("something_new") == catalogue.OTHER
    assert catalogue.type_of("viewed") is None
    assert catalogue.type_of("responded") == "case.decided"
    await listening(sqlite_database, receiver)
    reference = await complain_to(sqlite_database)

    def happen(session: Session, kind: str) -> None:
        case = register.find(session, reference)
        register.record(
            session, case, kind, actor="agent:Nora", now=NOW, reason="she shouted", text="private", days=3
        )

    async with working(sqlite_database):
        for kind in ("viewed", "something_new"):
            await sqlite_database.run(happen, kind)
        await until(lambda: len(receiver.got) == 5)
    last = receiver.got[-1]["body"]
    assert last["type"] == catalogue.OTHER
    assert last["data"]["event"] == "something_new"
    assert last["data"]["change"] == {"days": 3}
    assert last["data"]["by"] == "agent"
    assert not any(word in json.dumps(receiver.got[-1]["body"]) for word in ("Nora", "shouted", "private"))


async def _nothing_to_do(database: Database) -> bool:
    pending = await database.read(lambda s: s.exec(select(Pending)).first())
    backlog = await database.read(upkeep.backlog, endpoints.LANE, datetime.now(UTC))
    return pending is None and backlog.waiting == 0


async def _all_settled(database: Database) -> bool:
    found = await database.read(deliveries)
    return len(found) == 4 and all(d.settled_at for d in found)
