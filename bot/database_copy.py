"""A whole database to a file and back: SQLite by its backup API, PostgreSQL by its own programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlmodel import Session, inspect, text

from bot.audit import postgresql


class BackupError(Exception):
    """It cannot be done; the text is one line that says why and what to do."""


def kind(url: str) -> str:
    """``sqlite`` or ``postgresql``."""
    return make_url(url).get_backend_name()


def save(url: str, copy: Path) -> None:
    """Copy a database, as it is at one moment, while others work on it. Raises `BackupError`."""
    server = make_url(url)
    if kind(url) == "sqlite":
        if not Path(server.database or "").is_file():
            raise BackupError(f"there is no database at {server.database}: nothing to back up")
        _sqlite(server.database or "", str(copy))
    else:
        _run(server, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")


def load(url: str, copy: Path) -> None:
    """Put a copy into the place of a database that `clear` has emptied. Raises `BackupError`."""
    server = make_url(url)
    if kind(url) == "sqlite":
        _sqlite(str(copy), server.database or "")
    else:
        options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        _run(server, "pg_restore", *options, str(copy))


def clear(session: Session) -> None:
    """Drop every table of a PostgreSQL database; a copy of SQLite's replaces all by itself."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    postgresql.remove(connection)
    for table in inspect(connection).get_table_names():
        session.execute(text(f"DROP TABLE {quote(table)} CASCADE"))


def _sqlite(source: str, target: str) -> None:
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, timeout=10)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied to {target}: {error}") from error


def _run(server: URL, program: str, *options: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupError(
            f"there is no {program} here: "
            "install PostgreSQL's client programs, of the server's version or later"
        )
    # The password goes by the environment: a command line can be read by everybody on the machine.
    address = server.set(password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": server.password} if server.password else {})
    done = subprocess.run(  # noqa: S603  (the program is PostgreSQL's, the options are ours)
        [path, *options, f"--dbname={address}"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.split())
        raise BackupError(f"{program} failed: {said}")
