"""``recourse review``: the list as data, decisions by number, errors in one line.

Mutation: let `_author` return an empty name, or leave ``review`` out of ``bot/cli.py``.
"""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.migrating import migrate
from bot.review.examples import Examples
from tests.review.conftest import Say
from tests.review.test_candidates import TORN

RECOURSE = Path(sys.executable).with_name("recourse")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def database_url(blank_sqlite_url: str) -> str:
    """A database as the program makes it, since the program is to use it."""
    migrate(blank_sqlite_url)
    return blank_sqlite_url


@pytest.fixture
def recourse(database_url: str, examples: Examples, tmp_path: Path) -> Run:
    """The program on the test's database and examples."""
    settings = {
        "RECOURSE_DATABASE_URL": database_url,
        "RECOURSE_NLU_DATA_DIR": str(examples.folder),
        "RECOURSE_DATA_DIR": str(tmp_path / "data"),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [RECOURSE, "review", *words],
            env=os.environ | settings,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


async def test_list_accept_correct_discard(say: Say, recourse: Run, examples: Examples) -> None:
    first = await say("is there a kettle that whistles Bach for 07700 900123", *TORN)
    second = await say("blue or green, and why not both", *TORN)
    third = await say("why is the toaster humming a tune", *TORN)
    listed = json.loads(recourse("list", "--json").stdout)
    assert {one["id"] for one in listed} == {first, second, third}
    shown = recourse("list", "--language", "en").stdout
    assert "is there a kettle that whistles Bach for 00000 000000" in shown
    assert "900123" not in shown

    accepted = json.loads(recourse("accept", str(first), "--json").stdout)
    assert (accepted["file"], accepted["intent"]) == ("en/reviewed.yml", "enquire")
    corrected = recourse(
        "correct", str(second), "--intent", "thank", "--text", "Mrs Quayle, blue it is", "--author", "Tina"
    )
    assert corrected.returncode == 0
    assert "held personal data (name)" in corrected.stderr
    assert "Mrs Xxxxx, blue it is" in corrected.stdout
    assert recourse("discard", str(third)).stdout == "Discarded\n"
    text = (examples.folder / "en/reviewed.yml").read_text(encoding="utf-8")
    assert f"author: {getpass.getuser()}," in text
    assert "author: Tina," in text
    assert recourse("list").stdout == "Nothing to review\n"

    again = recourse("accept", str(first))
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == f"recourse: {getpass.getuser()} has accepted this message already\n"
