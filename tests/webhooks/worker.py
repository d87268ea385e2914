"""A worker process of the tests: the loops for webhooks, until it is killed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.db import Database
from channels import lanes
from handoff.webhooks import delivering
from tests.webhooks.conftest import working


def run(url: str, owner: str, lease: timedelta, first: timedelta | None = None) -> None:
    """Work for ever; with ``first``, by a schedule that begins with it and grows no further than tenfold."""
    lanes.LEASE = lease
    if first is not None:
        delivering.SCHEDULE = tuple(first * min(n, 10) for n in range(1, 40))
        delivering.backoff = lambda *_: first
    asyncio.run(_work(url, owner))


async def _work(url: str, owner: str) -> None:
    async with await Database.open(url) as database, working(database, owner=owner, timeout=5.0):
        await asyncio.Event().wait()
