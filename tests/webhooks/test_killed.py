"""kill -9 in the middle of a delivery, again and again: nothing is lost, and ids tell what came twice.

Mutation: in `bot.webhooks.sending.HookSender.take` settle before `_send`, as delivered: what was in a killed
worker's hands is lost.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from datetime import timedelta

from bot.db import Database
from tests.handoff.cases import complain_to
from tests.webhooks import worker
from tests.webhooks.conftest import Receiver, deliveries, listening, until
from tests.webhooks.test_delivery import told_of

LEASE = timedelta(seconds=1)
KILLS = 2

forkserver = multiprocessing.get_context("forkserver")
forkserver.set_forkserver_preload(["tests.webhooks.worker"])


async def test_nothing_is_lost(database: Database, database_url: str, receiver: Receiver) -> None:
    """Workers die while a request of theirs is under way; the next one takes over when the lease ends."""
    await listening(database, receiver)
    for _ in range(3):
        await complain_to(database)
    wanted = await database.read(told_of)
    for number in range(KILLS):
        held = len(receiver.asked)
        stalls_at = held + 2
        receiver.answer = lambda n, at=stalls_at: 3.0 if n >= at else 204  # type: ignore[misc]
        process = forkserver.Process(target=worker.run, args=(database_url, f"worker-{number}", LEASE))
        process.start()
        try:
            await until(lambda at=stalls_at: len(receiver.asked) > at, 20)
        finally:
            process.kill()
            await asyncio.to_thread(process.join)
            process.close()
    waiting = [d for d in await database.read(deliveries) if d.state == "waiting"]
    assert waiting, "the workers were to die with work in hand"
    receiver.answer = lambda _: 204
    last = forkserver.Process(target=worker.run, args=(database_url, "the-last", LEASE))
    last.start()
    try:
        await until(lambda: wanted <= set(receiver.ids()), 20)
        await until(lambda: _done(database), 10)
    finally:
        last.kill()
        await asyncio.to_thread(last.join)
        last.close()
    assert set(receiver.ids()) == wanted
    asked = [one["webhook-id"] for one in receiver.asked]
    assert len(asked) > len(wanted)  # what was in a killed worker's hands was sent again, under the same id
    assert set(asked) == wanted


async def _done(database: Database) -> bool:
    return all(d.state == "delivered" for d in await database.read(deliveries))
