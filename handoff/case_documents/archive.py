"""A case as a ZIP file or a folder: the document, the record for programs, the originals, their digests.

::

    case.pdf  case.json  transcript.txt  trail.csv  letters/  files/  manifest.json

``manifest.json`` has the SHA-256 of each of the others: who has kept it can tell later whether a copy
was changed. `docs/case-file.md` describes everything.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from handoff.case_documents import history, pictures
from handoff.case_documents.document import Checked, document
from handoff.case_documents.parts import Speech
from handoff.case_documents.typesetting import typeset

Record = dict[str, Any]

MANIFEST = "recourse.manifest/1"
_ASCII = re.compile(r"[^A-Za-z0-9._-]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def pdf(record: Record, data_dir: Path, language: str) -> bytes:
    """The case as a document. Takes a second or two for thousands of messages: call it in a thread."""
    looked_at, small = [], {}
    for number, file in enumerate(record["files"], 1):
        name = None
        if file["path"] and file["media_type"].startswith("image/"):
            picture = pictures.small(data_dir / file["path"])
            if picture is not None:
                small[name := f"picture-{number}.jpg"] = picture
        looked_at.append(Checked(file, _state(file, data_dir), name))
    at = datetime.fromisoformat(record["exported"]["at"])
    return typeset(document(record, looked_at, language), small, at)


def write_zip(record: Record, data_dir: Path, language: str, to: Path) -> None:
    """The case as a ZIP file at ``to``. Blocks: call it in a thread."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries(record, data_dir, language):
            if isinstance(content, Path):
                archive.write(content, name)
            else:
                archive.writestr(name, content)


def write_folder(record: Record, data_dir: Path, language: str, to: Path) -> None:
    """The same as a folder. Files of other names that are there already stay."""
    for name, content in entries(record, data_dir, language):
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.read_bytes() if isinstance(content, Path) else content)


def entries(record: Record, data_dir: Path, language: str) -> Iterator[tuple[str, bytes | Path]]:
    """Name and content of everything in the archive, the manifest last."""
    listed = []
    for name, content in _contents(record, data_dir, language):
        size, digest = _measured(content)
        listed.append({"path": name, "size": size, "sha256": digest})
        yield name, content
    manifest = {
        "schema": MANIFEST,
        "reference": record["case"]["reference"],
        "exported": record["exported"],
        "files": listed,
    }
    yield "manifest.json", _json(manifest)


def _contents(record: Record, data_dir: Path, language: str) -> Iterator[tuple[str, bytes | Path]]:
    named = [dict(file) for file in record["files"]]
    for number, file in enumerate(named, 1):
        file["state"] = _state(file, data_dir)
        there = file["state"] in ("intact", "changed")
        file["in_archive"] = f"files/{number:02d}-{safe_name(file['name'])}" if there else None
    yield "case.pdf", pdf(record, data_dir, language)
    yield "case.json", _json({**record, "files": named})
    yield "transcript.txt", transcript(record, language).encode()
    yield "trail.csv", trail(record).encode("utf-8-sig")  # with a mark, or spreadsheets guess the encoding
    sent = [letter for letter in record["letters"] if letter["state"] != "draft"]
    for number, letter in enumerate(sent, 1):
        yield f"letters/{number:02d}-decision.txt", letter["text"].encode()
    for file in named:
        if file["in_archive"]:
            yield file["in_archive"], data_dir / file["path"]


def transcript(record: Record, language: str) -> str:
    """The conversation as plain text, every word as it was written."""
    speech = Speech(language, ZoneInfo(record["exported"]["time_zone"]))
    files = {f["id"]: f for f in record["files"]}
    said = []
    for m in record["messages"]:
        about = [
            f"#{m['seq']}",
            speech.when(m["at"]),
            history.who(m, record, speech),
            history.state(m, speech),
        ]
        notes = [f"[{note}]" for note in history.notes(m, files, speech)]
        said.append("\n".join(filter(None, [" | ".join(about), m["text"], *notes])))
    return "\n\n".join(said) + "\n"


def trail(record: Record) -> str:
    """The trail as CSV (RFC 4180), in UTC. A cell that a spreadsheet would run begins with an apostrophe."""
    kept = io.StringIO()
    rows = csv.writer(kept)
    rows.writerow(["position", "at", "kind", "actor", "reason", "data"])
    for e in record["events"]:
        data = json.dumps(e["data"], ensure_ascii=False, sort_keys=True)
        rows.writerow([_cell(v) for v in (e["position"], e["at"], e["kind"], e["actor"], e["reason"], data)])
    return kept.getvalue()


def safe_name(name: str) -> str:
    """A file name that every system takes: ASCII, no path, at most 60 characters, its ending kept."""
    base = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    stem, _, ending = base.rpartition(".") if "." in base else (base, "", "")
    plain, ending = (_ASCII.sub("_", _ascii(part)).strip("._-") for part in (stem, ending))
    return f"{plain[:60] or 'file'}.{ending[:8]}" if ending else plain[:60] or "file"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _cell(value: object) -> str:
    said = str(value)
    return f"'{said}" if said.startswith(_FORMULA) else said


def _state(file: Record, data_dir: Path) -> str:
    """Whether a file is still what came in: its digest, counted anew."""
    if not file["path"]:
        return "missing"
    try:
        with (data_dir / file["path"]).open("rb") as kept:
            return (
                "intact" if hashlib.file_digest(kept, "sha256").hexdigest() == file["digest"] else "changed"
            )
    except OSError:
        return "missing"


def _measured(content: bytes | Path) -> tuple[int, str]:
    if isinstance(content, bytes):
        return len(content), hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
