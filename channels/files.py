"""Customers' photos and files: checked, and kept under the digest of their bytes.

A file lies at ``files/<first two digits>/<SHA-256>`` below the data folder, without an extension
and without the right to be run. The digest is its name, so the same photo sent twice is kept once
and any later change shows. What a file is, its first bytes say; what the sender calls it counts
for nothing, since pages will show it to agents.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import filetype

from channels.channel import FileRefused

LIMIT = 20 * 1024 * 1024
"""Bytes. Telegram hands bots no larger files; MMS and WhatsApp media are smaller still."""

_NAME_LENGTH = 100
_TEXT = "text/plain"

# What evidence comes as. Nothing that a browser or an office program would run: no HTML, SVG,
# scripts, archives, or old office formats with their macros.
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/avif": "avif",
    "application/pdf": "pdf",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "audio/amr": "amr",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/x-flac": "flac",
    "video/mp4": "mp4",
    "video/x-m4v": "m4v",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
    _TEXT: "txt",
}


@dataclass(frozen=True)
class Kept:
    """A file on our disk. ``path`` is relative to the data folder, ``size`` in bytes."""

    digest: str
    path: str
    media_type: str
    name: str
    size: int


def keep(data_dir: Path, content: bytes, name: str = "", *, limit: int = LIMIT) -> Kept:
    """Keep ``content`` and say what it is. Blocks on the disk: call it in a thread.

    Keeping the same bytes again is a no-op. Raises `FileRefused`.
    """
    if not content:
        raise FileRefused("empty")
    if len(content) > limit:
        raise FileRefused("too_large")
    media_type = sniff(content)
    if media_type not in _EXTENSIONS:
        raise FileRefused("not_allowed")
    digest = hashlib.sha256(content).hexdigest()
    path = Path("files", digest[:2], digest)
    _write(data_dir / path, content)
    return Kept(digest, path.as_posix(), media_type, safe_name(name, media_type), len(content))


def sniff(content: bytes) -> str | None:
    """The media type that the bytes themselves show, or ``None``."""
    kind = filetype.guess(content)
    if kind is not None:
        return str(kind.mime)
    return _TEXT if _is_plain_text(content) else None


def safe_name(name: str, media_type: str) -> str:
    """``name`` fit for a page and a download.

    No path, no control or direction characters, and the extension of what the file really is.
    """
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(
        c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] not in "CZ" or c == " "
    )
    stem = base.rsplit(".", 1)[0].strip(" .")[:_NAME_LENGTH] or "file"
    return f"{stem}.{_EXTENSIONS.get(media_type, 'bin')}"


def _is_plain_text(content: bytes) -> bool:
    """Whether it is text (an exported chat, say) that no program takes for a page or a script."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    start = text.lstrip("\ufeff \t\r\n")[:2]
    return not start.startswith(("<", "#!")) and not any(c < " " and c not in "\t\n\r\f" for c in text)


def _write(path: Path, content: bytes) -> None:
    """All or nothing: a crash leaves no half file under the digest's name."""
    if path.exists() and path.stat().st_size == len(content):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o640)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
