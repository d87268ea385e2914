"""What is too large, packed, mislabelled or misnamed gets a clear refusal, and nothing of it stays.

Mutation: in `channels.files.keep` go by the sender's name instead of the bytes; in `channels.checking` keep a
file's size as it is told (PostgreSQL's column ends at 2,147,483,647); in `bot.review.pages` leave out
``ge=0``.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlmodel import Session, select

from channels.transcript import File
from handoff.staff import agents
from handoff.staff.agents import Role
from tests.fuzz.program import Program, Response
from tests.platforms import slack, twilio
from tests.platforms.server import PlatformServer, Webhook

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def upload(running: Program, content: bytes, name: str = "a.pdf", **more: Any) -> Response:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').encode("utf-8", "surrogatepass")
    head = b'--x\r\ncontent-disposition: form-data; name="id"\r\n\r\nm1\r\n'
    head += b'--x\r\ncontent-disposition: form-data; name="file"; filename="' + quoted + b'"\r\n'
    body = (
        head
        + b"content-type: "
        + more.get("part", b"application/pdf")
        + b"\r\n\r\n"
        + content
        + b"\r\n--x--\r\n"
    )
    kind = more.get("kind", "multipart/form-data; boundary=x")
    return running.call("POST", "/chat/files", running.visitor() | {"content-type": kind}, body)


def files(running: Program) -> list[File]:
    def read(session: Session) -> list[File]:
        return list(session.exec(select(File)))

    return running.do(running.database.read(read))


def bomb() -> bytes:
    """Ten megabytes of zeros in ten kilobytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 10_000_000)
    return packed.getvalue()


def test_files_of_another_kind_than_they_say_are_refused(running: Program) -> None:
    before = len(files(running))
    for content in (
        b"MZ\x90\0 a program",
        b"<html><script>alert(1)</script>",
        b"<svg onload='x'/>",
        b"\0" * 500,
        bomb(),
        gzip.compress(b"\0" * 5_000_000),
        b"#!/bin/sh\nrm -r /",
    ):
        answer = upload(running, content, "harmless.pdf")
        assert answer.status == 415, content[:20]
        assert "not taken" in json.loads(answer.body)["detail"]
    assert upload(running, b"").status == 422
    assert upload(running, b"%PDF-1.4" + b"\0" * (11 * 1024 * 1024)).status == 413
    assert len(files(running)) == before


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd\0.pdf",
        "a" * 5_000,
        "\u202efdp.exe",
        ".",
        "..",
        "CON",
        "a\r\nb",
        'a"; filename="b',
        "%2e%2e%2f",
        "~/.ssh/id",
        "\ud800",
    ],
)
def test_a_file_name_leads_nowhere(running: Program, name: str) -> None:
    assert upload(running, PDF, name).status in (202, 422)
    for file in files(running):
        assert not set("/\\\0\r\n\u202e") & set(file.name), file.name
        assert len(file.name) < 120
        assert file.name.endswith(".pdf")
        assert file.locator.startswith("files/")


@pytest.mark.parametrize(
    "charset", ["utf-7", "idna", "punycode", "hex", "utf-16", "unicode_escape", "\xff", "x" * 5_000]
)
def test_a_form_in_a_strange_charset_is_read_or_refused(running: Program, charset: str) -> None:
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert upload(running, PDF, "+2AA-xn--\xe9.pdf", kind=kind).status in (202, 415, 422)
    body = b'--x\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n+2AA-\xe9xn--a\r\n--x--\r\n'
    for path in ("/console/sign-in", "/console/sign-out", "/console/cases/RC-7K2M9P4X/note"):
        assert running.call("POST", path, {"content-type": kind}, body).status < 500
        assert running.call("POST", path, signed_in(running) | {"content-type": kind}, body).status < 500


def signed_in(running: Program, role: Role = Role.ADMIN) -> dict[str, str]:
    token = running.token(role)
    cookie = running.do(running.database.run(agents.sign_in_by_token, token, datetime.now(UTC)))
    return {"cookie": f"recourse_console={cookie}"}


