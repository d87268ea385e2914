"""Files that agents send: shown where the channel shows them, linked elsewhere, within limits, once.

Mutation: send `with_links` the text alone, or let `_read` in file_links.py skip the seal.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from sqlmodel import Session, col, select

from channels.channel import BY_HAND, SHOWS_FILES
from channels.files import keep
from channels.transcript import File, Message
from handoff import desk
from handoff.casework import file_links
from handoff.console import attaching
from tests.console.conftest import Served, field_of
from tests.handoff.cases import complain_to, said
from tests.handoff.serving import serving

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
SECRET = b"a secret that only the tests know"


async def send(
    served: Served, client: httpx.AsyncClient, reference: str, *files: tuple[str, bytes]
) -> httpx.Response:
    page = await client.get(f"/console/cases/{reference}")
    fields = {"csrf": field_of(page, "csrf"), "id": field_of(page, "id"), "text": "Here it is"}
    return await client.post(
        f"/console/cases/{reference}/reply", data=fields, files=[("file", file) for file in files]
    )


def files_of(session: Session, reference: str) -> list[File]:
    messages = [m.id for m in said(session, reference)]
    return list(session.exec(select(File).where(col(File.message_id).in_(messages))))


async def test_web_chat_shows_the_file(served: Served) -> None:
    """It hangs on the reply, checked by its bytes and not by its name; the text is as it was written."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    anna = await served.signed_in("Anna")
    assert (await send(served, anna, reference, ("../../photo.exe", PNG))).status_code == 303
    reply = (await served.database.read(said, reference))[-1]
    (file,) = await served.database.read(files_of, reference)
    assert (reply.text, file.message_id) == ("Here it is", reply.id)
    assert (file.name, file.media_type, file.reference) == ("photo.png", "image/png", reference)
    shown = await anna.get(f"/console/files/{file.id}")
    assert shown.content == PNG


async def test_other_channels_get_a_link(served: Served) -> None:
    """The text ends with an address; it leads to the file without a sign-in, and ends with its time."""
    reference = await complain_to(served.database, channel="sms")
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    anna = await served.signed_in("Anna")
    await send(served, anna, reference, ("photo.png", PNG))
    text = (await served.database.read(said, reference))[-1].text
    assert text.startswith("Here it is\n\nphoto.png: ")
    assert re.search(r"/sent/[\w-]{60,80}$", text)


async def test_links_are_sealed(tmp_path: Path) -> None:
    """A link shows its file; changed by a letter, after its time or with another key, it shows nothing."""
    kept, now = keep(tmp_path, PNG, "photo.png"), datetime.now(UTC)
    app = FastAPI()
    app.include_router(file_links.routes(tmp_path, SECRET))
    async with serving(app) as address, httpx.AsyncClient() as client:
        good = file_links.link(address, SECRET, kept, now)
        answer = await client.get(good)
        assert (answer.status_code, answer.content) == (200, PNG)
        assert "sandbox" in answer.headers["content-security-policy"]
        token = good.rpartition("/")[2]
        swapped = token[:5] + ("A" if token[5] != "A" else "B") + token[6:]
        old = file_links.link(address, SECRET, kept, now - file_links.LASTS - timedelta(seconds=1))
        other = file_links.link(address, b"another secret, not ours", kept, now)
        for bad in (
            f"{address}/sent/{swapped}",
            old,
            other,
            f"{address}/sent/{token[:-4]}",
            f"{address}/sent/é",
        ):
            assert (await client.get(bad)).status_code == 404, bad


async def test_what_is_not_sent(served: Served) -> None:
    """A program, too much, too many, or from somebody who does not answer: refused, and nothing is said."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    anna = await served.signed_in("Anna")
    before = len(await served.database.read(said, reference))
    for files, why in (
        ([("page.html", b"<html><script>")], "of a kind that is not sent"),
        ([("big.png", PNG + b"\0" * attaching.LIMIT)], "larger than 10 MB"),
        ([("nothing.png", b"")], "is empty"),
        ([(f"{n}.png", PNG) for n in range(attaching.MOST + 1)], "At most 5 files"),
    ):
        refused = await send(served, anna, reference, *files)
        assert (refused.status_code, why in refused.text) == (422, True), why
        assert "Here it is" in refused.text  # what was typed is still there
    assert len(await served.database.read(said, reference)) == before
    otto = await served.signed_in("Otto")
    csrf = field_of(await otto.get("/console"), "csrf")
    fields = {"csrf": csrf, "id": "1", "text": "x"}
    path = f"/console/cases/{reference}/reply"
    assert (await otto.post(path, data=fields, files={"file": ("a.png", PNG)})).status_code == 403
    assert set(SHOWS_FILES) == {"webchat", "sms", "whatsapp", "telegram", "slack", *BY_HAND}


async def test_same_form_again_attaches_once(served: Served) -> None:
    """A repeated request is one message with one file."""
    reference = await complain_to(served.database)
    await served.database.run(desk.claim, reference, "Anna", datetime.now(UTC))
    anna = await served.signed_in("Anna")
    page = await anna.get(f"/console/cases/{reference}")
    fields = {"csrf": field_of(page, "csrf"), "id": "same", "text": "Here it is"}
    for _ in range(2):
        files = {"file": ("photo.png", PNG)}
        await anna.post(f"/console/cases/{reference}/reply", data=fields, files=files)
    assert len(await served.database.read(files_of, reference)) == 1
    messages = await served.database.read(
        lambda s: s.exec(select(Message).where(Message.author == "agent")).all()
    )
    assert len(messages) == 1
