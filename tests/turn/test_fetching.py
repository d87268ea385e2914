"""A file is fetched for as long as a message is sent; then a person knows, and its sender the true reason.

Mutation: in `bot.fetching.Fetcher._not_fetched` let a transient failure be an attempt (raise ``error``), or
leave out ``retry_after``; let `_refused` finish the job instead of burying it; take ``not_available`` out of
`_SAID`; in `channels.dead_letters._wait_again` leave the file as it is. Each was seen to fail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select, update

from bot.db import Database
from bot.fetching import Fetcher
from bot.sending import EXPIRY
from channels import dead_letters
from channels.channel import DeliveryFailed, FileRefused
from channels.dead_letters import Decision
from channels.lanes import Job, Unavailable
from channels.message import Attachment
from channels.transcript import File
from tests.turn.desk import ScriptedChannel, said, work, write

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02"
BURN = Attachment("file-1", "image/jpeg", "burn.jpg", 1000)
TOLD = ["I couldn't fetch burn.jpg: please send it again."]


@dataclass
class Album(ScriptedChannel):
    """A platform that hands out a photo once ``troubles`` are over."""

    troubles: list[DeliveryFailed | FileRefused] = field(default_factory=list)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        if self.troubles:
            raise self.troubles.pop(0)
        return PNG


def link(session: Session) -> None:
    """Their message became a case before the file was there."""
    session.exec(update(File).values(reference="RC-1"))


def make_old(session: Session, age: timedelta) -> None:
    session.exec(update(Job).values(created=datetime.now(UTC) - age))


def the_file(session: Session) -> File:
    return session.exec(select(File)).one()


async def arrive(database: Database, folder: Path, *troubles: DeliveryFailed | FileRefused) -> Fetcher:
    """A photo that waits to be fetched."""
    await write(database, "It burnt.", 1, attachments=(BURN,))
    await database.run(link)
    return Fetcher(database, {"telegram": Album(troubles=list(troubles))}, folder)


async def test_an_outage_is_no_attempt(database: Database, tmp_path: Path) -> None:
    """However often: the platform's own pause is kept, nobody is told anything, and then it is there."""
    busy = [DeliveryFailed("the platform answers 429", retry_after=17) for _ in range(9)]
    fetcher = await arrive(database, tmp_path, *busy)
    for _ in busy:
        with pytest.raises(Unavailable, match="429") as waiting:
            await work(database, "file", fetcher.take)
        assert waiting.value.retry_at
        assert timedelta(seconds=15) < waiting.value.retry_at - datetime.now(UTC) <= timedelta(seconds=17)
    await work(database, "file", fetcher.take)
    assert await said(database) == []
    file = await database.read(the_file)
    assert (file.reference, file.refused, file.size) == ("RC-1", None, len(PNG))


async def test_tries_in_vain_grow_rarer(database: Database, tmp_path: Path) -> None:
    ages = [timedelta(seconds=s) for s in (0, 4, 40, 4000, 40_000)]
    fetcher = await arrive(database, tmp_path, *[DeliveryFailed("down") for _ in ages])
    rests = []
    for age in ages:
        await database.run(make_old, age)
        before = datetime.now(UTC)
        with pytest.raises(Unavailable) as waiting:
            await work(database, "file", fetcher.take)
        assert waiting.value.retry_at
        rests.append((waiting.value.retry_at - before).total_seconds())
    assert 0.5 <= rests[0] < 2 < rests[1] < 16 < rests[2] < 100 < rests[3] < 190
    assert 120 <= rests[4] < 190


@pytest.mark.parametrize(
    ("trouble", "age"),
    [
        (DeliveryFailed("no answer"), EXPIRY + timedelta(minutes=1)),
        (DeliveryFailed("the scope files:read is missing", permanent=True), timedelta()),
    ],
)
async def test_given_up_it_can_be_tried_again(
    database: Database, tmp_path: Path, trouble: DeliveryFailed, age: timedelta
) -> None:
    """It is a dead letter with its reason; once that is mended, the file is kept with its case."""
    fetcher = await arrive(database, tmp_path, trouble)
    await database.run(make_old, age)
    await work(database, "file", fetcher.take)
    assert await said(database) == TOLD
    assert (await database.read(the_file)).refused == "not_available"
    (letter,) = await database.read(dead_letters.listed)
    assert (letter.kind, letter.conversation, letter.reason) == ("file", "telegram:42", str(trouble))
    await database.run(dead_letters.decide, letter.id, Decision.RETRY, "agent:Sue", datetime.now(UTC))
    assert (await database.read(the_file)).refused is None
    assert await work(database, "file", fetcher.take, timedelta(seconds=1))
    file = await database.read(the_file)
    assert (file.reference, file.refused, file.size) == ("RC-1", None, len(PNG))
    assert (tmp_path / (file.path or "")).read_bytes() == PNG
    assert await said(database) == TOLD
    assert await database.read(dead_letters.listed) == []


@pytest.mark.parametrize(("reason", "words"), [("too_large", "larger than 20 MB"), ("not_allowed", "photos")])
async def test_what_is_never_kept_is_no_dead_letter(
    database: Database, tmp_path: Path, reason: str, words: str
) -> None:
    """There its sender alone can do something."""
    fetcher = await arrive(database, tmp_path, FileRefused(reason))
    await work(database, "file", fetcher.take)
    [text] = await said(database)
    assert words in text
    assert await database.read(dead_letters.listed) == []
