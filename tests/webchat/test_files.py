"""Photos and files are kept whole, and nothing else is.

Mutation: let `channels.webchat.bodies._capped` pass everything on; then a chunked upload without a
declared length fills the disk.
"""

from __future__ import annotations

import hashlib

import pytest

from channels.message import Attachment
from channels.webchat.adapter import WebChat
from tests.webchat.chat_server import ChatServer
from tests.webchat.visitor import Visitor

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40
PDF = b"%PDF-1.7\n" + b"0" * 1000
EXE = b"MZ\x90\x00" + bytes(300)


async def test_a_photo_is_kept_and_shown(chat: ChatServer, visitor: Visitor) -> None:
    answer = await visitor.send_file("1", "my kitchen.png", PNG, "Look at this")
    assert (answer.status_code, answer.json()) == (202, {"id": "1", "seq": 1})
    said = (await visitor.wait_for(2))[0]
    (file,) = said["files"]
    assert (said["text"], said["id"]) == ("Look at this", "1")
    assert (file["name"], file["type"], file["size"]) == ("my kitchen.png", "image/png", len(PNG))
    shown = await visitor.http.get(f"/chat/files/{file['id']}")
    assert shown.content == PNG
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]


async def test_the_program_finds_the_file_again(chat: ChatServer, visitor: Visitor) -> None:
    await visitor.send_file("1", "x.png", PNG)
    digest = hashlib.sha256(PNG).hexdigest()
    attachment = Attachment(f"files/{digest[:2]}/{digest}")
    assert await WebChat(chat.settings).fetch(attachment, 1_000_000) == PNG


async def test_a_document_is_offered_for_download(visitor: Visitor) -> None:
    await visitor.send_file("1", "receipt.pdf", PDF)
    file = (await visitor.wait_for(1))[0]["files"][0]
    answer = await visitor.http.get(f"/chat/files/{file['id']}")
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_the_same_upload_again_is_the_same_message(visitor: Visitor) -> None:
    first = await visitor.send_file("1", "x.png", PNG)
    again = await visitor.send_file("1", "x.png", PNG)
    assert first.json() == again.json()
    said = await visitor.wait_for(2)
    assert len(said) == 2
    assert len(said[0]["files"]) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("holiday.png", EXE),
        ("page.png", b"<html><script>alert(1)</script></html>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("run.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("archive.pdf", b"PK\x03\x04" + bytes(100)),
    ],
)
async def test_what_is_not_evidence_is_refused(visitor: Visitor, name: str, content: bytes) -> None:
    answer = await visitor.send_file("1", name, content)
    assert answer.status_code == 415
    assert "Send a photo" in answer.json()["detail"]
    assert await visitor.messages() == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd", "passwd.png"),
        ("..\\..\\windows\\system.ini", "system.png"),
        ("/absolute/path.exe", "path.png"),
        ("a\u202egnp.exe", "agnp.png"),
        ("....", "file.png"),
    ],
)
async def test_a_name_is_only_a_name(chat: ChatServer, visitor: Visitor, name: str, shown: str) -> None:
    await visitor.send_file("1", name, PNG)
    assert (await visitor.wait_for(1))[0]["files"][0]["name"] == shown
    digest = hashlib.sha256(PNG).hexdigest()
    kept = [
        p.relative_to(chat.settings.data_dir).as_posix()
        for p in chat.settings.data_dir.rglob("*")
        if p.is_file()
    ]
    assert kept == [f"files/{digest[:2]}/{digest}"]


async def test_a_file_of_ten_megabytes_is_taken_and_a_larger_one_is_not(visitor: Visitor) -> None:
    limit = 10 * 1024 * 1024
    assert (await visitor.send_file("1", "x.png", PNG + bytes(limit - len(PNG)))).status_code == 202
    answer = await visitor.send_file("2", "x.png", PNG + bytes(limit))
    assert answer.status_code == 413
    assert "10 MB" in answer.json()["detail"]


async def test_an_endless_upload_is_cut_off(chat: ChatServer, visitor: Visitor) -> None:
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n' + PNG
    status, sent = await visitor.pour("/chat/files", "multipart/form-data; boundary=b", start)
    assert status == 413
    assert sent < 40_000_000  # the limit is 10 MB; the rest waits in buffers of the kernel and of the server
    assert not chat.settings.data_dir.exists()


async def test_uploads_that_are_none_are_refused_with_a_remedy(visitor: Visitor) -> None:
    post = visitor.http.post
    empty = await visitor.send_file("1", "x.png", b"")
    no_id = await post("/chat/files", files={"file": ("x.png", PNG)})
    no_file = await post("/chat/files", data={"id": "1"}, files={"other": ("x.png", PNG)})
    two = await post("/chat/files", data={"id": "1"}, files=[("file", ("a", PNG)), ("file", ("b", PNG))])
    broken = await post(
        "/chat/files", content=b"--b", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    boundless = await post("/chat/files", content=b"", headers={"Content-Type": "multipart/form-data"})
    json = await post("/chat/files", json={"id": "1"})
    statuses = [a.status_code for a in (empty, no_id, no_file, two, broken, boundless, json)]
    assert statuses == [422, 422, 422, 422, 422, 422, 415]
    assert await visitor.messages() == []


async def test_a_file_without_text_is_a_message_of_its_own(visitor: Visitor) -> None:
    await visitor.send_file("1", "x.png", PNG)
    assert (await visitor.wait_for(2))[0]["text"] == ""
