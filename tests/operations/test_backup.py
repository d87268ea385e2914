"""A backup of a running program, restored elsewhere: the conversation goes on, and nothing is done twice.

Mutation: leave the secret key out of `bot.backup._put_files`: the visitor's token opens nothing any more; or
leave `_refuse` out of `_put_database`: conversations are replaced without a word.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import httpx
import pytest

from tests.conftest import new_database
from tests.end_to_end.running import Visitor, free_port, run, running, wait
from tests.operations.slow_engine import ANSWER, SlowEngine
from tests.postgres_server import BINARIES

pytestmark = pytest.mark.timeout(240)  # processes start slowly on a busy machine

PHOTO = (Path(__file__).parents[2] / "docs/screenshots/chat-390.png").read_bytes()


@pytest.fixture
def here(settings: dict[str, str]) -> dict[str, str]:
    """The program whose data is saved; its key lies in its data folder, as usual."""
    del settings["RECOURSE_SECRET_KEY"]
    return settings | {"PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
async def there(here: dict[str, str], request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Another machine: nothing is there yet."""
    url = f"sqlite:///{tmp_path}/there/recourse.db"
    if here["RECOURSE_DATABASE_URL"].startswith("postgresql"):
        url = await new_database(request.getfixturevalue("postgres"), "template1")
    return here | {
        "RECOURSE_DATABASE_URL": url,
        "RECOURSE_DATA_DIR": str(tmp_path / "there"),
        "RECOURSE_PORT": str(free_port()),
        "RECOURSE_ACTIONS_PORT": str(free_port()),
    }


def test_the_conversation_goes_on(
    here: dict[str, str], there: dict[str, str], engine: SlowEngine, tmp_path: Path
) -> None:
    saved = tmp_path / "desk.backup"
    with running(here, "web --with-worker") as program:
        program.wait_until_ready()
        visitor = program.visitor()
        visitor.write("hello", "message-1")
        visitor.news()
        photo = visitor.http.post(
            "/chat/files", data={"id": "photo-1"}, files={"file": ("kettle.png", PHOTO, "image/png")}
        )
        assert photo.status_code == 202
        wait(lambda: len(engine.answered) == 2, 10, "the photo was not taken up")
        wait(lambda: [m["text"] for m in visitor.everything()].count(ANSWER) == 2, 10, "no answer")
        done = run(here, "backup", str(saved))
        assert done.returncode == 0, done.stderr
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        before = visitor.everything()
        token = visitor.http.headers["authorization"]

    done = run(there, "restore", str(saved))
    assert done.returncode == 0, done.stderr
    with running(there, "web --with-worker") as program:
        program.wait_until_ready()
        again = Visitor(httpx.Client(base_url=program.url, headers={"authorization": token}, trust_env=False))
        assert again.everything() == before
        file = next(f for m in before for f in m["files"])
        assert again.http.get(f"/chat/files/{file['id']}").content == PHOTO
        assert again.write("hello", "message-1").status_code == 202  # known already
        again.write("and now?", "message-2")
        wait(lambda: "and now?" in engine.answered, 10, "not talked on")
        wait(lambda: [m["text"] for m in again.everything()].count(ANSWER) == 3, 10, "no answer")
        assert [m["text"] for m in again.everything()] == [m["text"] for m in before] + ["and now?", ANSWER]
        assert engine.asked.count("hello") == 1
        refused = run(there, "restore", str(saved), "--force")
        assert (refused.returncode, "stop it first" in refused.stderr) == (1, True)
        again.http.close()

    refused = run(there, "restore", str(saved))
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    forced = run(there, "restore", str(saved), "--force")
    assert forced.returncode == 0, forced.stderr


def test_what_is_no_backup(sqlite_settings: dict[str, str], tmp_path: Path) -> None:
    """One line, and nothing is touched."""
    (tmp_path / "letter.txt").write_text("Dear all")
    refused = run(sqlite_settings, "restore", str(tmp_path / "letter.txt"))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)


def test_without_postgresqls_programs(sqlite_settings: dict[str, str], tmp_path: Path) -> None:
    """The remedy is named."""
    away = {"RECOURSE_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "PATH": str(tmp_path)}
    refused = run(sqlite_settings | away, "backup", str(tmp_path / "x"))
    assert refused.returncode == 1
    assert "install PostgreSQL's client programs" in refused.stderr
