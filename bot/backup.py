"""``recourse backup`` and ``restore``: everything that a desk cannot do without, in one file.

A backup is a tar file: ``manifest.json``, the database, the files that customers sent, and the secret
key, which signs visitors' tokens. It is made while the program runs. The database comes first and the
files after it: a file is on the disk before a row names it, and none is ever changed.

What lay in the outbox when the backup was made has most likely been sent since. After a restore it
counts as a message of unknown outcome: the platform is asked where it can be asked, otherwise the
message is sent once more and no further.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlmodel import Session, col, delete, func, inspect, update

from bot import database_copy, workers
from bot.audit import sealing
from bot.audit.opening import open_audited
from bot.database_copy import BackupError
from bot.db import Database
from bot.migrating import upgrade
from bot.settings import Settings
from bot.workers import Worker
from channels.lanes import Lane
from channels.transcript import Delivery, Message

__all__ = ["BackupError", "backup", "restore"]

_FORMAT = 1
_MANIFEST, _DATABASE, _KEY, _FILES = "manifest.json", "database", "secret-key", "files"


def backup(settings: Settings, target: Path, now: datetime) -> None:
    """Write a backup to ``target``, readable by this user only. Raises `BackupError`.

    The file appears under its name when it is whole.
    """
    folder = target.absolute().parent
    if not folder.is_dir():
        raise BackupError(f"there is no folder {folder}: make it first")
    manifest = {"format": _FORMAT, "database": database_copy.kind(settings.database_url)}
    with tempfile.TemporaryDirectory(dir=folder, prefix=".backup-") as made:
        copy, whole = Path(made) / _DATABASE, Path(made) / "whole"
        database_copy.save(settings.database_url, copy)
        whole.touch(mode=0o600)
        with tarfile.open(whole, "w") as tar:
            _add(tar, _MANIFEST, json.dumps(manifest | {"made_at": now.isoformat()}).encode())
            tar.add(copy, _DATABASE)
            _add(tar, _KEY, settings.secret_key)
            if (files := settings.data_dir / _FILES).is_dir():
                tar.add(files, _FILES)
        whole.replace(target)


async def restore(settings: Settings, source: Path, *, force: bool = False) -> None:
    """Put a backup in the place of what is there, brought to this program's version.

    Raises `BackupError`: without ``force`` where there are conversations, and in any case where the
    program runs.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with (
            tarfile.open(source) as tar,
            tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as made,
        ):
            unpacked = Path(made)
            tar.extractall(unpacked, filter="data")
            _check(settings, unpacked)
            await _put_database(settings, unpacked / _DATABASE, force=force)
            _put_files(settings, unpacked)
            await _settle_trail(settings, unpacked)
    except (OSError, tarfile.TarError) as error:
        raise BackupError(f"{source} cannot be restored: {error}") from error


async def _put_database(settings: Settings, copy: Path, *, force: bool) -> None:
    async with await Database.open(settings.database_url) as database:
        await database.read(_refuse, datetime.now(UTC), force=force)
        await database.run(database_copy.clear)
    database_copy.load(settings.database_url, copy)
    async with await Database.open(settings.database_url) as database:
        try:
            await database.run(upgrade)
        except CommandError as error:
            raise BackupError(
                "the backup is in place, but of a later version: install that, then run `recourse migrate`"
            ) from error


async def _settle_trail(settings: Settings, unpacked: Path) -> None:
    """What a restore changes is signed with the backup's key, and the chain ends where the backup's did."""
    sealing.forget(settings.data_dir)
    async with await open_audited(settings, (unpacked / _KEY).read_bytes()) as database:
        await database.run(_settle, datetime.now(UTC))


def _refuse(session: Session, now: datetime, *, force: bool) -> None:
    """Nothing is replaced by mistake, and nothing under a running program at all. Raises `BackupError`."""
    tables = inspect(session.connection()).get_table_names()
    if "worker" in tables and workers.alive(session, now):
        raise BackupError("the program runs on this database: stop it first (killed? wait 20 seconds)")
    used = (
        "conversation" in tables
        and session.connection().exec_driver_sql("SELECT 1 FROM conversation LIMIT 1").first()
    )
    if used and not force:
        raise BackupError("there are conversations in this database: give --force to replace them")


def _settle(session: Session, now: datetime) -> None:
    """Nobody works here any more, and what was on its way is of unknown outcome."""
    session.exec(delete(Worker))
    session.exec(update(Lane).values(owner=None, free_at=now))
    session.exec(
        update(Message)
        .where(col(Message.state) == Delivery.QUEUED)
        .values(state=Delivery.SENDING, tried_at=func.coalesce(col(Message.tried_at), col(Message.at)))
    )


def _check(settings: Settings, unpacked: Path) -> None:
    try:
        manifest: dict[str, Any] = json.loads((unpacked / _MANIFEST).read_text())
        made_of, version = manifest["database"], manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError("this is no backup of Recourse's") from error
    if version != _FORMAT:
        raise BackupError("the backup is of another version's kind: restore it with that version")
    if made_of != (ours := database_copy.kind(settings.database_url)):
        raise BackupError(f"the backup is of {made_of}, and RECOURSE_DATABASE_URL names {ours}")
    key = settings.secret_key_given
    if key is not None and key.get_secret_value().encode() != (unpacked / _KEY).read_bytes():
        raise BackupError(
            "RECOURSE_SECRET_KEY is not the backup's: visitors could not come back to their conversations; "
            "set the old one"
        )


def _put_files(settings: Settings, unpacked: Path) -> None:
    files = settings.data_dir / _FILES
    shutil.rmtree(files, ignore_errors=True)
    if (unpacked / _FILES).is_dir():
        (unpacked / _FILES).replace(files)
    if settings.secret_key_given is None:
        key = settings.data_dir / _KEY
        key.touch(mode=0o600)
        key.write_bytes((unpacked / _KEY).read_bytes())


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))