@pytest.mark.parametrize(
    "number", ["-1", "0", str(2**31), str(2**63), "-" + "9" * 40, "9" * 5_000, "x", "%00", "1e9", "٣"]
)
def test_a_number_that_no_column_holds_is_refused(running: Program, number: str) -> None:
    who = signed_in(running)
    for path in (f"/console/files/{number}", f"/console/review?done={number}", f"/chat/files/{number}"):
        headers = running.visitor() if path.startswith("/chat") else who
        assert running.call("GET", path, headers).status < 500, path
    assert running.call("POST", f"/console/review/{number}/accept", who).status < 500
    assert running.call("GET", f"/chat/messages?after={number}", running.visitor()).status in (200, 422)


def test_strange_forms_in_the_console(running: Program) -> None:
    who = signed_in(running)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for value in ("\0", "\ud800", "9" * 100_000, "../..", "<script>", ""):
        body = urlencode(
            {k: value.encode("utf-8", "surrogatepass") for k in ("csrf", "next", "code", "text", "guard")}
        )
        for path in ("/console/sign-in", "/console/cases/RC-7K2M9P4X/reply", "/console/review/1/correct"):
            assert running.call("POST", path, who | kind, body.encode()).status < 500
            assert running.call("POST", path, kind, body.encode()).status < 500
    for path in (
        "/console/cases/%00",
        "/console/cases/%ff%fe",
        "/console/static/..%2f..%2fmoves.py",
        "/console/review?language=%00",
        "/console/sign-in?next=%00&code=%ff",
        "/console/stream?case=%00",
        "//example.org/console",
        "/%00",
    ):
        assert running.call("GET", path, who).status < 500


def test_a_packed_body_is_not_unpacked(running: Program) -> None:
    body = gzip.compress(json.dumps({"id": "1", "text": "a" * 9_000_000}).encode())
    who = running.visitor() | {"content-type": "application/json", "content-encoding": "gzip"}
    assert running.call("POST", "/chat/messages", who, body).status == 422


def test_deep_json_is_no_json(running: Program) -> None:
    for body in (b"[" * 200_000, b'{"id":' * 40_000):
        assert running.call("POST", "/chat/messages", running.visitor(), body).status in (413, 422)


def test_a_body_beyond_the_limit_is_refused(running: Program, servers: dict[str, PlatformServer]) -> None:
    webhook = twilio.signed(b"Body=" + b"a" * 1_100_000)
    assert running.deliver(webhook).status == 413
    assert running.call("POST", "/chat/messages", running.visitor(), b"a" * 300_000).status == 413


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("size", 2**40),
        ("size", -5),
        ("size", 10**30),
        ("name", "a" * 100_000),
        ("name", "\0\ud800"),
        ("mimetype", "x\0"),
    ],
)
def test_what_a_platform_says_of_a_file_is_a_hint(
    running: Program, servers: Any, part: str, value: Any
) -> None:
    event = json.loads(servers["slack"].webhook_for("photo", url="https://files.slack.com/x").body)
    event["event"]["files"][0][part] = value
    answer = running.deliver(slack.signed(json.dumps(event).encode()))
    assert answer.status == (400 if part == "mimetype" else 200)


@pytest.mark.parametrize("value", ["x\0y", "\ud800", "x" * 5_000])
def test_a_strange_id_is_refused_and_not_asked_for_again(running: Program, servers: Any, value: str) -> None:
    """PostgreSQL stores none of these, or cannot index them."""
    update = servers["telegram"].update_for("button", token=value)
    webhook = servers["telegram"].webhook_for("text", text="x")
    assert running.deliver(Webhook(webhook.url, webhook.headers, json.dumps(update).encode())).status == 400
    event = json.loads(servers["slack"].webhook_for("text", text="x").body) | {"event_id": value}
    assert running.deliver(slack.signed(json.dumps(event).encode())).status == 400
    status = {
        "MessageSid": value.encode("utf-8", "replace"),
        "MessageStatus": "failed",
        "From": "+1",
        "To": "+2",
    }
    assert running.deliver(twilio.signed(urlencode(status).encode())).status in (200, 400)
