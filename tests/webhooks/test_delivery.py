"""A receiver that fails, stalls and restarts gets everything, each event once by its id, signed.

Mutation: in `handoff.webhooks.delivering` leave ``put`` out of `_not_delivered`, or ``hasten`` out of
`_delivered`; in `bot.webhooks.sending` send without ``webhook-id``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlmodel import Session, col, select

from bot.db import Database
from channels import lanes
from complaints import register
from complaints.record import Event
from handoff import desk
from handoff.webhooks import catalogue, delivering, endpoints, replaying
from handoff.webhooks.addresses import Reach
from handoff.webhooks.record import HookAttempt, HookMessage, State, Told
from tests.handoff.cases import complain_to, hire
from tests.webhooks.conftest import Receiver, deliveries, endpoint, listening, until, working


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule in hundredths of a second, and a lane that rests no longer than a tenth."""
    monkeypatch.setattr(delivering, "SCHEDULE", tuple(timedelta(seconds=0.05 * n) for n in range(1, 10)))
    monkeypatch.setattr(delivering, "backoff", lambda *_: timedelta(seconds=0.05))
    monkeypatch.setattr(lanes, "LEASE", timedelta(seconds=1))


def told_of(session: Session) -> set[str]:
    """The ids of all events that are to be told, made of the register itself."""
    found = session.exec(select(Event))
    cases = {case.id: case.reference for case in register.newest(session, open_only=False)}
    return {
        catalogue.uid_of(cases[event.complaint_id], event.position)
        for event in found
        if catalogue.type_of(event.kind)
    }


async def everything(database: Database, receiver: Receiver) -> Callable[[], Any]:
    wanted = await database.read(told_of)
    assert len(wanted) > 3

    def there() -> bool:
        return wanted <= set(receiver.ids())

    return there


async def test_gets_everything(database: Database, receiver: Receiver) -> None:
    """It refuses, stalls, breaks off, goes away and comes back; a worker dies in between, one takes over."""
    await listening(database, receiver)
    receiver.answer = lambda n: (500, 2.0, 204, 503, 302, 204, 204)[n % 7]
    for _ in range(3):
        await complain_to(database)
    dies = asyncio.create_task(_forever(database))
    await until(lambda: len(receiver.asked) > 4)
    dies.cancel()
    await asyncio.gather(dies, return_exceptions=True)
    for _ in range(3):
        await complain_to(database)
    receiver.answer = lambda _: 204
    async with working(database, owner="another"):
        await until(await everything(database, receiver), 30)
        await until(lambda: _all_delivered(database))
    wanted = await database.read(told_of)
    assert set(receiver.ids()) == wanted
    kept = {m.uid: m.body.encode() for m in await database.read(_messages)}
    assert all(kept[one["id"]] == one["raw"] for one in receiver.got)


async def test_restarted_receiver(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody listens attempts fail; at the first success afterwards all that waited comes at once."""
    monkeypatch.setattr(delivering, "SCHEDULE", (timedelta(hours=1),) * 9)
    receiver = Receiver()
    async with receiver.serving():
        await listening(database, receiver)
    async with working(database):
        for _ in range(2):
            await complain_to(database)
        await until(lambda: _failures(database, 8))
        async with receiver.serving():
            await asyncio.sleep(0.3)
            assert receiver.asked == []
            await complain_to(database)
            await until(await everything(database, receiver))
            await until(lambda: _all_delivered(database))
    assert max(receiver.ids().values()) == 1


async def test_once_each_when_all_is_well(database: Database, receiver: Receiver) -> None:
    """In order of the events, one attempt each."""
    await listening(database, receiver)
    async with working(database):
        reference = await complain_to(database)
        await until(await everything(database, receiver))
    assert max(receiver.ids().values()) == 1
    positions = [one["body"]["data"]["position"] for one in receiver.got]
    assert positions == sorted(positions)
    first = receiver.got[0]["body"]
    assert first["type"] == "case.received"
    assert first["data"]["reference"] == reference
    assert "kettle" not in str(receiver.got)
    assert "Maria" not in str(receiver.got)


async def test_wanted_types_only(sqlite_database: Database, receiver: Receiver) -> None:
    """An endpoint is told of the types it asked for; what customers wrote goes only where it is wanted."""
    await listening(sqlite_database, receiver, types=["case.handed_over"])
    other = Receiver()
    async with other.serving(), working(sqlite_database):
        await listening(sqlite_database, other, types=["case.handed_over", "case.claimed"], details=True)
        reference = await complain_to(sqlite_database)
        await sqlite_database.run(hire, "Nora")
        await sqlite_database.run(desk.claim, reference, "Nora", datetime.now(UTC))
        await until(lambda: len(other.got) == 2 and len(receiver.got) == 1)
    assert [one["body"]["type"] for one in receiver.got] == ["case.handed_over"]
    assert "personal" not in receiver.got[0]["body"]["data"]
    assert {one["body"]["type"] for one in other.got} == {"case.handed_over", "case.claimed"}
    personal = other.got[0]["body"]["data"]["personal"]
    assert personal["description"] == "My kettle arrived broken."
    assert all("kettle" not in m.body for m in await sqlite_database.read(_messages))


async def test_slow_one_holds_up_nobody(sqlite_database: Database, receiver: Receiver) -> None:
    """While one endpoint stalls on every request, another gets everything."""
    stalls = Receiver(answer=lambda _: 5.0)
    async with stalls.serving(), working(sqlite_database, timeout=1.0):
        await listening(sqlite_database, stalls)
        await listening(sqlite_database, receiver)
        for _ in range(5):
            await complain_to(sqlite_database)
        await until(await everything(sqlite_database, receiver), 5)
    assert len(stalls.asked) < len(receiver.asked) / 3


async def test_choked_on_message_holds_up_nobody(sqlite_database: Database, receiver: Receiver) -> None:
    """One event that is refused again and again is given up after all attempts; the others arrive."""
    refused: set[str] = set()

    def answer(_: int) -> int:
        this = receiver.asked[-1]["webhook-id"]
        refused.add(this) if not refused else None
        return 500 if this in refused else 204

    receiver.answer = answer
    await listening(sqlite_database, receiver)
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await complain_to(sqlite_database)
        await until(lambda: _state(sqlite_database, Told.FAILED, 1))
    found = await sqlite_database.read(deliveries)
    assert [d.state for d in found].count(Told.DELIVERED) == len(found) - 1
    ids = [one["webhook-id"] for one in receiver.asked]
    assert ids.count(*refused) == len(delivering.SCHEDULE) + 1


async def test_gone(sqlite_database: Database, receiver: Receiver) -> None:
    """410 switches the endpoint off; what waits is sent once it is enabled again."""
    number = await listening(sqlite_database, receiver)
    receiver.answer = lambda _: 410
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: _is(sqlite_database, number, State.FAILING))
        await asyncio.sleep(0.3)
        assert len(receiver.asked) == 1
        receiver.answer = lambda _: 204
        await sqlite_database.run(endpoints.enable, number, actor="agent:Ada", now=datetime.now(UTC))
        await until(await everything(sqlite_database, receiver))


async def test_retry_after(sqlite_database: Database, receiver: Receiver) -> None:
    """The receiver's own wish for a rest counts, for everything that goes there."""
    await listening(sqlite_database, receiver)
    receiver.answer = lambda n: web.Response(status=429, headers={"Retry-After": "2"}) if n == 0 else 204
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: len(receiver.asked) == 1)
        await asyncio.sleep(1.5)
        assert len(receiver.asked) == 1
        await until(await everything(sqlite_database, receiver))


