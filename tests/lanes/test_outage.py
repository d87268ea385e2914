"""The database goes away and comes back under a pump at work.

Seen to fail when `bot.postgresql.AWAY` does not hold the codes of a server that is away.
"""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import Session, select
from tenacity import AsyncRetrying, retry_if_exception_type

from bot import postgresql
from bot.db import Database
from bot.outage import DatabaseUnavailable
from channels.lanes import Job, Lease
from channels.pump import Pump
from tests.lanes.effects import perform, put, until_performed
from tests.postgres_server import PostgresServer

OUTAGE = 1.0  # seconds, on top of what the server needs to start


def attempts(session: Session) -> set[int]:
    return set(session.exec(select(Job.attempts)))


@pytest.mark.parametrize("patience", [5.0, 0.1], ids=["waited out", "given up"])
async def test_restart(
    patience: float, postgres: PostgresServer, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL restarts: nothing is lost, nothing doubled, no attempt counted, and the pump goes on."""
    monkeypatch.setattr(postgresql, "PATIENCE", patience)
    stop = asyncio.Event()
    async with await Database.open(postgres_url) as database:

        async def handler(lease: Lease, job: Job) -> None:
            await asyncio.sleep(0.02)
            await database.run(perform, lease, job)

        async def converse(lane: str) -> None:
            for n in range(20):
                # Like a platform: delivered again until it is accepted.
                async for attempt in AsyncRetrying(retry=retry_if_exception_type(DatabaseUnavailable)):
                    with attempt:
                        await database.run(put, lane, n)

        pump = asyncio.create_task(Pump(database, "in", handler, 4, "me").run(stop))
        conversations = [asyncio.create_task(converse(f"in:web:{i}")) for i in range(10)]
        await until_performed(database, 20)
        await asyncio.to_thread(postgres.stop)
        await asyncio.sleep(OUTAGE)
        await asyncio.to_thread(postgres.start)
        await asyncio.gather(*conversations)
        expected = {f"in:web:{i}": list(range(20)) for i in range(10)}
        assert await until_performed(database, 200) == expected
        assert await database.read(attempts) == {0}
        stop.set()
        await pump
