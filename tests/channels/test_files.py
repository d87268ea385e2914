"""Only evidence is kept, under the digest of what it is.

Mutation: in `channels.files.keep`, take the type from the file's name instead of `sniff` — the
program that calls itself a photo is then kept.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from channels.channel import FileRefused
from channels.files import keep, safe_name

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02"
PDF = b"%PDF-1.7\n1 0 obj"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
OGG = b"OggS\x00\x02" + b"\0" * 20 + b"OpusHead"
CHAT = "[12/03, 10:15] Ana: ¿dónde está?\n".encode()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (PDF, "application/pdf"),
        (JPEG, "image/jpeg"),
        (OGG, "audio/ogg"),
        (CHAT, "text/plain"),
    ],
)
def test_evidence_is_kept_under_its_digest(tmp_path: Path, content: bytes, media_type: str) -> None:
    kept = keep(tmp_path, content, "anything")
    assert (tmp_path / kept.path).read_bytes() == content
    assert kept.digest == hashlib.sha256(content).hexdigest()
    assert (kept.media_type, kept.size) == (media_type, len(content))
    assert kept.digest in kept.path


def test_it_cannot_be_run(tmp_path: Path) -> None:
    kept = keep(tmp_path, PNG, "photo.png")
    assert (tmp_path / kept.path).stat().st_mode & 0o111 == 0


def test_the_same_photo_is_kept_once(tmp_path: Path) -> None:
    first, second = keep(tmp_path, PNG, "a.png"), keep(tmp_path, PNG, "b.png")
    assert first.path == second.path
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_half_written_file_is_mended(tmp_path: Path) -> None:
    kept = keep(tmp_path, PNG)
    (tmp_path / kept.path).write_bytes(PNG[:5])
    keep(tmp_path, PNG)
    assert (tmp_path / kept.path).read_bytes() == PNG


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"\0" * 60,
        b"\x7fELF\x02\x01\x01",
        b"PK\x03\x04" + b"\0" * 40,
        b"<html><script>alert(1)</script>",
        b"\xef\xbb\xbf <svg xmlns='http://www.w3.org/2000/svg'/>",
        b"#!/bin/sh\nrm -rf /",
        b"\x00\x01\x02\x03",
        b"\xff\xfe\xfd no utf-8",
    ],
)
def test_what_could_be_run_or_is_unknown_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        keep(tmp_path, content, "photo.jpg")
    assert refusal.value.reason == "not_allowed"
    assert not any(tmp_path.iterdir())


def test_the_limit_is_the_last_byte_that_fits(tmp_path: Path) -> None:
    assert keep(tmp_path, PNG, limit=len(PNG)).size == len(PNG)
    with pytest.raises(FileRefused) as refusal:
        keep(tmp_path, PNG, limit=len(PNG) - 1)
    assert refusal.value.reason == "too_large"


def test_an_empty_file_is_no_evidence(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        keep(tmp_path, b"")
    assert refusal.value.reason == "empty"


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ana\\Rechnung März.pdf", "Rechnung März.pdf"),
        ("invoice.pdf.exe", "invoice.pdf.pdf"),
        ("gpj.\u202eexe", "gpj.pdf"),
        ("a\x00b\nc.pdf", "abc.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_safe_to_show_and_to_save(given: str, safe: str) -> None:
    assert safe_name(given, "application/pdf") == safe
