"""A receiver that fails, stalls and restarts, workers that are killed: ``make webhooks``, on both databases.

Ends with status 1 if an event was not delivered, came under two ids, or was not signed.
"""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import asyncio
import multiprocessing
import random
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from aiohttp import web

from bot.db import Database
from tests.conftest import create_tables
from tests.handoff.cases import complain_to
from tests.postgres_server import PostgresServer
from tests.webhooks import worker
from tests.webhooks.conftest import Receiver, deliveries, listening, until
from tests.webhooks.test_delivery import told_of

CASES = 150
LEASE, FIRST = timedelta(seconds=1), timedelta(seconds=0.2)

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.webhooks.worker"])


@dataclass
class Weather:
    """What befalls the receiver and the workers, by chance."""

    chance: random.Random
    seen: dict[str, int] = field(default_factory=dict)
    fair: bool = False

    def answer(self, _: int) -> Any:
        """One answer: fair at the end, else about half of them bad."""
        kind = "taken" if self.fair else self.chance.choices(
            ["taken", "500", "503", "stalls", "404", "redirects"], [50, 15, 15, 5, 10, 5]
        )[0]  # fmt: skip
        self.seen[kind] = self.seen.get(kind, 0) + 1
        match kind:
            case "stalls":
                return 7.0
            case "redirects":
                return web.Response(status=302, headers={"Location": "/elsewhere"})
            case "taken":
                return 204
        return int(kind)


async def storm(url: str, seed: int) -> bool:
    """Run it on one database; whether all was well."""
    weather, receiver, began = Weather(random.Random(seed)), Receiver(), monotonic()
    receiver.answer = weather.answer
    kills = restarts = 0
    async with await Database.open(url) as database:
        await database.run(create_tables)
        async with receiver.serving():
            await listening(database, receiver)
        complaining = asyncio.create_task(_complain(database))
        living: list[Any] = []
        while not complaining.done() or kills < 8:
            while len(living) < 2:
                name = f"worker-{len(living)}-{kills}"
                living.append(processes.Process(target=worker.run, args=(url, name, LEASE, FIRST)))
                living[-1].start()
            async with receiver.serving():  # up for a while, then gone for a moment
                restarts += 1
                await asyncio.sleep(2.5)
                await _kill(living.pop(0))
                kills += 1
            await asyncio.sleep(0.3)
        weather.fair = True
        living.append(processes.Process(target=worker.run, args=(url, "the-last", LEASE, FIRST)))
        living[-1].start()
        wanted = await database.read(told_of)
        async with receiver.serving():
            with suppress(TimeoutError):
                await until(lambda: _settled(database, len(wanted)), 90)
        for process in living:
            await _kill(process)
        found = await database.read(deliveries)
    missing, strange = wanted - set(receiver.ids()), set(receiver.ids()) - wanted
    unsigned = sum(1 for one in receiver.asked if "webhook-signature" not in one)
    twice = sum(count - 1 for count in receiver.ids().values())
    print(
        f"{url.partition(':')[0]}, seed {seed}: {len(wanted)} events of {CASES} cases in "
        f"{monotonic() - began:.0f} s; {len(receiver.asked)} requests: {weather.seen}; "
        f"{restarts} restarts of the receiver, {kills} workers killed"
    )
    print(
        f"  missing {len(missing)}, unknown ids {len(strange)}, unsigned {unsigned}, "
        f"taken twice under one id {twice}, deliveries not done {sum(d.state != 'delivered' for d in found)}"
    )
    return not missing and not strange and not unsigned


async def _complain(database: Database) -> None:
    for _ in range(CASES):
        await complain_to(database)
        await asyncio.sleep(0.1)


async def _kill(process: Any) -> None:
    process.kill()
    await asyncio.to_thread(process.join)
    process.close()


async def _settled(database: Database, number: int) -> bool:
    found = await database.read(deliveries)
    return len(found) == number and all(d.state == "delivered" for d in found)


def main() -> None:
    """Both databases, one after the other."""
    seed = random.randrange(10_000)
    with tempfile.TemporaryDirectory(prefix="recourse-webhooks-") as folder:
        well = asyncio.run(storm(f"sqlite:///{folder}/recourse.db", seed))
    server = PostgresServer()
    server.start()
    try:
        well = asyncio.run(storm(server.url("postgres"), seed)) and well
    finally:
        server.remove()
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