async def test_an_absurd_wish_for_a_rest(sqlite_database: Database, receiver: Receiver) -> None:
    """It counts as the longest rest; the attempt is on record, and who asks for a replay does not wait."""
    number = await listening(sqlite_database, receiver)
    forever = {"Retry-After": "9223372036854775807"}
    receiver.answer = lambda n: web.Response(status=503, headers=forever) if n == 0 else 204
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: _has_attempts(sqlite_database))
        await asyncio.sleep(0.3)
        assert len(receiver.asked) == 1
        await sqlite_database.run(replaying.test, number, datetime.now(UTC))
        await until(lambda: len(receiver.asked) > 1)


async def _has_attempts(database: Database) -> bool:
    return await database.read(lambda session: session.exec(select(HookAttempt.id)).first() is not None)


async def test_switched_off_after_days(
    sqlite_database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint at which everything fails for long enough is switched off, and says so."""
    number = await listening(sqlite_database, receiver)
    monkeypatch.setattr(delivering, "PATIENCE", timedelta(seconds=0.3))
    receiver.answer = lambda _: 500
    async with working(sqlite_database):
        await complain_to(sqlite_database)
        await until(lambda: _is(sqlite_database, number, State.FAILING))
    found = await sqlite_database.read(endpoint, number)
    assert found.state_by == "system"
    assert "every attempt has failed since" in found.state_reason


async def test_no_redirect_and_no_private_address(sqlite_database: Database, receiver: Receiver) -> None:
    """A redirect is a failure, not followed; loopback is not connected to unless it is allowed."""
    await listening(sqlite_database, receiver)
    other = Receiver()
    async with other.serving():
        receiver.answer = lambda _: web.Response(status=302, headers={"Location": other.url})
        async with working(sqlite_database):
            await complain_to(sqlite_database)
            await until(lambda: len(receiver.asked) > 2)
        assert other.asked == []
        before = len(receiver.asked)
        async with working(sqlite_database, reach=Reach()):
            await until(lambda: _error(sqlite_database, "is not allowed"))
        assert len(receiver.asked) == before


async def _forever(database: Database) -> None:
    async with working(database):
        await asyncio.Event().wait()


def _messages(session: Session) -> list[HookMessage]:
    return list(session.exec(select(HookMessage)))


async def _all_delivered(database: Database) -> bool:
    found = await database.read(deliveries)
    return bool(found) and all(d.state == Told.DELIVERED for d in found)


async def _state(database: Database, state: Told, number: int) -> bool:
    return [d.state for d in await database.read(deliveries)].count(state) == number


async def _is(database: Database, number: int, state: State) -> bool:
    return (await database.read(endpoint, number)).state == state


async def _failures(database: Database, number: int) -> bool:
    return (await database.read(lambda s: len(s.exec(select(HookAttempt)).all()))) >= number


async def _error(database: Database, words: str) -> bool:
    query = select(HookAttempt).where(col(HookAttempt.error).contains(words))
    return await database.read(lambda s: s.exec(query).first() is not None)
