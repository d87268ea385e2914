"""Where webhooks wait together: whatever arrives while one commit is under way shares the next.

So a flood costs few commits, and nobody waits for more than the commit before. All of a receipt is
stored, or nothing of it; and one that cannot be stored fails alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlmodel import Session

from bot.db import Database
from channels import figures
from channels.channel import Receipt
from channels.lanes import Unavailable

AT_ONCE = 50
"""Receipts for one commit; others write, too, and wait meanwhile."""

Store = Callable[[Session, Sequence[Receipt], datetime], Sequence[Sequence[str]]]
"""Stores receipts; for each, the channels of the messages that were new."""


_Waiting = tuple[Receipt, asyncio.Future[Sequence[str]]]


class Intake:
    """Stores receipts by ``store``, those of a conversation in their order. Belongs to one event loop.

    Where the database writes side by side there are several queues, so that a conversation which a
    worker has locked holds up a part of the others only.
    """

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store
        self._queues: list[deque[_Waiting]] = [deque() for _ in range(database.writers)]
        self._storing: dict[int, asyncio.Task[None]] = {}

    async def accept(self, receipt: Receipt) -> None:
        """Return once ``receipt`` is committed, and count its messages. Raises what storing it raises."""
        done: asyncio.Future[Sequence[str]] = asyncio.get_running_loop().create_future()
        conversation = receipt.messages[0].address.conversation if receipt.messages else ""
        number = hash(conversation) % len(self._queues)
        self._queues[number].append((receipt, done))
        if number not in self._storing:
            self._storing[number] = asyncio.create_task(self._work(number))
        for channel in await done:
            figures.ACCEPTED.labels(channel).inc()

    async def _work(self, number: int) -> None:
        """Until this queue is empty."""
        waiting = self._queues[number]
        while waiting:
            batch = [waiting.popleft() for _ in range(min(AT_ONCE, len(waiting)))]
            try:
                await self._commit(batch)
            except Exception as error:  # noqa: BLE001  it is told to whoever waits for it
                if len(batch) == 1 or isinstance(error, Unavailable):
                    _refuse(batch, error)
                else:
                    await self._one_by_one(batch)
        del self._storing[number]

    async def _one_by_one(self, batch: Sequence[_Waiting]) -> None:
        """One of them cannot be stored: the others can."""
        for one in batch:
            try:
                await self._commit([one])
            except Exception as error:  # noqa: BLE001
                _refuse([one], error)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        receipts = [receipt for receipt, _ in batch]
        found = await self._database.accept(self._store, receipts, datetime.now(UTC))
        for (_, done), channels in zip(batch, found, strict=True):
            if not done.done():  # whoever waited has gone
                done.set_result(channels)


def _refuse(batch: Sequence[_Waiting], error: Exception) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(error)
