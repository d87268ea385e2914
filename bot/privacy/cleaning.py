"""What an erasure leaves outside the rows: files on disk, examples, models, and old pages of the database."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import asyncpg
import structlog
from ruamel.yaml import YAML
from sqlalchemy import make_url
from sqlmodel import Session, col, select

from bot.db import Database
from bot.models import shelf
from bot.privacy.record import Erasure
from bot.review.examples import REVIEWED

TO_RETRAIN = "retrain.json"
"""In the models' folder: the digests that learnt from what was erased, and since when they are known."""

_PATIENCE = 20.0  # seconds that others are waited for who read an old state of the file

log = structlog.get_logger()


def take_examples_out(folder: Path, examples: Iterable[tuple[str, str]]) -> list[str]:
    """Take what trainers learnt from a person's messages out of the files; those that changed.

    ``examples`` are the file below the folder, and the text as it was decided.
    """
    changed = []
    by_file: dict[str, set[str]] = {}
    for file, text in examples:
        by_file.setdefault(file, set()).add(text.strip())
    for file, texts in sorted(by_file.items()):
        path = folder / file
        if path.name != REVIEWED or not path.exists():
            continue
        before = path.read_text(encoding="utf-8")
        after = _without(before, texts)
        if after != before:
            draft = path.with_suffix(".new")
            draft.write_text(after, encoding="utf-8")
            draft.chmod(path.stat().st_mode)
            draft.replace(path)
            changed.append(file)
    return changed


def _without(text: str, gone: set[str]) -> str:
    form = YAML()
    form.preserve_quotes = True
    form.width = 10_000
    data = form.load(text)
    for intent in data["nlu"]:
        if isinstance(intent.get("examples"), list):
            intent["examples"] = [e for e in intent["examples"] if str(e["text"]).strip() not in gone]
    data["nlu"] = [intent for intent in data["nlu"] if intent.get("examples")]
    written = io.StringIO()
    form.dump(data, written)
    return written.getvalue()


def learnt_from(models: Path, files: Iterable[str]) -> list[str]:
    """The models that were trained on any of these files of examples, newest first."""
    wanted = set(files)
    return [
        model.digest
        for model in shelf(models)
        if model.description and wanted & {str(f["path"]) for f in model.description["files"]}
    ]


def mark(models: Path, digests: Iterable[str], since: str) -> None:
    """Keep which models are to be trained anew: `recourse doctor` and the erasure's report say so."""
    path = models / TO_RETRAIN
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    known |= {digest: since for digest in digests if digest not in known}
    if known:
        path.write_text(json.dumps(known, indent=2) + "\n")


def to_retrain(models: Path) -> dict[str, str]:
    """The models that are there still and learnt from what was erased, and since when."""
    path = models / TO_RETRAIN
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    there = {model.digest for model in shelf(models)} if known else set()
    return {digest: since for digest, since in known.items() if digest in there}


async def delete_files(database: Database, data_dir: Path) -> int:
    """Delete what erasures have named and that is there still; how many. A crash in between is made good."""
    deleted = 0
    for number, paths in await database.read(_left):
        for path in paths:
            target = (data_dir / path).resolve()
            if target.is_relative_to((data_dir / "files").resolve()) and target.exists():
                await asyncio.to_thread(target.unlink)
                deleted += 1
        await database.run(_settled, number)
    return deleted


def _left(session: Session) -> list[tuple[int, list[str]]]:
    return [(row.id or 0, row.files) for row in session.exec(select(Erasure)) if row.files]


def _settled(session: Session, number: int) -> None:
    row = session.exec(select(Erasure).where(col(Erasure.id) == number).with_for_update()).one()
    row.files = []
    session.add(row)


async def scrub(url: str) -> None:
    """Leave no old page behind: SQLite's free pages, its log and its search index; PostgreSQL's dead rows.

    The program may run meanwhile; it waits for the moment that this takes. On PostgreSQL the write-ahead
    log and replicas keep what they have until it is recycled: `docs/privacy.md`.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        await asyncio.to_thread(_scrub_sqlite, address.database or "")
        return
    connection = await asyncpg.connect(address.set(drivername="postgresql").render_as_string(False))
    try:
        await connection.execute("VACUUM")
    finally:
        await connection.close()


def _scrub_sqlite(path: str) -> None:
    with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if "case_words_fts" in names:
            connection.execute("INSERT INTO case_words_fts(case_words_fts) VALUES ('rebuild')")
        connection.execute("VACUUM")
        until = time.monotonic() + _PATIENCE
        while True:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
            if time.monotonic() > until:
                # What the log holds is overwritten when it is next begun anew.
                log.warning("the database's log could not be emptied: somebody reads an old state")
                return
            time.sleep(0.05)
