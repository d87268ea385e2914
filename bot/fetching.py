"""Fetches the files that came with messages, and keeps them as evidence.

A platform that is away is no reason to give a file up: as with what we send, it is tried until its expiry.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlmodel import Session

from bot.sending import EXPIRY
from channels import files, lanes, outbox
from channels.backoff import FIRST, backoff
from channels.channel import Channel, DeliveryFailed, FileRefused
from channels.files import Kept
from channels.lanes import Job, Lease, Unavailable
from channels.message import Attachment
from channels.transcript import Author, File, Message, lock
from channels.wakeups import Database, notify
from complaints import texts

_SAID = {"too_large": "file_refused_size", "not_available": "file_not_fetched"}

log = structlog.get_logger()


@dataclass(frozen=True)
class Fetcher:
    """Handles the jobs of file lanes: each is one photo or file."""

    database: Database
    channels: Mapping[str, Channel]
    data_dir: Path

    async def take(self, lease: Lease, job: Job) -> None:
        """Fetch and keep one file; what cannot be kept is marked with the reason. Raises `Unavailable`."""
        channel_name, attachment = await self.database.run(_wanted, job.payload["file"])
        try:
            channel = self.channels[channel_name]
            content = await channel.fetch(attachment, files.LIMIT)
            kept = await asyncio.to_thread(files.keep, self.data_dir, content, attachment.name)
        except FileRefused as error:
            await self.database.run(_refused, lease, job, error.reason, _now())
        except DeliveryFailed as error:
            await self._not_fetched(error, lease, job)
        except KeyError as error:
            raise Unavailable(f"{channel_name} is not connected") from error
        else:
            await self.database.run(_kept, lease, job, kept, _now())

    async def _not_fetched(self, error: DeliveryFailed, lease: Lease, job: Job) -> None:
        now = _now()
        log.warning("file not fetched", job=job.id, permanent=error.permanent)
        age = now - job.created
        if error.permanent or age > EXPIRY:
            await self.database.run(_refused, lease, job, "not_available", now, fault=str(error))
            return
        wait = timedelta(seconds=error.retry_after) if error.retry_after else _rest(age)
        raise Unavailable(str(error), now + wait) from error


def _rest(age: timedelta) -> timedelta:
    """The rest after as many failures as fit into ``age``: nobody counts those that are no attempts."""
    return backoff((max(age, timedelta()) // FIRST + 1).bit_length(), random.random())


def _wanted(session: Session, file_id: int) -> tuple[str, Attachment]:
    file = session.get_one(File, file_id)
    message = session.get_one(Message, file.message_id)
    return message.channel, Attachment(file.locator, file.media_type, file.name, file.size)


def _kept(session: Session, lease: Lease, job: Job, kept: Kept, now: datetime) -> None:
    lanes.finish(session, lease, job, now)
    file = session.get_one(File, job.payload["file"])
    file.digest, file.path, file.media_type = kept.digest, kept.path, kept.media_type
    file.name, file.size = kept.name, kept.size
    session.add(file)
    _wake(session, file)


def _refused(
    session: Session, lease: Lease, job: Job, reason: str, now: datetime, *, fault: str | None = None
) -> None:
    """It is not kept; with a ``fault`` somebody may mend that and have it tried again."""
    file = session.get_one(File, job.payload["file"])
    message = session.get_one(Message, file.message_id)
    conversation = lock(session, message.conversation)
    if fault is None:
        lanes.finish(session, lease, job, now)
    else:
        lanes.bury(session, lease, job, fault, now)
    file.refused = reason
    session.add(file)
    key = _SAID.get(reason, "file_refused_type")
    said = texts.say(
        key, conversation.language or texts.FALLBACK, name=file.name or "—", limit=files.LIMIT // 1024**2
    )
    # Whoever sent it must know that we do not have it, whoever holds the conversation.
    outbox.put(
        session, conversation, said, author=Author.SYSTEM, dedup=f"{key}:{file.id}", now=now,
        route=message.route,
    )  # fmt: skip


def _wake(session: Session, file: File) -> None:
    message = session.get_one(Message, file.message_id)
    notify(session, f"chat:{message.conversation}")


def _now() -> datetime:
    return datetime.now(UTC)
