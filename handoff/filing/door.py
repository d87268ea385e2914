"""What both doors do with a complaint that is taken down: keep its files, have it read, file it, take it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from channels.channel import FileRefused
from channels.files import Kept, keep
from complaints import language
from complaints.complaint import ComplaintError
from complaints.triage import Parse
from handoff import holding
from handoff.database import Database
from handoff.filing.bodies import NewCase
from handoff.filing.taking_down import Filed, FilingSettings, Taken, take_down
from handoff.queue import BadInput, HandoffError
from handoff.staff.agents import Person

LIMIT = 10 * 1024 * 1024
"""Bytes of one file."""

Understanding = Callable[[str, str], Awaitable[Parse | None]]
"""What the learnt model makes of a text in a language; ``None`` while nobody can say."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Filing:
    """Takes complaints down over a database."""

    database: Database
    settings: FilingSettings
    data_dir: Path
    understand: Understanding

    async def file(self, who: Person, body: NewCase, request: str, files: Sequence[Kept] = ()) -> Filed:
        """File it; ``files`` are kept already, besides those of the body.

        A case that ``who`` wanted to keep and cannot take waits in the queue: nobody is told to call again
        because of a full desk. Raises what `take_down` does.
        """
        kept = [*files, *[await self._keep(one.content, one.name) for one in body.files]]
        spoken = body.language or language.detect(body.text).language
        parse = await self.understand(body.text, spoken)
        taken = Taken(body, spoken, parse, kept)
        now = datetime.now(UTC)
        filed = await self.database.run(take_down, taken, who.name, request, self.settings, now)
        if body.claim and filed.new:
            try:
                await self.database.run(holding.claim, filed.reference, who.name, datetime.now(UTC))
            except (HandoffError, ComplaintError) as error:
                log.info(
                    "a case that was taken down waits", case=filed.reference, reason=type(error).__name__
                )
        return filed

    async def _keep(self, content: bytes, name: str) -> Kept:
        try:
            return await asyncio.to_thread(keep, self.data_dir, content, name, limit=LIMIT)
        except FileRefused as error:
            raise BadInput(f"files: {name or 'a file'} is not kept: {error.reason}") from error
