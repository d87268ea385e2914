"""Worker processes for the tests of this folder."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

import pytest

from tests.lanes import (
    effects,  # noqa: F401  (fills the metadata)
    worker,
)

LEASE = timedelta(seconds=1.5)

forkserver = multiprocessing.get_context("forkserver")
forkserver.set_forkserver_preload(["tests.lanes.worker"])


@dataclass(frozen=True)
class Worker:
    """A running worker process."""

    process: ForkServerProcess
    reports: Connection

    async def report(self) -> object:
        """Its next report; an error when there will be none."""
        return await asyncio.to_thread(self.reports.recv)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self.process.pid
        os.kill(self.process.pid, number)

    async def ended(self) -> int | None:
        """Its exit code, when it has ended."""
        await asyncio.to_thread(self.process.join)
        return self.process.exitcode


StartWorker = Callable[[str], Awaitable[Worker]]


@pytest.fixture
async def start_worker(database_url: str) -> AsyncIterator[StartWorker]:
    """Start a worker process under a name; killed when the test ends."""
    started: list[Worker] = []

    async def start(owner: str) -> Worker:
        reports, report = forkserver.Pipe(duplex=False)
        process = forkserver.Process(target=worker.run, args=(database_url, owner, LEASE, report))
        process.start()
        report.close()  # ours; or its end would not be heard
        begun = Worker(process, reports)
        started.append(begun)
        assert await begun.report() == worker.READY
        return begun

    yield start
    for each in started:
        each.process.kill()
        await each.ended()
        each.process.close()
        each.reports.close()
