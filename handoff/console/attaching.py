"""Files that an agent sends: kept as customers' files are, and shown where the customer reads.

Web chat shows them in the conversation. A channel that carries text only gets a link, signed by us
(`handoff.casework.file_links`); which is which, the channels' own room says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select
from starlette.datastructures import UploadFile

from channels.channel import SHOWS_FILES, FileRefused
from channels.files import Kept, keep
from channels.transcript import File, Message
from channels.wakeups import notify
from complaints import register
from handoff.casework.file_links import link
from handoff.console.settings import ConsoleSettings
from handoff.queue import BadInput

LIMIT = 10 * 1024 * 1024
"""Bytes of one file: what customers may send us, we may send them."""

MOST = 5
"""Files of one reply: together they stay within what the server takes at once."""


class FileProblem(BadInput):
    """A file that cannot be sent. ``key`` and ``values`` are the console's text that says why."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{key} {values}")
        self.key, self.values = key, values


async def take(files: Sequence[UploadFile], settings: ConsoleSettings) -> list[Kept]:
    """Keep what came with a form. Raises `FileProblem`."""
    chosen = [file for file in files if file.filename]
    if len(chosen) > MOST:
        raise FileProblem("problem_many_files", limit=MOST)
    kept = []
    for file in chosen:
        name = file.filename or ""
        content = await file.read(LIMIT + 1)
        try:
            kept.append(await asyncio.to_thread(keep, settings.data_dir, content, name, limit=LIMIT))
        except FileRefused as error:
            raise FileProblem(
                f"problem_file_{error.reason}", name=name, limit=LIMIT // 1024 // 1024
            ) from error
    return kept


def with_links(
    channel: str, text: str, files: Sequence[Kept], settings: ConsoleSettings, now: datetime
) -> str:
    """``text`` as the channel carries it: with the files' links where it shows no files."""
    if not files or SHOWS_FILES.get(channel, False):
        return text
    links = [f"{one.name}: {link(settings.public_url, settings.secret_key, one, now)}" for one in files]
    return "\n".join([text, "", *links])


def attach(session: Session, reference: str, request: str, files: Sequence[Kept]) -> None:
    """Tie ``files`` to the last message of the reply that was made for ``request``, once.

    In the transaction of the reply, so that nobody sees the one without the other.
    """
    if not files:
        return
    message = session.exec(
        select(Message)
        .where(col(Message.dedup).startswith(f"agent:{reference}:{request}/", autoescape=True))
        .order_by(col(Message.seq).desc())
        .limit(1)
    ).one()
    assert message.id is not None
    if session.exec(select(File.id).where(File.message_id == message.id)).first() is not None:
        return  # the same form again
    for one in files:
        session.add(
            File(
                message_id=message.id,
                reference=reference,
                locator=one.path,
                name=one.name,
                media_type=one.media_type,
                size=one.size,
                digest=one.digest,
                path=one.path,
            )
        )
    notify(session, f"chat:{register.find(session, reference).conversation}")
