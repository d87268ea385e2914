"""A database that cannot be opened says so in one line that names the remedy.

Seen to fail when `Sqlite` lets SQLite's own errors through, and when the password is not hidden.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.db import Database, DatabaseUnavailable


@pytest.mark.parametrize("url", ["", "recourse.db", "sqlite://", "sqlite:///:memory:", "mysql://host/db"])
async def test_no_database_url(url: str) -> None:
    """Only a file of SQLite, or PostgreSQL, is a database."""
    with pytest.raises(DatabaseUnavailable, match="set RECOURSE_DATABASE_URL to sqlite:///"):
        await Database.open(url)


async def test_nobody_answers() -> None:
    """A server that is not there; its password is nobody's business."""
    with pytest.raises(DatabaseUnavailable) as raised:
        await Database.open("postgresql://recourse:secret@127.0.0.1:1/recourse")
    message = str(raised.value)
    assert message.startswith("cannot reach postgresql://recourse:***@127.0.0.1:1/recourse (")
    assert message.endswith("start PostgreSQL or correct RECOURSE_DATABASE_URL")
    assert "\n" not in message


async def test_wrong_database(postgres_url: str) -> None:
    """A server that does not know the database."""
    with pytest.raises(DatabaseUnavailable, match='database "nowhere" does not exist'):
        await Database.open(postgres_url.rpartition("/")[0] + "/nowhere")


async def test_folder_in_the_way(tmp_path: Path) -> None:
    """A path that is a folder."""
    with pytest.raises(DatabaseUnavailable, match="must name a file on a local disk"):
        await Database.open(f"sqlite:///{tmp_path}")


async def test_file_in_the_way(tmp_path: Path) -> None:
    """A path below a file."""
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnavailable, match="must name a file on a local disk"):
        await Database.open(f"sqlite:///{tmp_path}/file/recourse.db")


async def test_some_other_file(tmp_path: Path) -> None:
    """A file that is no database."""
    path = tmp_path / "recourse.db"
    path.write_text("Dear diary, this is not a database, however long it may be. " * 100)
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        await Database.open(f"sqlite:///{path}")


async def test_folder_is_made(tmp_path: Path) -> None:
    """The file's folder is made with it."""
    async with await Database.open(f"sqlite:///{tmp_path}/var/recourse.db"):
        assert (tmp_path / "var" / "recourse.db").exists()
