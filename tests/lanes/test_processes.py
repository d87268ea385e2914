"""Several worker processes share the lanes, and some of them come to harm.

Seen to fail when `SETTLE_JOB` does not compare the token, and when `READY_LANE` passes over lanes
that have an owner.
"""

from __future__ import annotations

import asyncio
import signal
import time

from bot.db import Database
from tests.lanes.conftest import LEASE, StartWorker
from tests.lanes.effects import put, until_performed, workers


async def test_in_order_and_each_once(database: Database, start_worker: StartWorker) -> None:
    """Fifty conversations at once, three processes: every job once, every lane in order."""
    names = {"one", "two", "three"}
    await asyncio.gather(*(start_worker(name) for name in names))

    async def converse(lane: str) -> None:
        for n in range(20):
            await database.run(put, lane, n)

    await asyncio.gather(*(converse(f"in:web:{i}") for i in range(50)))
    assert await until_performed(database, 1000) == {f"in:web:{i}": list(range(20)) for i in range(50)}
    assert await database.read(workers) == names


async def test_killed(database: Database, start_worker: StartWorker) -> None:
    """A worker is killed in the middle of a job: another takes over when its lease has ended."""
    victim = await start_worker("victim")
    await database.run(put, "in:web:1", 0, pause=1)
    await database.run(put, "in:web:1", 1)
    assert await victim.report() == 0
    await start_worker("heir")
    victim.signal(signal.SIGKILL)
    killed = time.monotonic()
    assert await until_performed(database, 2) == {"in:web:1": [0, 1]}
    own, slack = 1, 1
    assert time.monotonic() - killed < LEASE.total_seconds() + own + slack
    assert await database.read(workers) == {"heir"}


async def test_stopped_and_continued(database: Database, start_worker: StartWorker) -> None:
    """A worker freezes with a job in hand: when it wakes up, the lane is another's, its work undone."""
    sleeper = await start_worker("sleeper")
    await database.run(put, "in:web:1", 0, pause=1.5)
    assert await sleeper.report() == 0
    heir = await start_worker("heir")
    sleeper.signal(signal.SIGSTOP)
    assert await heir.report() == 0
    sleeper.signal(signal.SIGCONT)  # it commits before the heir is through
    await database.run(put, "in:web:1", 1)
    assert await until_performed(database, 2) == {"in:web:1": [0, 1]}
    assert await database.read(workers) == {"heir"}


async def test_gentle_stop(database: Database, start_worker: StartWorker) -> None:
    """A worker that is told to stop finishes its job and gives the lane back at once."""
    pair = await asyncio.gather(start_worker("one"), start_worker("other"))
    for n in range(2):
        await database.run(put, "in:web:1", n, pause=0.3)
    begun = {asyncio.create_task(worker.report()): worker for worker in pair}
    (first,), (second,) = await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
    leaving = begun[first]
    leaving.signal(signal.SIGTERM)
    assert await leaving.ended() == 0
    assert (await first, await second) == (0, 1)
    assert await until_performed(database, 2) == {"in:web:1": [0, 1]}
