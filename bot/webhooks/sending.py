"""Handles the jobs of endpoints' lanes: sends a delivery, or queues a batch of a replay.

At least once: what a worker that died may or may not have sent is sent again, with the same
``webhook-id``, by which its receiver knows it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter

from bot.db import Database
from bot.webhooks.posting import Poster
from channels.lanes import ATTEMPTS, Job, Lease
from handoff.webhooks import delivering, replaying, signing
from handoff.webhooks.delivering import Answer, Parcel

SLOTS = 16
"""Endpoints that one worker serves side by side."""

_ATTEMPTS = Counter("recourse_webhook_attempts", "Attempts to deliver a webhook, by outcome.", ["outcome"])

log = structlog.get_logger()


@dataclass(frozen=True)
class HookSender:
    """``secret_key`` is the program's, from which the secrets of endpoints are derived."""

    database: Database
    poster: Poster
    secret_key: bytes

    async def take(self, lease: Lease, job: Job) -> None:
        """One job. Raises `Unavailable` and `LeaseLost`."""
        if "delivery" not in job.payload:
            await self.database.run(replaying.carry_on, lease, job, _now())
            return
        parcel = await self.database.read(delivering.parcel, job, _now())
        if parcel is None:
            await self.database.run(delivering.drop, lease, job, _now())
            return
        if job.attempts + 1 < ATTEMPTS:
            answer = await self._send(parcel)
        else:  # worker after worker vanished with it, or could not note what came of it
            answer = Answer(0.0, error=job.last_error or "given up")
        await self.database.run(delivering.settle, lease, job, answer, _now(), random.random())
        _ATTEMPTS.labels("delivered" if answer.taken else "failed").inc()
        if not answer.taken:
            log.warning("webhook not delivered", delivery=parcel.delivery, status=answer.status)

    async def _send(self, parcel: Parcel) -> Answer:
        headers = signing.headers(self.secret_key, parcel.keys, parcel.uid, parcel.body, _now())
        return await self.poster.post(parcel.url, headers, parcel.body)


def _now() -> datetime:
    return datetime.now(UTC)
