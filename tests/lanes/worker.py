"""A worker process of the tests. It tells when it has started, and each job that it begins."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from multiprocessing.connection import Connection

from bot.db import Database
from channels import lanes
from channels.lanes import Job, Lease
from channels.pump import Pump
from tests.lanes.effects import perform

READY = "ready"


def run(url: str, owner: str, lease: timedelta, report: Connection) -> None:
    """Pump until SIGTERM. Reports `READY`, then the number of each job as it begins."""
    lanes.LEASE = lease
    asyncio.run(_pump(url, owner, report))


async def _pump(url: str, owner: str, report: Connection) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await Database.open(url) as database:

        async def handler(lease: Lease, job: Job) -> None:
            report.send(job.payload["n"])
            await asyncio.sleep(job.payload["pause"])
            await database.run(perform, lease, job)

        report.send(READY)
        await Pump(database, "in", handler, 8, owner).run(stop)
